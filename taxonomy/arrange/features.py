"""What speaks for an edge from a child to a parent, for many children at once.

Children whose parents are known vote for those of children like them; a child never sees its own edges.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from taxonomy.arrange.heads import head_of, linking_words, words_of
from taxonomy.arrange.lines import (
    Likeness,
    labels_of_parents,
    letter_likeness,
    lines_of_parents,
    meaning_likeness,
)
from taxonomy.arrange.model import ArrangePolicy, Hierarchy, Node
from taxonomy.arrange.views import Matrix, views_of
from taxonomy.corpus.model import Encode

_BLOCK: Final = 256
_DEPTHS: Final = 4
_SMOOTH: Final = 2.0
Rows = NDArray[np.int64]
_BetweenRows = Callable[[Rows, Rows], Matrix]


@dataclass(frozen=True, slots=True)
class Known:
    """Children whose parents are known: places of children, and children x parents with 1 for each edge."""

    rows: Rows
    edges: sp.csr_matrix


class EdgeFeatures:
    """Values of named features for children and the parents that come into question."""

    def __init__(
        self,
        hierarchy: Hierarchy,
        policy: ArrangePolicy,
        encode: Encode | None,
    ) -> None:
        children, parents = hierarchy.children, hierarchy.parents
        self._children, self._parents, self._policy = children, parents, policy
        self._place = {node.entity_id: place for place, node in enumerate(parents)}
        self._known = _known(children, self._place, hierarchy.edges)
        self._views = views_of(children, policy, encode)
        self._groups = _levels(parents, hierarchy.paths)
        self._own = self._likenesses(encode)
        self._heads = _Heads(children, parents, self._known)
        self._ridge = _Ridge(self._known, self._likeness, policy)
        self.names: tuple[str, ...] = ()

    def blocks(self, rows: Rows) -> Iterator[tuple[Rows, Rows, Matrix]]:
        """Yield children, their candidates (children x candidates) and values (children x candidates x features)."""
        for start in range(0, len(rows), _BLOCK):
            some = rows[start : start + _BLOCK]
            values = self._values(some)
            names = list(values)
            self.names = (*names, *(f"{name}, beside the best" for name in names))
            chosen = self._candidates(values)
            table = np.stack([np.take_along_axis(values[name], chosen, axis=1) for name in names], axis=2)
            yield some, chosen, np.concatenate([table, table - table.max(axis=1, keepdims=True)], axis=2)

    def _values(self, rows: Rows) -> dict[str, Matrix]:
        values: dict[str, Matrix] = {}
        for name, own in self._own.items():
            values[name] = own(rows)
        together = np.zeros((len(rows), len(self._known.rows)), dtype=np.float32)
        for view in self._views:
            likeness = self._without_self(view.likeness(rows, self._known.rows), rows)
            values[f"votes by {view.name}"], values[f"nearest by {view.name}"] = self._votes(likeness)
            together += likeness
        together /= len(self._views)
        votes, values["nearest"] = self._votes(together)
        values["votes"] = votes
        ridge = self._ridge.scores(rows, together)
        values["ridge"] = ridge
        for depth, group in enumerate(self._groups):
            values[f"votes, level {depth + 1}"] = _by_group(votes, group)
            values[f"ridge, level {depth + 1}"] = _by_group(ridge, group)
        values |= self._heads.values(rows)
        return values

    def _candidates(self, values: Mapping[str, Matrix]) -> Rows:
        score = values["votes"] + values["ridge"] + 0.3 * values["nearest"] + 0.3 * values["text like it by letters"]
        score = score + values[f"ridge, level {len(self._groups)}"]
        if "text like it by meaning" in values:
            score = score + 0.5 * values["text like it by meaning"]
        return np.argsort(-score, axis=1, kind="stable")[:, : self._policy.candidates]

    def _likenesses(self, encode: Encode | None) -> dict[str, Likeness]:
        preferred = [node.labels[0].lower() for node in self._children]
        every = ["\n".join(node.labels).lower() for node in self._children]
        labels, lines = labels_of_parents(self._parents), lines_of_parents(self._parents)
        found = {
            "name like its label": letter_likeness(preferred, labels),
            "labels like its label": letter_likeness(every, labels),
            "name like its text": letter_likeness(preferred, lines),
            "text like it by letters": letter_likeness(every, lines),
        }
        for view in self._views if encode else ():
            if view.name in {"meaning", "meaning of texts"} and encode:
                suffix = " of texts" if view.name.endswith("texts") else ""
                found[f"label like it by meaning{suffix}"] = meaning_likeness(view, labels, encode)
                found[f"text like it by meaning{suffix}"] = meaning_likeness(view, lines, encode)
        return found

    def _likeness(self, rows: Rows, others: Rows) -> Matrix:
        return np.asarray(sum(view.likeness(rows, others) for view in self._views) / len(self._views))

    def _without_self(self, likeness: Matrix, rows: Rows) -> Matrix:
        likeness[rows[:, None] == self._known.rows[None, :]] = -1.0
        return likeness

    def _votes(self, likeness: Matrix) -> tuple[Matrix, Matrix]:
        """Return the square roots of shares of votes, and the likeness of the nearest child: rows x parents."""
        size = min(self._policy.neighbours, likeness.shape[1])
        nearest = np.argpartition(-likeness, size - 1, axis=1)[:, :size]
        weights = np.maximum(np.take_along_axis(likeness, nearest, axis=1), 0.0) ** self._policy.sharpness
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        spread = sp.csr_matrix(
            (weights.ravel(), nearest.ravel(), np.arange(0, nearest.size + 1, size)), shape=likeness.shape
        )
        edges = self._known.edges.tocsc()
        closest = np.full((len(likeness), edges.shape[1]), -0.2, dtype=np.float32)
        used = np.flatnonzero(np.diff(edges.indptr))
        if len(used):
            closest[:, used] = np.maximum.reduceat(likeness[:, edges.indices], edges.indptr[used], axis=1)
        votes = (spread @ self._known.edges).toarray()
        return np.sqrt(np.asarray(votes, dtype=np.float32)), closest


class _Ridge:
    """Kernel ridge regression of edges on likeness; children that it learned from get the leave-one-out value.

    The closed form is that of Rifkin and Lippert, "Notes on Regularized Least Squares", 2007.
    """

    def __init__(self, known: Known, likeness: _BetweenRows, policy: ArrangePolicy) -> None:
        rng = np.random.default_rng(policy.seed)
        size = len(known.rows)
        self._chosen = np.sort(rng.permutation(size)[: policy.ridge_nodes])
        self._rows = known.rows[self._chosen]
        self._targets = np.asarray(known.edges[self._chosen].toarray(), dtype=np.float32)
        kernel = np.maximum(likeness(self._rows, self._rows), 0.0) ** 2
        kernel[np.diag_indices_from(kernel)] = 1.0
        inverse = np.linalg.inv(kernel + policy.ridge * np.eye(len(kernel), dtype=np.float32))
        self._weights = inverse @ self._targets
        self._diagonal = np.diag(inverse)
        self._row_of = {int(row): place for place, row in enumerate(self._rows)}

    def scores(self, rows: Rows, likeness: Matrix) -> Matrix:
        """Return a score for each parent, near 1 for likely ones: rows x parents."""
        found = np.maximum(likeness[:, self._chosen], 0.0) ** 2 @ self._weights
        for place, row in enumerate(rows.tolist()):
            own = self._row_of.get(row)
            if own is not None:
                found[place] = self._targets[own] - self._weights[own] / self._diagonal[own]
        return np.asarray(found, dtype=np.float32)


class _Heads:
    """Features of single words and of the parents themselves."""

    def __init__(self, children: Sequence[Node], parents: Sequence[Node], known: Known) -> None:
        links = linking_words(node.labels[0] for node in children)
        self._heads = [head_of(node.labels[0], links) for node in children]
        self._known = known
        self._place = {int(row): place for place, row in enumerate(known.rows)}
        self._sizes = np.asarray(known.edges.sum(axis=0)).ravel().astype(np.float32)
        self._by_head: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._head_sizes: Counter[str] = Counter()
        for place, row in enumerate(known.rows.tolist()):
            self._by_head[self._heads[row]].update(known.edges[place].indices.tolist())
            self._head_sizes[self._heads[row]] += 1
        self._words = [frozenset(words_of(node.labels[0])) for node in children]
        self._parent_words = [frozenset(words_of(node.labels[0])) for node in parents]
        self._parent_heads = [head_of(node.labels[0], links) for node in parents]
        self._same_kind = [
            np.array([float(parent.kind == kind) for parent in parents], dtype=np.float32)
            for kind in (node.kind for node in children)
        ]

    def values(self, rows: Rows) -> dict[str, Matrix]:
        """Return the features of some children, children x parents each."""
        names = ("parents of this head", "heads of this parent", "same head", "label contained", "children")
        table = {name: np.zeros((len(rows), len(self._parent_words)), dtype=np.float32) for name in names}
        for number, row in enumerate(rows.tolist()):
            own = set(self._known.edges[self._place[row]].indices.tolist()) if row in self._place else set()
            head, total = self._heads[row], self._head_sizes[self._heads[row]] - bool(own)
            sizes = self._sizes.copy()
            sizes[list(own)] -= 1
            table["children"][number] = np.log1p(sizes)
            for parent, count in self._by_head[head].items():
                others = count - (parent in own)
                table["parents of this head"][number, parent] = others / (total + _SMOOTH)
                table["heads of this parent"][number, parent] = others / (sizes[parent] + 1)
            table["same head"][number] = [float(head == other) for other in self._parent_heads]
            table["label contained"][number] = [float(other <= self._words[row]) for other in self._parent_words]
        table["same kind"] = np.stack([self._same_kind[row] for row in rows.tolist()])
        return table


def _known(children: Sequence[Node], place: Mapping[str, int], edges: Mapping[str, Sequence[str]]) -> Known:
    found = [
        (row, sorted({place[parent] for parent in edges.get(node.entity_id, ()) if parent in place}))
        for row, node in enumerate(children)
    ]
    kept = [(row, some) for row, some in found if some]
    pairs = [(number, parent) for number, (_, some) in enumerate(kept) for parent in some]
    matrix = sp.csr_matrix(
        (np.ones(len(pairs), dtype=np.float32), ([one for one, _ in pairs], [other for _, other in pairs])),
        shape=(len(kept), len(place)),
    )
    return Known(np.array([row for row, _ in kept], dtype=np.int64), matrix)


def _levels(parents: Sequence[Node], paths: Mapping[str, Sequence[str]]) -> list[sp.csr_matrix]:
    """Return parents x groups for each depth from the root: parents with the same ancestor there share a group."""
    found = []
    for depth in range(_DEPTHS):
        names = [([*paths.get(node.entity_id, ()), node.entity_id])[: depth + 1][-1] for node in parents]
        number = {name: place for place, name in enumerate(dict.fromkeys(names))}
        places = [number[name] for name in names]
        ones = np.ones(len(parents), dtype=np.float32)
        found.append(sp.csr_matrix((ones, (range(len(parents)), places)), shape=(len(parents), len(number))))
    return found


def _by_group(scores: Matrix, group: sp.csr_matrix) -> Matrix:
    """Return, for each parent, the sum of the scores of all parents in its group."""
    return np.asarray((scores @ group) @ group.T, dtype=np.float32)
