"""Members, jobs and their edges to entities, as frozen values."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from taxonomy.model import EntityType


class SubjectKind(StrEnum):
    """Who an edge starts at."""

    MEMBER = "member"
    JOB = "job"


class EdgeStatus(StrEnum):
    """How an edge came to be."""

    EXPLICIT = "explicit"
    """The person chose the entity."""
    INFERRED = "inferred"
    """The standardizer or a classifier found it."""
    ACCEPTED = "accepted"
    """Inferred, and a person said yes; its confidence is 1.0."""
    DECLINED = "declined"
    """Inferred, and a person said no; it stays, so that it is not inferred again."""


JUDGED: frozenset[EdgeStatus] = frozenset({EdgeStatus.ACCEPTED, EdgeStatus.DECLINED})
"""Statuses that only a person may change; an event never removes them."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of one subject.

    `confidence` is a calibrated probability in [0, 1], rounded to 4 digits as it is stored; 1.0 only where a
    person verified. `evidence` is the text of the mention and `field` where it stood.
    """

    relation: str
    entity_id: str
    status: EdgeStatus
    confidence: float
    field: str
    evidence: str

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the edge within its subject."""
        return (self.relation, self.entity_id)


class EdgeText(NamedTuple):
    """An edge as texts (see `graph.encoding`): the start of its row, and a JSON object of a message."""

    row: str
    state: str


class MentionCount(NamedTuple):
    """Mentions of one type in a document, and how many of them were linked to an entity."""

    mentions: int
    linked: int


@dataclass(frozen=True, slots=True)
class Inference:
    """What is known of a document: its edges, one per (relation, entity), and its mentions by type.

    `texts` are the edges as they are written, in the same order, where whoever inferred them made these too.
    """

    edges: tuple[Edge, ...]
    mention_counts: dict[str, MentionCount]
    texts: tuple[EdgeText, ...] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EdgeDiff:
    """What turns the stored edges of a subject into the new ones."""

    added: tuple[Edge, ...] = ()
    updated: tuple[Edge, ...] = ()
    removed: tuple[Edge, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


def relation_name(kind: SubjectKind, entity_type: EntityType) -> str:
    """Return the name of the relation between a subject and an entity, for example `member-skill`."""
    return f"{kind}-{entity_type}"


PROFILE_FIELD_TYPES: dict[str, EntityType] = {
    "titles": EntityType.TITLE,
    "companies": EntityType.COMPANY,
    "schools": EntityType.SCHOOL,
    "degrees": EntityType.DEGREE,
    "fields_of_study": EntityType.FIELD_OF_STUDY,
    "skills": EntityType.SKILL,
    "locations": EntityType.LOCATION,
    "languages": EntityType.LANGUAGE,
    "certificates": EntityType.CERTIFICATE,
    "industries": EntityType.INDUSTRY,
}
"""The fields of a profile, and the type of entity that each names."""
