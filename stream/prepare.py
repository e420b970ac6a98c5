"""What records say, before any transaction: decode them, infer the edges, make the texts that will be written. Pure.

Nothing here depends on what is stored, so a batch can be prepared while the one before it is written, in another
process or in this one, and need not be prepared again when its transaction is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from core.errors import InvalidError
from core.wire import Deletion, Event, document_json
from graph.encoding import SubjectUpdate, subject_update
from graph.model import Inference, SubjectKind
from graph.writer import Versions
from stream.decode import decode_record
from stream.model import Record
from stream.timing import StepTimer

_NOTHING = Inference((), {})


class Inferrer(Protocol):
    """From documents to edges, with fixed versions."""

    @property
    def versions(self) -> Versions:
        """The versions that the edges are made with."""
        ...

    def infer_many(self, events: Sequence[Event]) -> list[Inference]:
        """Return the edges of the documents in some events, in order."""
        ...


class Refusal(NamedTuple):
    """Why a record can never be applied."""

    error_class: str
    error: str


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """The records of a batch, in order: what each changes, or None where it is refused.

    `refusals` has the reason by the record's place in the batch, `seconds_by_step` what the preparation took.
    """

    versions: Versions
    updates: Sequence[SubjectUpdate | None]
    refusals: Mapping[int, Refusal] = field(default_factory=dict)
    seconds_by_step: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """How records are read: the kind of the subjects of each topic, and the longest value that is decoded."""

    kind_of_topic: Mapping[str, SubjectKind]
    max_event_bytes: int


def prepare_records(
    records: Sequence[Record], reading: Reading, inferrer: Inferrer, read_seconds: Callable[[], float]
) -> PreparedBatch:
    """Decode every record and infer the edges of its document; one that never can be applied is refused."""
    seconds: dict[str, float] = {}
    timer = StepTimer(read_seconds, seconds)
    refusals: dict[int, Refusal] = {}
    events: dict[int, Event] = {}
    with timer.step("decode"):
        for place, record in enumerate(records):
            kind = reading.kind_of_topic[record.place.topic]
            try:
                events[place] = decode_record(record, kind, max_bytes=reading.max_event_bytes)
            except InvalidError as error:
                refusals[place] = Refusal(type(error).__name__, str(error))
    with timer.step("infer"):
        documents = {place: event for place, event in events.items() if not isinstance(event.data, Deletion)}
        inferences = dict(zip(documents, inferrer.infer_many(list(documents.values())), strict=True))
    with timer.step("encode"):
        updates = [
            _update(event, inferences.get(place)) if (event := events.get(place)) is not None else None
            for place in range(len(records))
        ]
    return PreparedBatch(inferrer.versions, updates, refusals, seconds)


def _update(event: Event, inference: Inference | None) -> SubjectUpdate:
    """Return what an event changes; a deletion has no inference."""
    document = None if inference is None else document_json(event.data)
    return subject_update(event.subject, event.sequence, event.event_id, document, inference or _NOTHING)
