"""Questions to the standardizer and its answers, as frozen values."""

from dataclasses import dataclass
from typing import NewType

from taxonomy.model import EntityType, SourceId

Similarity = NewType("Similarity", float)
"""A raw score in [0, 1] that says how alike two strings are; not a probability."""

Confidence = NewType("Confidence", float)
"""A calibrated probability in [0, 1] that an answer is right."""


@dataclass(frozen=True, slots=True)
class Query:
    """A text to standardize.

    With a `type` the text is the value of a field of that type; without one it is running text. `language` is a
    BCP 47 tag where known; `context` is further text of the same document.
    """

    text: str
    type: EntityType | None = None
    language: str | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that a mention could be, with a calibrated confidence and the alias that matched."""

    entity_id: str
    source_ids: tuple[SourceId, ...]
    name: str
    type: EntityType
    confidence: Confidence
    matched_alias: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of the text, from `start` to before `end` in characters, with its candidates, best first.

    A mention without candidates is NIL: something is named that the taxonomy does not know.
    """

    text: str
    start: int
    end: int
    type: EntityType | None
    candidates: tuple[Candidate, ...]
    seniority: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The mentions of a text, in order, and the versions that the answer was made with."""

    mentions: tuple[Mention, ...]
    taxonomy_version: int
    model_version: str
