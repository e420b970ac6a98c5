"""What must not be joined without a person: phrases often listed together, other versions, other levels, declined ones.

Whoever lists Java beside JavaScript means two things. But people also list two names of one thing, so a pair that is
listed together is asked about and not joined; inflections of one text are no evidence of two things.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from taxonomy.synonyms.evidence import SAME_LETTERS, Evidence
from taxonomy.synonyms.model import Pairs
from taxonomy.synonyms.wording import singular_of, stem_of, wording_of

_JUST_UNDER: Final = 0.01


@dataclass(frozen=True, slots=True)
class TogetherPolicy:
    """From when on two phrases count as listed together.

    In `lists` lists or more, which are `share` or more of those of the rarer phrase, and more often than by chance:
    normalised pointwise mutual information (Bouma 2009) above `npmi`, in [-1, 1].
    """

    lists: int = 2
    share: float = 0.02
    npmi: float = 0.0


@dataclass(frozen=True, slots=True)
class Listed:
    """How often phrases, by index, are in one list with each other.

    `lists` is the number of lists, `alone` the lists of each phrase, `together` the lists of each pair a < b.
    """

    lists: int
    alone: Mapping[int, int] = field(default_factory=dict)
    together: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def npmi(self, a: int, b: int) -> float:
        """Return the normalised pointwise mutual information of two phrases, in [-1, 1]; 0 where one is in no list."""
        both = self.together.get((min(a, b), max(a, b)), 0)
        if not self.alone.get(a) or not self.alone.get(b):
            return 0.0
        if not both:
            return -1.0
        if both == self.lists:
            return 1.0
        chance = self.alone[a] * self.alone[b] / self.lists
        return log(both / chance) / -log(both / self.lists)


def count_listed(lists: Iterable[Sequence[str]], keys: Sequence[str], pairs: Pairs) -> Listed:
    """Count, in one pass, the lists of folded phrases that hold each phrase and each of some pairs."""
    place = {key: row for row, key in enumerate(keys)}
    wanted = [set[int]() for _ in keys]
    for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        wanted[a].add(b)
    total = 0
    alone: Counter[int] = Counter()
    together: Counter[tuple[int, int]] = Counter()
    for values in lists:
        total += 1
        present = {place[value] for value in values if value in place}
        alone.update(present)
        together.update((a, b) for a in present for b in wanted[a] & present)
    return Listed(total, alone, together)


def listed_together(listed: Listed, keys: Sequence[str], policy: TogetherPolicy) -> list[tuple[int, int]]:
    """Return the pairs that are listed together too often to be two names of one thing."""
    return [
        (a, b)
        for (a, b), both in sorted(listed.together.items())
        if both >= policy.lists
        and both >= policy.share * min(listed.alone[a], listed.alone[b])
        and listed.npmi(a, b) > policy.npmi
        and not _inflections(keys[a], keys[b])
    ]


def different_marks(keys: Sequence[str], pairs: Pairs) -> list[tuple[int, int]]:
    """Return the pairs whose words with digits, a plus or a hash differ: versions, C and C++ and C#."""
    marks = wording_of(keys).marks if keys else ()
    return [(a, b) for a, b in _ends(pairs) if marks[a] != marks[b]]


def different_levels(
    keys: Sequence[str], pairs: Pairs, levels: Mapping[str, str], *, unnamed: str = ""
) -> list[tuple[int, int]]:
    """Return the pairs that name different levels, `levels` being the level that each folded word names.

    A phrase that names none is of the level `unnamed`.
    """
    if not levels:
        return []
    named = [frozenset(levels[word] for word in key.split() if word in levels) or {unnamed} for key in keys]
    return [(a, b) for a, b in _ends(pairs) if named[a] != named[b]]


def spelled_alike(keys: Sequence[str], pairs: Pairs, *, edits: float = 0.9, shortest: int = 6) -> NDArray[np.bool_]:
    """Return whether the phrases of each pair differ by plurals, blanks or a slip of the pen alone.

    Other inflections and other orders mostly mean something else: a structure of data is not structured data. A slip
    is one word of `shortest` letters or more, found in no other phrase, with the first letter and the share `edits` of
    the characters, in [0, 1], of the word in its place.
    """
    words = [[singular_of(word) for word in key.split()] for key in keys]
    solid = [key.replace(" ", "") for key in keys]
    known = Counter(word for few in words for word in few)

    def alike(a: int, b: int) -> bool:
        return words[a] == words[b] or solid[a] == solid[b] or _slip(words[a], words[b], known, edits, shortest)

    return np.array([alike(a, b) for a, b in _ends(pairs)], dtype=np.bool_)


def as_typed(
    log_odds: NDArray[np.float64], keys: Sequence[str], evidence: Evidence, certain: float
) -> NDArray[np.float64]:
    """Return log-odds as they are for what anyone typed, of those for labels of a taxonomy."""
    solid = join_solid(log_odds, evidence.column(SAME_LETTERS) > 0, certain)
    return hold_back(solid, spelled_alike(keys, evidence.pairs), certain)


def hold_back(log_odds: NDArray[np.float64], alike: NDArray[np.bool_], certain: float) -> NDArray[np.float64]:
    """Return log-odds where pairs that are not `alike` stay just under `certain`, so that a person is asked.

    The pair classifier is calibrated on labels of a taxonomy, where most neighbours are synonyms. In a list of what
    anyone typed most are not, so phrases of different words are never joined by it alone.
    """
    return np.where(alike, log_odds, np.minimum(log_odds, certain - _JUST_UNDER))


def join_solid(log_odds: NDArray[np.float64], solid: NDArray[np.bool_], certain: float) -> NDArray[np.float64]:
    """Return log-odds where pairs that are `solid`, different by blanks alone, are at `certain` at least.

    Labels of taxonomies hardly ever differ so, which teaches the pair classifier nothing; what anyone typed often does.
    """
    return np.where(solid, np.maximum(log_odds, certain), log_odds)


def links_of(groups: Iterable[Sequence[str]], keys: Sequence[str]) -> list[tuple[int, int]]:
    """Return every pair of each group of folded phrases, such as a merge that was declined: nothing joins them."""
    place = {key: row for row, key in enumerate(keys)}
    found = set[tuple[int, int]]()
    for group in groups:
        rows = sorted({place[key] for key in group if key in place})
        found |= {(a, b) for number, a in enumerate(rows) for b in rows[number + 1 :]}
    return sorted(found)


def _slip(one: list[str], other: list[str], known: Mapping[str, int], edits: float, shortest: int) -> bool:
    """Whether two phrases differ in one word, and the words in that place look alike, one being found nowhere else."""
    if len(one) != len(other):
        return False
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if len(differing) != 1:
        return False
    a, b = differing[0]
    if min(len(a), len(b)) < shortest or a[0] != b[0] or not (a + b).isalpha() or min(known[a], known[b]) > 1:
        return False
    return Levenshtein.normalized_similarity(a, b) >= edits


def _inflections(one: str, other: str) -> bool:
    return sorted(map(stem_of, one.split())) == sorted(map(stem_of, other.split()))


def _ends(pairs: Pairs) -> Iterable[tuple[int, int]]:
    return zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
