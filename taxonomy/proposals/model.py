"""Proposals: what a build suggests for the taxonomy, and what people decided. Frozen values, no database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import orjson

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

MAX_SNIPPETS: Final = 5
"""Pieces of evidence kept with a proposal."""
MAX_SNIPPET_CHARACTERS: Final = 240


class ProposalKind(StrEnum):
    """What accepting a proposal does."""

    CLEAN_UP = "clean_up"
    """An entity or text as typed is marked as unusable, with a reason; nothing is deleted."""
    NEW_ENTITY = "new_entity"
    """A phrase becomes an entity."""
    SENSES = "senses"
    """A phrase gets several senses."""
    MERGE = "merge"
    """Phrases or entities become one: a phrase an alias of an entity, an entity replaced by another."""
    PARENT = "parent"
    """An entity gets a parent."""
    TRANSLATION = "translation"
    """An entity gets a name in another language."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One suggestion.

    `subject` is the phrase or entity id that it is about. `identity` says what is proposed, as JSON: two proposals of
    a kind, subject and identity are the same one, whatever their confidence. `details` is what helps to judge it: the
    contributions of features, the company of a sense, the readings of a translation. `confidence` is calibrated, in
    [0, 1]; `members_affected` counts members and jobs whose edges would change.
    """

    kind: ProposalKind
    subject: str
    identity: Mapping[str, JsonValue]
    confidence: float
    members_affected: int
    snippets: tuple[str, ...] = ()
    details: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The same for the same proposal in every build: 32 hexadecimal digits."""
        content = orjson.dumps([self.kind, self.subject, dict(self.identity)], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()[:32]
