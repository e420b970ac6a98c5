"""Group phrases by the log-odds of their pairs: average linkage over the pairs compared, with cannot-links.

Two groups are joined by the average over all pairs between them, compared or not, so that one likely pair cannot
chain two groups that are otherwise strangers (Sokal and Michener 1958; constraints as in Davidson and Ravi 2005,
"Agglomerative hierarchical clustering with constraints").
"""

import heapq
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from taxonomy.synonyms.model import Grouping, GroupingPolicy, LogOdds, Pairs, Rows

Link = tuple[int, int]
"""Two phrases by index."""


def group_phrases(
    count: int,
    pairs: Pairs,
    log_odds: NDArray[np.float64],
    policy: GroupingPolicy,
    *,
    cannot: Collection[Link] = (),
    asked: Collection[Link] = (),
) -> Grouping:
    """Return groups of phrases 0 to `count` - 1 and pairs of groups to review.

    `cannot` links are in no group and under no review; `asked` ones are in no group, but may come under review.
    """
    linkage = _Linkage(count, pairs, log_odds, policy)
    linkage.separate([*cannot, *asked])
    linkage.run()
    return linkage.grouping({_ordered(link) for link in cannot})


def cut_joins(count: int, joins: Sequence[tuple[int, int, LogOdds]], certain: float) -> Rows:
    """Return the groups that a higher threshold would have left: average linkage without constraints is monotone."""
    kept = [(a, b) for a, b, height in joins if height >= certain]
    rows, columns = np.array(kept, dtype=np.int64).reshape(-1, 2).T
    graph = sparse.coo_matrix((np.ones(len(kept), np.int8), (rows, columns)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


class _Linkage:
    """The state of one clustering: for each group, its phrases and the sums of log-odds to groups it was compared with.

    A sum holds what each compared pair has above `missing`, so that pairs never compared need no entry.
    """

    def __init__(self, count: int, pairs: Pairs, log_odds: NDArray[np.float64], policy: GroupingPolicy) -> None:
        self._policy = policy
        self._members: list[list[int]] = [[phrase] for phrase in range(count)]
        self._sums: list[dict[int, float]] = [{} for _ in range(count)]
        self._apart: list[set[int]] = [set() for _ in range(count)]
        self._strength: dict[int, float] = {}
        self._joins: list[tuple[int, int, LogOdds]] = []
        self._heap: list[tuple[float, int, int]] = []
        for a, b, value in zip(pairs.left.tolist(), pairs.right.tolist(), log_odds.tolist(), strict=True):
            self._sums[a][b] = self._sums[b][a] = value - policy.missing
            self._push(a, b)
        heapq.heapify(self._heap)

    def separate(self, links: Sequence[Link]) -> None:
        """Keep the phrases of each link in different groups."""
        for a, b in links:
            self._apart[a].add(b)
            self._apart[b].add(a)

    def run(self) -> None:
        """Join the two groups with the highest average until none is certain."""
        while self._heap:
            height, a, b = heapq.heappop(self._heap)
            # What changed since it was pushed was pushed again.
            if not self._members[a] or not self._members[b] or self._average(a, b) != -height:
                continue
            if b not in self._apart[a]:
                self._join(*((a, b) if len(self._sums[a]) >= len(self._sums[b]) else (b, a)), -height)

    def grouping(self, cannot: set[Link]) -> Grouping:
        """Return what was found, groups numbered by their first phrase."""
        group = np.zeros(len(self._members), dtype=np.int64)
        for members in self._members:
            group[members] = min(members, default=0)
        strength = {min(self._members[a]): LogOdds(value) for a, value in self._strength.items()}
        return Grouping(group, strength, tuple(sorted(self._review(cannot))), tuple(self._joins))

    def _review(self, cannot: set[Link]) -> list[tuple[int, int, LogOdds]]:
        home = {phrase: min(members) for members in self._members if members for phrase in members}
        barred = {_ordered((home[a], home[b])) for a, b in cannot}
        found: list[tuple[int, int, LogOdds]] = []
        if self._policy.review == np.inf:
            return found
        for a, sums in enumerate(self._sums):
            for b in sums:
                link = _ordered((home[a], home[b])) if a < b else None
                if link and link not in barred and (average := self._average(a, b)) >= self._policy.review:
                    found.append((*link, LogOdds(average)))
        return found

    def _average(self, a: int, b: int) -> float:
        pairs = len(self._members[a]) * len(self._members[b])
        return self._sums[a].get(b, 0.0) / pairs + self._policy.missing

    def _push(self, a: int, b: int) -> None:
        average = self._average(a, b)
        if average >= self._policy.certain:
            heapq.heappush(self._heap, (-average, a, b))

    def _join(self, a: int, b: int, height: float) -> None:
        """Put group b into group a."""
        self._joins.append((self._members[a][0], self._members[b][0], LogOdds(height)))
        self._strength[a] = min(height, self._strength.get(a, height), self._strength.pop(b, height))
        self._members[a] += self._members[b]
        self._members[b] = []
        for other in self._apart[b]:
            self._apart[other].discard(b)
            self._apart[other].add(a)
        self._apart[a] |= self._apart[b]
        del self._sums[a][b]
        for other, value in self._sums[b].items():
            if other != a:
                del self._sums[other][b]
                self._sums[a][other] = self._sums[other][a] = self._sums[a].get(other, 0.0) + value
        self._sums[b] = {}
        for other in self._sums[a]:
            self._push(a, other)


def _ordered(link: Link) -> Link:
    return min(link), max(link)
