"""What the generator is told, and what it yields: events with the truth about every value in them."""

from dataclasses import dataclass, fields

from core.errors import InvalidError
from core.wire import Event
from taxonomy.model import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How often people write in other ways than the taxonomy does: shares of the values, from 0 to 1."""

    typo: float = 0.04
    """A neighbouring key, two letters swapped, or a letter left out or doubled."""
    synonym: float = 0.30
    """A synonym in place of the name."""
    abbreviation: float = 0.10
    """An abbreviation, where the entity has one."""
    other_case: float = 0.10
    """All lower case, all capitals, or capitals at the words."""
    emoji: float = 0.01
    other_language: float = 0.04
    """A label in another language than the profile's."""
    seniority: float = 0.20
    """A word of seniority before a title."""
    trailing: float = 0.03
    """Something behind a title, such as `(remote)`."""
    at_company: float = 0.04
    """The company behind a title, such as `@ Google`."""
    picked: float = 0.35
    """A value chosen from a typeahead list: clean text and an entity id."""
    wrong_pick: float = 0.02
    """Of the picked values, those with the id of another entity of the same or a similar name."""
    ambiguous: float = 0.03
    """A phrase that means several entities."""
    outside: float = 0.04
    """A value for which the taxonomy has no entity."""

    def __post_init__(self) -> None:
        for rate in fields(self):
            value = getattr(self, rate.name)
            if not 0 <= value <= 1:
                raise InvalidError(f"noise rate {rate.name} is {value}; it has to be from 0 to 1")


CLEAN = Noise(
    typo=0, synonym=0, abbreviation=0, other_case=0, emoji=0, other_language=0, seniority=0,
    trailing=0, at_company=0, picked=0, wrong_pick=0, ambiguous=0, outside=0,
)  # fmt: skip
"""No noise at all: every value is the name of its entity."""


@dataclass(frozen=True, slots=True)
class TruthMention:
    """What a text in a field means.

    `position` counts the values of the field from 0. `entity_id` is None where no entity fits. `noise` says
    what was done to the label, by the names of the rates of `Noise`.
    """

    field: str
    position: int
    text: str
    type: EntityType
    entity_id: str | None
    noise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GeneratedEvent:
    """An event, and the truth about the document in it; a deletion has none."""

    event: Event
    truth: tuple[TruthMention, ...]
