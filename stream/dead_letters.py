"""Dead letters: what can never be applied, kept with its bytes and the reason, in the transaction of the batch."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, text

from core.outbox import OutboxMessage, write_messages
from core.wire import DEAD_LETTER, DeadLetterNotice, Event, encode_event
from stream.model import ApplyPolicy, Record

_MAX_ERROR_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that failed for good, with the error."""

    record: Record
    error_class: str
    error: str
    attempts: int = 1


def write_dead_letters(
    connection: Connection, letters: Sequence[DeadLetter], *, policy: ApplyPolicy, model_version: str
) -> None:
    """Store dead letters and announce them; one that is stored already (a batch applied again) stays as it is."""
    if not letters:
        return
    connection.execute(
        text("""
        INSERT INTO dead_letter (consumer_group, topic_id, topic, partition, "offset", key, value, headers,
                                 error_class, error, attempts, code_version, model_version)
        VALUES (:group, :topic_id, :topic, :partition, :offset, :key, :value, CAST(:headers AS jsonb),
                :error_class, :error, :attempts, :code_version, :model_version)
        ON CONFLICT DO NOTHING"""),
        [_row(letter, policy, model_version) for letter in letters],
    )
    write_messages(connection, [_notice(letter) for letter in letters])


def _row(letter: DeadLetter, policy: ApplyPolicy, model_version: str) -> dict[str, object]:
    record = letter.record
    headers = [[name, base64.b64encode(value or b"").decode()] for name, value in record.headers]
    return {
        "group": policy.consumer_group,
        "topic_id": record.place.topic_id,
        "topic": record.place.topic,
        "partition": record.place.partition,
        "offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": orjson.dumps(headers).decode().replace("\\u0000", "\\ufffd"),
        "error_class": letter.error_class,
        "error": _storable(letter.error),
        "attempts": letter.attempts,
        "code_version": policy.code_version,
        "model_version": model_version,
    }


def _storable(message: str) -> str:
    """Return a message that PostgreSQL can hold: no NUL, no lone surrogate, bounded."""
    return message[:_MAX_ERROR_CHARACTERS].replace("\0", "\ufffd").encode(errors="replace").decode()


def _notice(letter: DeadLetter) -> OutboxMessage:
    """Return the message that tells of a dead letter, keyed by where it lay."""
    place = letter.record.place
    position = f"{place.topic_id}-{place.partition}-{letter.record.offset}"
    event = Event(
        event_id=f"dead-letter-{position}",
        type=DEAD_LETTER,
        source="/stream",
        subject=position,
        sequence=letter.record.offset,
        data=DeadLetterNotice(
            topic=place.topic,
            partition=place.partition,
            offset=letter.record.offset,
            error_class=letter.error_class,
            error=_storable(letter.error),
        ),
    )
    return OutboxMessage("dead-letters", position, encode_event(event))
