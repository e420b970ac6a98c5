"""Values of de-duplication: pairs of phrases, what is asked of them, and groups of phrases that mean the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from taxonomy.corpus.model import Encode

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

LogOdds = NewType("LogOdds", float)
"""Logarithm of the odds that two phrases, or two groups on average, mean the same; calibrated, natural logarithm."""


class Space(StrEnum):
    """Where phrases have vectors."""

    WORDS = "words"
    """Word vectors of the corpora: what stands in the same company is near."""
    ENCODER = "encoder"
    """The encoder of labels: what was taught to mean the same is near."""


Spaces = Mapping[Space, Encode]
"""The vectors that are to be used, any number of them."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of phrases by index, `left` < `right`, each pair once, in ascending order."""

    left: Rows
    right: Rows

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class BlockingPolicy:
    """Which pairs are looked at.

    `neighbours` nearest phrases by each kind of vectors and `lookalikes` by character n-grams, the latter from a
    cosine of `lookalike_cosine` on; `acronym_phrases` is the most phrases that a text may be the initials of.
    """

    neighbours: int = 20
    lookalikes: int = 20
    lookalike_cosine: float = 0.3
    acronym_phrases: int = 5


@dataclass(frozen=True, slots=True)
class GroupingPolicy:
    """When groups are joined, in log-odds of the average pair.

    `certain` and above is joined without asking; from `review` on a person is asked. A pair that was never compared
    counts `missing`. Chosen on labels of entities that the pair classifier did not learn from (`tune_certain`).
    """

    certain: float = 1.5
    review: float = 0.0
    missing: float = -2.0


@dataclass(frozen=True, slots=True)
class Grouping:
    """What clustering found.

    `group` is the group of each phrase, numbered by its first phrase; `strength` the lowest average log-odds that
    joined each group of several; `review` pairs of groups that a person should judge, with their average log-odds;
    `joins` every join in its order: the first phrases of both groups and the average log-odds.
    """

    group: Rows
    strength: Mapping[int, LogOdds] = field(default_factory=dict)
    review: tuple[tuple[int, int, LogOdds], ...] = ()
    joins: tuple[tuple[int, int, LogOdds], ...] = ()

    def members(self) -> dict[int, list[int]]:
        """Return the phrases of each group, in ascending order."""
        members: dict[int, list[int]] = {}
        for phrase, group in enumerate(self.group.tolist()):
            members.setdefault(group, []).append(phrase)
        return members
