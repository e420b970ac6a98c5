"""The wire format: CloudEvents 1.0 in structured JSON, with a versioned schema for the data of each type.

The pydantic models below are the one source: JSON Schema and the AsyncAPI document are generated from them.
Schemas only grow; an unknown major version or type is `InvalidError`, which the worker turns into a dead letter.
Bytes are decoded here and nowhere else, with no class chosen by what the bytes say.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidError

MAX_SEQUENCE: Final = 2**63 - 1
MAX_TEXT_CHARACTERS: Final = 100_000
MAX_FIELD_CHARACTERS: Final = 1_000
MAX_FIELD_VALUES: Final = 500

SEQUENCE_HEADER: Final = "ce_sequence"
"""Kafka header that carries the sequence of a null-value tombstone."""

_ID = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f]+$")]
_FieldText = Annotated[str, Field(max_length=MAX_FIELD_CHARACTERS)]
_LongText = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]


class _Schema(BaseModel):
    """Additive schema: unknown members are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Choice(_Schema):
    """A value that the person picked from a list: the text shown, and the entity picked."""

    text: _FieldText
    entity_id: _ID


FieldValue: TypeAlias = _FieldText | Choice
_Values = Annotated[tuple[FieldValue, ...], Field(max_length=MAX_FIELD_VALUES)]


class ProfileDocument(_Schema):
    """A member's profile as last saved: fields hold what was typed, in order."""

    language: str | None = Field(default=None, max_length=35, description="BCP 47 tag, where it is known.")
    headline: _FieldText | None = None
    summary: _LongText | None = None
    titles: _Values = ()
    companies: _Values = ()
    schools: _Values = ()
    degrees: _Values = ()
    fields_of_study: _Values = ()
    skills: _Values = ()
    locations: _Values = ()
    languages: _Values = ()
    certificates: _Values = ()
    industries: _Values = ()


class JobDocument(_Schema):
    """A job post as last saved."""

    language: str | None = Field(default=None, max_length=35, description="BCP 47 tag, where it is known.")
    title: _FieldText | None = None
    company: FieldValue | None = None
    location: FieldValue | None = None
    industry: FieldValue | None = None
    description: _LongText | None = None
    skills: _Values = ()


class Deletion(_Schema):
    """The subject is gone: its document and edges go, its sequence stays."""

    reason: str | None = Field(default=None, max_length=200)


class EdgeState(_Schema):
    """An edge of a subject as it stands after a change."""

    relation: str
    entity_id: str
    status: Literal["explicit", "inferred", "accepted", "declined"]
    confidence: float = Field(ge=0, le=1)


class EdgeChanges(_Schema):
    """What one event changed in the edges of its subject: all of it became visible in one transaction."""

    added: tuple[EdgeState, ...] = ()
    updated: tuple[EdgeState, ...] = ()
    removed: tuple[EdgeState, ...] = ()
    taxonomy_version: int
    model_version: str


class DeadLetterNotice(_Schema):
    """A record that could not be applied and why; the bytes themselves stay in the database."""

    topic: str
    partition: int
    offset: int
    error_class: str
    error: str


class TaxonomyChange(_Schema):
    """A taxonomy version was published."""

    version: int
    source: str
    changelog: dict[str, int]


PROFILE_UPDATED: Final = "canonym.profile.updated.v1"
PROFILE_DELETED: Final = "canonym.profile.deleted.v1"
JOB_UPDATED: Final = "canonym.job.updated.v1"
JOB_DELETED: Final = "canonym.job.deleted.v1"
EDGES_CHANGED: Final = "canonym.edges.changed.v1"
DEAD_LETTER: Final = "canonym.dead-letter.v1"
TAXONOMY_PUBLISHED: Final = "canonym.taxonomy.published.v1"

DATA_MODELS: Final[Mapping[str, type[_Schema]]] = {
    PROFILE_UPDATED: ProfileDocument,
    PROFILE_DELETED: Deletion,
    JOB_UPDATED: JobDocument,
    JOB_DELETED: Deletion,
    EDGES_CHANGED: EdgeChanges,
    DEAD_LETTER: DeadLetterNotice,
    TAXONOMY_PUBLISHED: TaxonomyChange,
}
"""Every event type with the model of its `data`."""


class _Envelope(_Schema):
    """The CloudEvents attributes that Canonym reads; `sequence` is the extension of that name."""

    specversion: Literal["1.0"]
    id: _ID
    type: str = Field(max_length=200)
    source: str = Field(min_length=1, max_length=500)
    subject: _ID
    sequence: str = Field(pattern=r"^[0-9]{1,19}$")
    time: str | None = Field(default=None, max_length=64)
    data: Any = None


class Event:
    """A decoded event: who (`subject`), in which order (`sequence`), what (`data`)."""

    __slots__ = ("data", "event_id", "sequence", "source", "subject", "time", "type")

    def __init__(
        self,
        *,
        event_id: str,
        type: str,  # noqa: A002 - the attribute's name in CloudEvents
        source: str,
        subject: str,
        sequence: int,
        data: _Schema,
        time: datetime | str | None = None,
    ) -> None:
        self.event_id = event_id
        self.type = type
        self.source = source
        self.subject = subject
        self.sequence = sequence
        self.data = data
        self.time = time.isoformat() if isinstance(time, datetime) else time

    def __repr__(self) -> str:
        return f"Event({self.type}, subject={self.subject!r}, sequence={self.sequence})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.event_id, self.subject, self.sequence))


def encode_event(event: Event) -> bytes:
    """Return the event as CloudEvents JSON bytes; empty members of the data are left out."""
    return encode_envelope(
        event_id=event.event_id,
        type=event.type,
        source=event.source,
        subject=event.subject,
        sequence=event.sequence,
        time=event.time,
        data=document_json(event.data),
    )


def encode_envelope(
    *,
    event_id: str,
    type: str,  # noqa: A002 - the attribute's name in CloudEvents
    source: str,
    subject: str,
    sequence: int,
    data: bytes,
    time: str | None = None,
) -> bytes:
    """Return CloudEvents JSON bytes around data that is JSON already."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "type": type,
        "source": source,
        "subject": subject,
        "sequence": str(sequence),
        "datacontenttype": "application/json",
        "dataschema": f"urn:canonym:schema:{type}",
        "data": orjson.Fragment(data),
    }
    if time is not None:
        envelope["time"] = time
    return orjson.dumps(envelope)


def decode_event(value: bytes, *, max_bytes: int) -> Event:
    """Return the event in CloudEvents JSON bytes.

    Raises:
        InvalidError: for bytes over `max_bytes`, bytes that are not JSON in UTF-8, attributes that are missing
            or wrong, an unknown type or major version, and data that its schema does not allow.
    """
    if len(value) > max_bytes:
        raise InvalidError(f"event of {len(value)} bytes is over the limit of {max_bytes} bytes")
    envelope = _validated(_Envelope, _json(value), what="event")
    model = DATA_MODELS.get(envelope.type)
    if model is None:
        raise InvalidError(f"unknown event type {envelope.type!r}; known are {', '.join(sorted(DATA_MODELS))}")
    sequence = int(envelope.sequence)
    if sequence > MAX_SEQUENCE:
        raise InvalidError(f"sequence {sequence} is over {MAX_SEQUENCE}")
    return Event(
        event_id=envelope.id,
        type=envelope.type,
        source=envelope.source,
        subject=envelope.subject,
        sequence=sequence,
        time=envelope.time,
        data=_validated(model, {} if envelope.data is None else envelope.data, what=envelope.type),
    )


def document_json(document: _Schema) -> bytes:
    """Return a document as compact JSON bytes, empty members left out, as it is stored."""
    # Half of pydantic's own way takes as long as all of this: the members are validated already.
    defaults = _defaults(type(document))
    members = {name: value for name, value in document.__dict__.items() if value != defaults[name]}
    return orjson.dumps(members, default=_members)


@cache
def _defaults(model: type[_Schema]) -> dict[str, object]:
    return {name: member.default for name, member in model.model_fields.items()}


def _members(value: object) -> object:
    """Return a value within a document as JSON can show it."""
    if isinstance(value, _Schema):
        return value.__dict__
    raise TypeError(f"no JSON for {type(value).__name__}")


def _json(value: bytes) -> object:
    """Parse JSON; NUL characters are refused because PostgreSQL cannot hold them."""
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidError(f"event is not JSON in UTF-8: {error}") from error
    if b"\\u0000" in value and _holds_nul(parsed):
        raise InvalidError("event holds the NUL character (\\u0000), which cannot be stored")
    if not isinstance(parsed, dict):
        raise InvalidError(f"event is a JSON {type(parsed).__name__}, not an object")
    return parsed


def _holds_nul(value: object) -> bool:
    """Whether any string in a parsed JSON value holds NUL; depth is bounded by the parser's own limit."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, str):
            if "\0" in current:
                return True
        elif isinstance(current, dict):
            pending.extend(current.keys())
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    return False


_S = TypeVar("_S", bound=_Schema)


def _validated(model: type[_S], value: object, *, what: str) -> _S:
    """Validate one value, with an error that names the first members that are wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'data'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)[:3]
        )
        raise InvalidError(f"{what}: {problems}") from error
