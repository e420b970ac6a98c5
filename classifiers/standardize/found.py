"""What is known of a value while it is resolved: its readings, and what was found for the parts of each. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from classifiers.standardize.match import Match
from classifiers.standardize.model import Candidate
from classifiers.standardize.readings import Reading
from classifiers.standardize.scoring import Likely
from taxonomy.model import EntityType


class Found(NamedTuple):
    """What was found for a folded text: how sure the best candidate is, 0 without one, and whether any is exact.

    The candidates are there, best first, or what they are made of when they are asked for: most readings of a value
    are looked at for their confidence alone.
    """

    confidence: float
    exact: bool
    candidates: tuple[Candidate, ...] = ()
    likely: tuple[Likely, ...] = ()


NOTHING: Final = Found(0.0, exact=False)
"""Nothing was found."""


class Known(NamedTuple):
    """What was found for folded texts, and which are still sought, by type, with their aliases to the letter."""

    found: dict[tuple[str, EntityType], Found]
    sought: dict[EntityType, dict[str, list[Match]]]


class Alternative(NamedTuple):
    """A reading to choose from; `of_one_part` where nothing was cut, so that an alias to the letter settles it.

    `is_piece` is a part that was cut out of the value and stands for all of it.
    """

    reading: Reading
    of_one_part: bool
    is_piece: bool = False


def found_of(candidates: tuple[Candidate, ...], *, exact: bool) -> Found:
    """Return some candidates, best first, as what was found."""
    return Found(candidates[0].confidence if candidates else 0.0, exact, candidates)


def founds_of(exacts: Sequence[Sequence[Match]], likeliest: Sequence[tuple[Likely, ...]]) -> list[Found]:
    """Return what was found for some texts: their likeliest entities; `exacts` are the exact matches of each text."""
    return [
        Found(some[0][1] if some else 0.0, bool(exact), likely=some)
        for exact, some in zip(exacts, likeliest, strict=True)
    ]
