"""What is cleaned: entities as members typed them, and what the rules go by. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from taxonomy.model import EntityType

_NAMES: Final = frozenset({EntityType.COMPANY, EntityType.SCHOOL})


@dataclass(frozen=True, slots=True)
class TypedEntity:
    """A company, school, title or the like as typed, how many members are mapped to it, when it was last used."""

    text: str
    type: str
    members: int
    last_seen: date | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CleaningPolicy:
    """What the rules go by.

    `today` is passed in, for nothing here reads a clock. `stale_after_days` without use make an entity stale where
    at most `stale_most_members` have it. `required` are the attributes that entities of a type must have. A text is
    keyboard noise where its spelling is further from the middle of all spellings than `most_deviations` robust
    deviations. `names` are the types of which a name must single one out, so that "University" alone is none.
    """

    today: date
    stale_after_days: int = 3 * 365
    stale_most_members: int = 2
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    most_deviations: float = 3.0
    longest_characters: int = 120
    longest_words: int = 15
    names: frozenset[str] = _NAMES
    generic_share: float = 0.02


@dataclass(frozen=True, slots=True)
class Judged:
    """An entity that a person judged: whether it is unusable."""

    entity: TypedEntity
    unusable: bool
