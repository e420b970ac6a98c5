"""What speaks for an edge from a child to a parent, for many children at once.

Children whose parents are known vote for those of children like them; a child that is asked is never among them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from taxonomy.arrange.comparison import Comparison
from taxonomy.arrange.model import ArrangePolicy, Node
from taxonomy.arrange.siblings import Known, Ridge, Siblings, level_sums, sampled
from taxonomy.arrange.views import Matrix
from taxonomy.arrange.wording import HeadCounts, Wording

Rows = NDArray[np.int64]
_BLOCK: Final = 128
_DEPTHS: Final = 4
_PROPOSING: Final[Mapping[str, float]] = {
    "votes": 1.0,
    "ridge": 1.0,
    "likeness": 1.0,
    "nearest": 0.7,
    "mean": 0.5,
    "ridge, level 4": 0.5,
    "text like it by letters": 0.5,
    "text like it by meaning": 0.5,
}
"""The features that propose candidates, and how much each counts."""
_RANKS: Final = 6
"""Added to a rank before it divides: reciprocal rank fusion (Cormack and others, 2009), with a small constant."""


class EdgeFeatures:
    """Values of named features for children and the parents that come into question.

    `among` is the likeness of the known children to each other.
    """

    def __init__(
        self,
        compared: Comparison,
        wording: Wording,
        known: Known,
        among: Matrix,
        groups: Sequence[sp.csr_matrix],
        policy: ArrangePolicy,
    ) -> None:
        self._compared, self._wording, self._known, self._policy = compared, wording, known, policy
        self._groups = groups
        self._siblings = Siblings(known, policy)
        self._counts = HeadCounts(known, wording.heads)
        chosen = sampled(len(known.rows), policy)
        self._ridge = Ridge(known, chosen, among[np.ix_(chosen, chosen)], policy)
        self.names: tuple[str, ...] = ()

    def blocks(self, rows: Rows) -> Iterator[tuple[Rows, Rows, Matrix]]:
        """Yield children, their candidates (children x candidates) and values (children x candidates x features)."""
        for start in range(0, len(rows), _BLOCK):
            some = rows[start : start + _BLOCK]
            values = self._values(some)
            chosen = self._candidates(some, values)
            found = {name: np.take_along_axis(table, chosen, axis=1) for name, table in values.items()}
            found |= self._wording.values(some, chosen) | self._counts.values(some, chosen)
            self.names = (*found, *(f"{name}, beside the best" for name in found))
            table = np.stack(list(found.values()), axis=2).astype(np.float32)
            yield some, chosen, np.concatenate([table, table - table.max(axis=1, keepdims=True)], axis=2)

    def _values(self, rows: Rows) -> dict[str, Matrix]:
        """Return features of all parents: rows x parents each."""
        values = self._compared.of_lines(rows)
        together = np.zeros((len(rows), len(self._compared.nodes)), dtype=np.float32)
        for name, likeness in self._compared.likenesses(rows).items():
            values |= self._by_likeness(likeness, f" by {name}")
            together += likeness
        together /= len(self._compared.views)
        values |= self._by_likeness(together, "")
        values["ridge"] = self._ridge.scores(together[:, self._known.rows])
        for name in ("votes", "ridge"):
            for level, sums in enumerate(level_sums(values[name], self._groups)):
                values[f"{name}, level {level + 1}"] = sums
        return values

    def _by_likeness(self, likeness: Matrix, suffix: str) -> dict[str, Matrix]:
        to_known = likeness[:, self._known.rows]
        return {
            f"votes{suffix}": self._siblings.votes(to_known),
            f"nearest{suffix}": self._siblings.nearest(to_known),
            f"mean{suffix}": self._siblings.mean(to_known),
            f"likeness{suffix}": likeness[:, self._compared.parent_rows],
        }

    def _candidates(self, rows: Rows, values: Mapping[str, Matrix]) -> Rows:
        score = np.zeros((len(rows), len(self._compared.parents)), dtype=np.float32)
        for name, weight in _PROPOSING.items():
            if name in values:
                ranks = np.argsort(np.argsort(-values[name], axis=1, kind="stable"), axis=1)
                score += np.float32(weight) / (_RANKS + ranks)
        score[rows[:, None] == self._compared.parent_rows[None, :]] = -1.0
        return np.argsort(-score, axis=1, kind="stable")[:, : self._policy.candidates]


def likeness_among(compared: Comparison, rows: Rows) -> Matrix:
    """Return the mean likeness over the views of some children to each other."""
    found = np.zeros((len(rows), len(rows)), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        for likeness in compared.likenesses(rows[start : start + _BLOCK]).values():
            found[start : start + _BLOCK] += likeness[:, rows]
    found /= len(compared.views)
    return found


def known_of(children: Sequence[Node], parents: Sequence[Node], edges: Mapping[str, Sequence[str]]) -> Known:
    """Return the children that have edges to the parents."""
    place = {node.entity_id: number for number, node in enumerate(parents)}
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


def level_groups(
    parents: Sequence[Node], paths: Mapping[str, Sequence[str]], hidden: Collection[str] = ()
) -> list[sp.csr_matrix]:
    """Return parents x groups for each depth from the root: parents with the same ancestor there share a group.

    What is above those that are hidden is not looked at.
    """
    seen = [_seen_path((*paths.get(node.entity_id, ()), node.entity_id), hidden) for node in parents]
    found = []
    for depth in range(_DEPTHS):
        names = [path[: depth + 1][-1] for path in seen]
        number = {name: place for place, name in enumerate(dict.fromkeys(names))}
        places = [number[name] for name in names]
        ones = np.ones(len(parents), dtype=np.float32)
        found.append(sp.csr_matrix((ones, (range(len(parents)), places)), shape=(len(parents), len(number))))
    return found


def _seen_path(path: Sequence[str], hidden: Collection[str]) -> Sequence[str]:
    """Return a path from below its last hidden node on, the end at least."""
    starts = max((place + 1 for place, node in enumerate(path) if node in hidden), default=0)
    return path[min(starts, len(path) - 1) :]
