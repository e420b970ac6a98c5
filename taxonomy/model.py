"""What a taxonomy is made of, as frozen values with no database in sight."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class EntityType(StrEnum):
    """The kinds of entity."""

    SKILL = "skill"
    TITLE = "title"
    COMPANY = "company"
    SCHOOL = "school"
    DEGREE = "degree"
    FIELD_OF_STUDY = "field_of_study"
    LOCATION = "location"
    LANGUAGE = "language"
    CERTIFICATE = "certificate"
    INDUSTRY = "industry"
    SKILL_GROUP = "skill_group"
    SUPERTITLE = "supertitle"
    FUNCTION = "function"


MENTIONABLE_TYPES: tuple[EntityType, ...] = (
    EntityType.SKILL,
    EntityType.TITLE,
    EntityType.COMPANY,
    EntityType.SCHOOL,
    EntityType.DEGREE,
    EntityType.FIELD_OF_STUDY,
    EntityType.LOCATION,
    EntityType.LANGUAGE,
    EntityType.CERTIFICATE,
    EntityType.INDUSTRY,
)
"""The types that a mention may resolve to; the others only arrange them."""


UNUSABLE = "unusable"
"""Attribute of an entity that a person marked, with the reason: it stays, and no text is read as it any more."""

DESCRIPTION = "description"
"""Attribute of an entity that says in English what it is, where its source does; parents are looked for by it."""

COMPANY_WORDS = "company"
"""Attribute of a sense of an ambiguous phrase: the words that stand around it, by which a context chooses it."""


class AliasKind(StrEnum):
    """How an alias relates to its entity."""

    CANONICAL = "canonical"
    SYNONYM = "synonym"
    ABBREVIATION = "abbreviation"
    MISSPELLING = "misspelling"
    TRANSLATION = "translation"


class EntityRelation(StrEnum):
    """Kinds of edge between entities; many parents are allowed, cycles are not."""

    BROADER = "broader"
    """Child to parent: skill to group, title to supertitle, city to country."""
    FUNCTION = "function"
    """Title or supertitle to its function."""
    NEEDS = "needs"
    """Title to a skill that the work needs."""
    INDUSTRY = "industry"
    """Company to its industry."""


@dataclass(frozen=True, slots=True)
class SourceId:
    """The id of an entity where it came from, for example `("esco", "http://...")`."""

    source: str
    value: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A string for an entity.

    `language` is an ISO 639-1 code, or `mul` where the string serves any language (abbreviations, names of
    places); `confidence` is in (0, 1].
    """

    text: str
    language: str
    kind: AliasKind
    source: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class ParentRef:
    """An edge from the draft that holds it to the entity known by `parent` in its source."""

    relation: EntityRelation
    parent: SourceId
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class EntityDraft:
    """An entity as an importer read it, before the store gives it a version.

    The first source id decides the stable entity id. `attributes` are (name, value) pairs, for example
    `("country_code", "DE")` or `("population", "81000")`.
    """

    type: EntityType
    name: str
    language: str
    source_ids: tuple[SourceId, ...]
    aliases: tuple[Alias, ...] = ()
    parents: tuple[ParentRef, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def entity_id(self) -> str:
        """The stable id, made of the type and the first source id."""
        return make_entity_id(self.type, self.source_ids[0])


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that an importer left out, and why; `line` counts from 1 and includes the header."""

    file: str
    line: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity as of one taxonomy version."""

    entity_id: str
    type: EntityType
    name: str
    source_ids: tuple[SourceId, ...]
    aliases: tuple[Alias, ...]
    parents: tuple[tuple[EntityRelation, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All entities of one taxonomy version."""

    version: int
    entities: tuple[Entity, ...]

    def alias_rows(self) -> Iterator[tuple[int, Alias]]:
        """Yield (index of the entity, alias) for every alias, in a fixed order."""
        for index, entity in enumerate(self.entities):
            for alias in entity.aliases:
                yield index, alias


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """What a new version changed."""

    entities_added: int = 0
    entities_changed: int = 0
    entities_retired: int = 0
    aliases_added: int = 0
    aliases_retired: int = 0
    relations_added: int = 0
    relations_retired: int = 0

    @property
    def any(self) -> bool:
        """Whether anything changed at all."""
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: the version it published (None where nothing was new), counts, rejected rows."""

    source: str
    version: int | None
    changes: ChangeCounts
    rows_read: int
    rejections: tuple[Rejection, ...] = field(default=())

    def rejections_by_reason(self) -> dict[str, int]:
        """Count the rejected rows by reason, most frequent first."""
        counts: dict[str, int] = {}
        for rejection in self.rejections:
            counts[rejection.reason] = counts.get(rejection.reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def make_entity_id(entity_type: EntityType, source_id: SourceId) -> str:
    """Return the stable id of an entity: its type and 60 bits of a hash of its first source id."""
    digest = hashlib.sha256(f"{entity_type}\0{source_id.source}\0{source_id.value}".encode()).digest()
    return f"{entity_type}_{base64.b32encode(digest[:8]).decode().lower()[:12]}"
