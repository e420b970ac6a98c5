"""Generated events as files: CloudEvents in JSON, and the truth beside them, one line an event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from core.wire import encode_event
from services.generator.model import GeneratedEvent

EVENTS_FILE: Final = "events.jsonl"
TRUTH_FILE: Final = "truth.jsonl"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many events, how many mentions of entities, and how many of no entity."""

    events: int
    mentions: int
    outside: int


def write_jsonl(
    generated: Iterable[GeneratedEvent],
    folder: Path,
    *,
    advance: Callable[[int], None] = lambda _events: None,
) -> Written:
    """Write events and truth side by side; line n of the truth belongs to line n of the events."""
    folder.mkdir(parents=True, exist_ok=True)
    events = mentions = outside = 0
    with (folder / EVENTS_FILE).open("wb") as event_file, (folder / TRUTH_FILE).open("wb") as truth_file:
        for item in generated:
            event_file.write(encode_event(item.event) + b"\n")
            truth_file.write(truth_json(item) + b"\n")
            events += 1
            mentions += len(item.truth)
            outside += sum(mention.entity_id is None for mention in item.truth)
            advance(1)
    return Written(events, mentions, outside)


def truth_json(item: GeneratedEvent) -> bytes:
    """Return the truth about one event as a line of JSON."""
    return orjson.dumps(
        {
            "event_id": item.event.event_id,
            "subject": item.event.subject,
            "sequence": item.event.sequence,
            "mentions": item.truth,
        }
    )
