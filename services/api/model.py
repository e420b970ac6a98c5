"""What requests and answers look like on the wire; the OpenAPI document is generated from these models."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from classifiers.standardize.languages import LANGUAGE_TAG
from core.wire import MAX_TEXT_CHARACTERS
from taxonomy.model import MENTIONABLE_TYPES, EntityType, SourceId

MAX_BATCH_ITEMS = 500
MAX_TOP = 50
DEFAULT_TOP = 5
MAX_LANGUAGE_CHARACTERS = 35
MAX_LIMITING_IDS = 100
MAX_EXPLAINED_TOP = 10
MAX_EXPLAINED_ITEMS = 50
ID_PATTERN = r"^[^\x00-\x20\x7f]+$"
MAX_ID_CHARACTERS = 200
MAX_OTHERS = 1_000
MAX_COMPARED_CHARACTERS = 1_000
MAX_PAGE = 500
DEFAULT_PAGE = 100

_TYPE_NAMES = [str(entity_type) for entity_type in MENTIONABLE_TYPES]


def _mentionable(entity_type: EntityType) -> EntityType:
    if entity_type not in MENTIONABLE_TYPES:
        raise ValueError(f"no mention has this type; use one of {', '.join(_TYPE_NAMES)}")
    return entity_type


MentionType = Annotated[
    EntityType, AfterValidator(_mentionable), WithJsonSchema({"type": "string", "enum": _TYPE_NAMES})
]
_Text = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]
_EntityId = Annotated[str, Field(pattern=ID_PATTERN, max_length=MAX_ID_CHARACTERS)]
_LimitingIds = Annotated[tuple[_EntityId, ...], Field(max_length=MAX_LIMITING_IDS)]


class _Request(BaseModel):
    """A request names every field right: an unknown one is an error, not silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StandardizeRequest(_Request):
    """A text to standardize."""

    text: _Text = Field(description="The value of a field (give its `type`), or running text.")
    type: MentionType | None = Field(default=None, description="What the field holds; empty for running text.")
    language: str | None = Field(
        default=None,
        max_length=MAX_LANGUAGE_CHARACTERS,
        description="BCP 47 tag of the text, where known: decides between entities that share an alias.",
    )
    context: _Text | None = Field(
        default=None,
        description="Further text of the same document: decides where the language does not.",
    )
    top: int = Field(default=DEFAULT_TOP, ge=1, le=MAX_TOP, description="Most candidates for each mention.")
    within: _LimitingIds = Field(
        default=(), description="Only these entities, and what lies below them, can be candidates; empty for all."
    )
    exclude: _LimitingIds = Field(
        default=(), description="These entities, and what lies below them, cannot be candidates."
    )
    output_language: str | None = Field(
        default=None,
        max_length=MAX_LANGUAGE_CHARACTERS,
        pattern=LANGUAGE_TAG,
        description="BCP 47 tag of the language that names are given in, where an entity has one there.",
    )
    explain: bool = Field(
        default=False, description=f"Explain each confidence; `top` is then {MAX_EXPLAINED_TOP} at most."
    )

    @field_validator("explain")
    @classmethod
    def _explains_few(cls, explain: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - the validator's signature
        if explain and info.data.get("top", 0) > MAX_EXPLAINED_TOP:
            raise ValueError(f"with it, top is {MAX_EXPLAINED_TOP} at most")
        return explain


class BatchRequest(_Request):
    """Texts to standardize together, which is faster than one by one."""

    items: tuple[StandardizeRequest, ...] = Field(
        min_length=1,
        max_length=MAX_BATCH_ITEMS,
        description=f"At most {MAX_EXPLAINED_ITEMS} of them with `explain`.",
    )

    @field_validator("items")
    @classmethod
    def _explains_few(cls, items: tuple[StandardizeRequest, ...]) -> tuple[StandardizeRequest, ...]:
        if sum(item.explain for item in items) > MAX_EXPLAINED_ITEMS:
            raise ValueError(f"at most {MAX_EXPLAINED_ITEMS} items can be explained in one batch")
        return items


_Compared = Annotated[str, Field(max_length=MAX_COMPARED_CHARACTERS)]
_Language = Annotated[str, Field(max_length=MAX_LANGUAGE_CHARACTERS)]


class SimilarRequest(_Request):
    """A text to compare with others of its type."""

    text: _Compared = Field(description="The value of a field.")
    others: tuple[_Compared, ...] = Field(min_length=1, max_length=MAX_OTHERS, description="What it is compared with.")
    type: MentionType = Field(default=EntityType.TITLE, description="What the fields hold.")
    language: _Language | None = Field(default=None, description="BCP 47 tag of the text, where known.")
    others_language: _Language | None = Field(default=None, description="BCP 47 tag of the others, where known.")
    top: int = Field(default=MAX_TOP, ge=1, le=MAX_OTHERS, description="Most answers.")
    explain: bool = Field(default=False, description="Say how alike they are in each view.")


class SourceIdOut(BaseModel):
    """The id of an entity where it came from."""

    source: str
    id: str


class ContributionOut(BaseModel):
    """What one term adds to the log-odds of a confidence."""

    term: str
    log_odds: float
    documentation: str = Field(description="What the term is.")


class ExplanationOut(BaseModel):
    """Why a candidate has its confidence."""

    exact: bool = Field(description="Whether the text is the alias to the letter, case and accents aside.")
    alias_language: str = Field(description="Language of the matched alias; `mul` serves any language.")
    alias_kind: str = Field(description="Kind of the matched alias.")
    ngrams: float = Field(
        description="Similarity of the letters to the alias; of titles and skills, of what is rare in their names."
    )
    meaning: float | None = Field(description="Similarity of the meaning to the alias; null where it is not known.")
    centre: float | None = Field(description="Similarity of the meaning to all aliases of the entity together.")
    margin: float = Field(description="How far the candidate is above the best other one; negative below it.")
    rivals: int = Field(description="Other entities that the very alias may mean as well, one source taken for itself.")
    context_words: list[str] = Field(description="Words of the context and places in the same value that speak for it.")
    contributions: list[ContributionOut] = Field(description="All terms that are not 0; they add up to `log_odds`.")
    log_odds: float = Field(description="The confidence is the probability of these, and 0.99 at most.")


class CandidateOut(BaseModel):
    """An entity that a mention could be."""

    entity_id: str
    source_ids: list[SourceIdOut]
    name: str
    type: EntityType
    confidence: float = Field(ge=0, le=1, description="Calibrated probability that this is the entity.")
    matched_alias: str
    lies_in: list[str] = Field(
        default_factory=list, description="Of a place, what it lies in, the nearest first: region, country."
    )
    explanation: ExplanationOut | None = Field(default=None, description="Only where `explain` was asked for.")


class MentionOut(BaseModel):
    """A piece of the text, with the entities that it could be, best first."""

    text: str
    start: int = Field(ge=0, description="Where it starts, in Unicode code points of the text.")
    end: int = Field(ge=0, description="Where it ends: the code point after its last.")
    type: EntityType | None
    seniority: str | None
    linked: bool = Field(description="Whether the best candidate is likely enough; if not, no entity fits (NIL).")
    candidates: list[CandidateOut]


class MentionsOut(BaseModel):
    """The mentions of one text, in order."""

    mentions: list[MentionOut]


class StandardizeAnswer(MentionsOut):
    """The mentions of a text, and what the answer was made with."""

    taxonomy_version: int
    model_version: str


class BatchAnswer(BaseModel):
    """The answers to a batch, in the order of its items, all made with the same versions."""

    results: list[MentionsOut]
    taxonomy_version: int
    model_version: str


class SimilarOut(BaseModel):
    """One of the other texts."""

    place: int = Field(ge=0, description="Its place in `others`.")
    text: str
    score: float = Field(ge=0, le=1, description="How alike; 1 is the same but for case and accents. No probability.")
    views: dict[str, float] | None = Field(default=None, description="The cosine of each view; with `explain` only.")


class SimilarAnswer(BaseModel):
    """The other texts, most alike first; of equal ones the earlier one first."""

    similar: list[SimilarOut]
    taxonomy_version: int


class AliasOut(BaseModel):
    """A string for an entity."""

    text: str
    kind: str
    source: str
    confidence: float


class ParentOut(BaseModel):
    """An entity that this one belongs to."""

    relation: str
    entity_id: str
    name: str | None


class VersionSpanOut(BaseModel):
    """Versions in which the entity was one way; `until_version` is the first in which it was no more."""

    since_version: int
    until_version: int | None


class EntityOut(BaseModel):
    """An entity as of one taxonomy version."""

    entity_id: str
    requested_id: str = Field(description="The id that was asked for; another one where that was merged.")
    type: EntityType
    name: str
    names: dict[str, str] = Field(description="The name in each language that has one.")
    aliases: dict[str, list[AliasOut]] = Field(description="All aliases by language; `mul` serves any language.")
    parents: list[ParentOut]
    source_ids: list[SourceIdOut]
    attributes: dict[str, str]
    taxonomy_version: int = Field(description="The version that this is the state of.")
    versions: list[VersionSpanOut] = Field(description="The history of its name and attributes.")


class EdgeOut(BaseModel):
    """An edge of a member or a job."""

    relation: str
    entity_id: str
    entity_name: str | None
    status: str
    confidence: float
    field: str = Field(description="Field of the document that holds the evidence.")
    evidence: str = Field(description="Text of the mention.")
    taxonomy_version: int
    model_version: str
    event_sequence: int = Field(description="The event that last changed the edge.")
    updated_at: datetime


class EdgesOut(BaseModel):
    """A page of the edges of a member or a job."""

    subject_id: str
    sequence: int = Field(description="The newest event; where it changes between pages, start again.")
    updated_at: datetime
    edges: list[EdgeOut]
    next_cursor: str | None = Field(description="What to pass as `cursor` for the next page; null on the last.")


class TaxonomyVersionOut(BaseModel):
    """A published taxonomy version."""

    version: int
    source: str
    changelog: dict[str, int]
    created_at: datetime


class TaxonomyVersionsOut(BaseModel):
    """All versions, oldest first."""

    loaded_version: int | None = Field(description="The version that texts are standardized with now.")
    versions: list[TaxonomyVersionOut]


class EntityChangeOut(BaseModel):
    """How an entity differs between two versions."""

    entity_id: str
    type: str
    name: str = Field(description="The newer name.")
    kinds: list[str] = Field(
        description="added, split, retired, merged, renamed, re-parented, marked, aliases, attributes."
    )
    former_name: str | None = None
    into: str | None = Field(None, description="The entity that answers for a merged one.")
    aliases_added: list[str] = Field(description="Each with its language: `text [en]`.")
    aliases_removed: list[str]
    parents_added: list[str] = Field(description="Each with its relation: `broader skill_group_...`.")
    parents_removed: list[str]


class TaxonomyChangesOut(BaseModel):
    """A page of the entities that differ between two versions, ordered by id."""

    since_version: int
    until_version: int
    changes: list[EntityChangeOut]
    next_cursor: str | None = Field(description="What to pass as `cursor` for the next page; null on the last.")


class StatusOut(BaseModel):
    """How the process is."""

    status: str


def source_ids_out(source_ids: Iterable[SourceId]) -> list[SourceIdOut]:
    """Return source ids as they go out."""
    return [SourceIdOut(source=item.source, id=item.value) for item in source_ids]
