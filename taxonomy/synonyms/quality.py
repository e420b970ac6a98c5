"""How good a grouping of labelled phrases is, by pairs; and the threshold that is as certain as was asked for."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxonomy.synonyms.model import Pairs, Rows

Owners = Sequence[frozenset[int]]
"""The entities that each phrase is a label of."""


@dataclass(frozen=True, slots=True)
class SamePairs:
    """All pairs of phrases that share an entity, each once, with the lowest such entity of each."""

    pairs: Pairs
    entity: Rows


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Pairs in one group (`joined`), pairs of one entity (`same`), pairs that are both (`right`)."""

    joined: int
    same: int
    right: int

    @property
    def precision(self) -> float:
        """Share of the joined pairs that are of one entity; 1 where nothing was joined."""
        return self.right / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs of one entity that were joined; 1 where there are none."""
        return self.right / self.same if self.same else 1.0


def same_pairs(owners: Owners) -> SamePairs:
    """Return the pairs of phrases that share an entity."""
    labels: defaultdict[int, list[int]] = defaultdict(list)
    for phrase, entities in enumerate(owners):
        for entity in entities:
            labels[entity].append(phrase)
    codes, entities_of = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for entity, phrases in sorted(labels.items()):
        rows = np.array(phrases, dtype=np.int64)
        a, b = np.triu_indices(len(rows), 1)
        codes.append(rows[a] * len(owners) + rows[b])
        entities_of.append(np.full(len(a), entity, np.int64))
    unique, first = np.unique(np.concatenate(codes), return_index=True)
    count = max(len(owners), 1)
    return SamePairs(Pairs(unique // count, unique % count), np.concatenate(entities_of)[first])


def are_same(owners: Owners, pairs: Pairs) -> NDArray[np.bool_]:
    """Return whether the phrases of each pair are labels of one entity."""
    ends = zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    return np.array([not owners[a].isdisjoint(owners[b]) for a, b in ends], dtype=np.bool_)


def joined_by_group(group: Rows, same: SamePairs) -> NDArray[np.int64]:
    """Return (pairs, those of one entity) of each group of several: groups x 2."""
    numbers, places = np.unique(group, return_inverse=True)
    sizes = np.bincount(places, minlength=len(numbers))
    left, right = places[same.pairs.left], places[same.pairs.right]
    found = np.bincount(left[left == right], minlength=len(numbers))
    return np.stack([sizes * (sizes - 1) // 2, found], axis=1)[sizes > 1]


def found_by_entity(group: Rows, same: SamePairs) -> NDArray[np.int64]:
    """Return (pairs, those in one group) of each entity of several phrases: entities x 2."""
    numbers, places = np.unique(same.entity, return_inverse=True)
    joined = group[same.pairs.left] == group[same.pairs.right]
    counts = [np.bincount(places, minlength=len(numbers)), np.bincount(places[joined], minlength=len(numbers))]
    return np.stack(counts, axis=1)


def count_pairs(group: Rows, same: SamePairs) -> PairCounts:
    """Return the pairs that were joined, are the same, and are both."""
    joined, right = joined_by_group(group, same).sum(axis=0).tolist()
    return PairCounts(joined, len(same.pairs), right)


def tune_certain(
    joined: Callable[[float], NDArray[np.int64]],
    *,
    precision: float,
    between: tuple[float, float] = (-1.0, 6.0),
    steps: int = 7,
    standard_errors: float = 0.0,
) -> float:
    """Return, by bisection, the lowest threshold with this pairwise precision, less so many standard errors of it.

    `joined` returns rows of (pairs joined, those of one entity) of each group at a threshold; precision is taken to
    grow with it. Its standard error is that of a ratio of sums over groups (Cochran 1977, "Sampling Techniques").
    """
    low, high = between
    for _ in range(steps):
        middle = (low + high) / 2
        rows = joined(middle)
        pairs, right = rows.sum(axis=0).tolist()
        spread = np.linalg.norm(rows[:, 1] - rows[:, 0] * (right / pairs)) if pairs else 0.0
        if right - standard_errors * spread >= precision * pairs:
            high = middle
        else:
            low = middle
    return high
