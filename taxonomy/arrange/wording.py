"""What the words of two nodes, and the skills that they need, say of an edge between them: pair by pair."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.arrange.heads import head_of, linking_words, words_of
from taxonomy.arrange.model import Node
from taxonomy.arrange.siblings import Known
from taxonomy.arrange.views import Matrix

Rows = NDArray[np.int64]
_SMOOTH: Final = 2.0


class Wording:
    """Words, heads and company of nodes; `parent_rows` says where each parent is among the nodes."""

    def __init__(self, nodes: Sequence[Node], parent_rows: Rows, children: int) -> None:
        links = linking_words(node.labels[0] for node in nodes[:children])
        self.heads = [head_of(node.labels[0], links) for node in nodes]
        self._rows = parent_rows
        self._words = [frozenset(words_of(node.labels[0])) for node in nodes]
        self._told = [frozenset(words_of("\n".join((*node.labels, node.text)))) for node in nodes[:children]]
        self._company = [node.company for node in nodes]
        self._total = [sum(node.company.values()) for node in nodes]
        self._kinds = [node.kind for node in nodes]
        self._contained_in = _contained_in(self._words[:children], [self._words[row] for row in parent_rows.tolist()])

    def values(self, rows: Rows, candidates: Rows) -> dict[str, Matrix]:
        """Return the features of children and the places of their candidates: children x candidates each."""
        names = (
            "same head",
            "label contained",
            "share of its words",
            "share of the child's words",
            "its words in what is told",
            "share of its company",
            "share of the child's company",
            "same kind",
        )
        ends = zip(rows.tolist(), self._rows[candidates].tolist(), strict=True)
        pairs = [[list(self._pair(row, parent)) for parent in some] for row, some in ends]
        table = np.array(pairs, dtype=np.float32)
        found = {name: table[:, :, number] for number, name in enumerate(names)}
        found["labels that contain it"] = self._contained_in[candidates]
        return found

    def _pair(self, child: int, parent: int) -> Iterator[float]:
        mine, theirs = self._words[child], self._words[parent]
        shared = len(mine & theirs)
        yield float(self.heads[child] == self.heads[parent])
        yield float(theirs <= mine)
        yield shared / max(len(theirs), 1)
        yield shared / max(len(mine), 1)
        yield len(theirs & self._told[child]) / max(len(theirs), 1)
        both = self._shared_company(child, parent)
        yield both / max(self._total[parent], 1.0)
        yield both / max(self._total[child], 1.0)
        yield float(self._kinds[child] == self._kinds[parent])

    def _shared_company(self, child: int, parent: int) -> float:
        mine, theirs = self._company[child], self._company[parent]
        return sum(min(mine[one], theirs[one]) for one in mine.keys() & theirs.keys()) if theirs else 0.0


class HeadCounts:
    """Which parents the known children of a head have, and the other way round."""

    def __init__(self, known: Known, heads: Sequence[str]) -> None:
        self._heads, self._sizes = heads, known.sizes
        self._parents_of: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._children: Counter[str] = Counter()
        for place, row in enumerate(known.rows.tolist()):
            self._parents_of[heads[row]].update(known.edges[place].indices.tolist())
            self._children[heads[row]] += 1

    def values(self, rows: Rows, candidates: Rows) -> dict[str, Matrix]:
        """Return the features of children that are not known and their candidates: children x candidates each."""
        heads = [self._heads[row] for row in rows.tolist()]
        pairs = zip(heads, candidates.tolist(), strict=True)
        counts = np.array([[self._parents_of[head][place] for place in some] for head, some in pairs], dtype=np.float32)
        children = np.array([self._children[head] for head in heads], dtype=np.float32)
        sizes = self._sizes[candidates]
        return {
            "parents of this head": counts / (children[:, None] + np.float32(_SMOOTH)),
            "heads of this parent": counts / (sizes + 1),
            "children": np.log1p(sizes),
        }


def _contained_in(words: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> Matrix:
    """Return the logarithm of how many labels hold all words of each of the others."""
    having: defaultdict[str, set[int]] = defaultdict(set)
    for row, some in enumerate(words):
        for word in some:
            having[word].add(row)
    counts = [len(set.intersection(*(having[word] for word in some))) if some else 0 for some in others]
    return np.log1p(np.array(counts, dtype=np.float32))
