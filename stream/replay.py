"""`python -m stream.replay`: send dead letters again, once what made them fail is mended.

A letter goes to its topic with its own bytes, key and headers, so with its own event id and sequence: sent twice,
or after newer events of its subject, it changes nothing. One that fails again becomes a new dead letter.
"""

import argparse
import base64
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaError
from sqlalchemy import Connection, Engine, text

from core.database import engine_for, transaction
from core.errors import CanonymError, InvalidError, NotFoundError, RetryError
from core.kafka import producer_client
from core.settings import Settings

_BATCH = 500
_SEND_SECONDS = 30.0
_PRODUCER_OPTIONS = {"max_request_size": 64 * 1024 * 1024, "max_block_ms": 15_000}
"""A letter fitted through the broker once, so only the broker's own limit should bind it."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many letters were sent, and the ids of those that no producer can send: they have no key and no value."""

    sent: int
    unsendable: tuple[int, ...]


def replay(engine: Engine, bootstrap_servers: str, *, letter_id: int | None = None) -> ReplayReport:
    """Send one dead letter, or all that were not sent yet, and mark each that the broker has.

    Raises:
        NotFoundError: where there is no letter with that id.
        RetryError: where the broker does not take them; what it took before is marked.
    """
    sent, last_id = 0, 0
    unsendable: list[int] = []
    with producer_client(bootstrap_servers, **_PRODUCER_OPTIONS) as producer:
        while True:
            with transaction(engine) as connection:
                letters = _read(connection, letter_id=letter_id, after_id=last_id)
                good = [letter for letter in letters if (letter.key, letter.value) != (None, None)]
                _send(producer, good)
                _mark(connection, [letter.dead_letter_id for letter in good])
            sent += len(good)
            unsendable += [letter.dead_letter_id for letter in letters if letter not in good]
            if letter_id is not None and not letters:
                raise NotFoundError(f"there is no dead letter {letter_id}; see `canonym events dead-letters`")
            if letter_id is not None or not letters:
                return ReplayReport(sent, tuple(unsendable))
            last_id = letters[-1].dead_letter_id


def _read(connection: Connection, *, letter_id: int | None, after_id: int) -> list[Any]:
    """Return and lock the next letters to send; another replay that runs has those that it locked."""
    statement = """
        SELECT dead_letter_id, topic, key, value, headers FROM dead_letter
        WHERE CASE WHEN CAST(:id AS bigint) IS NULL THEN replayed_at IS NULL AND dead_letter_id > :after
                   ELSE dead_letter_id = :id END
        ORDER BY dead_letter_id LIMIT :limit FOR UPDATE"""
    rows = connection.execute(text(statement), {"id": letter_id, "after": after_id, "limit": _BATCH})
    return list(rows.all())


def _send(producer: Any, letters: Sequence[Any]) -> None:  # noqa: ANN401 - kafka-python has no types
    """Send letters and wait until the broker has them all."""
    try:
        futures = [
            producer.send(
                letter.topic,
                key=letter.key,
                value=letter.value,
                headers=[(name, base64.b64decode(value)) for name, value in letter.headers],
            )
            for letter in letters
        ]
        producer.flush(timeout=_SEND_SECONDS)
        for future in futures:
            future.get(timeout=_SEND_SECONDS)
    except KafkaError as error:
        raise RetryError(f"the broker did not take the dead letters: {error}") from error


def _mark(connection: Connection, letter_ids: list[int]) -> None:
    connection.execute(
        text("UPDATE dead_letter SET replayed_at = now() WHERE dead_letter_id = ANY(:ids)"), {"ids": letter_ids}
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m stream.replay", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="send every letter that was not sent again yet")
    which.add_argument("--id", type=int, metavar="N", help="send this letter, also where it was sent before")
    options = parser.parse_args(arguments)
    try:
        report = _replay(Settings(), letter_id=options.id)
    except CanonymError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{report.sent} dead letters sent again\n")
    for letter_id in report.unsendable:
        sys.stdout.write(f"dead letter {letter_id} has neither key nor value: there is nothing to send\n")
    return 0


def _replay(settings: Settings, *, letter_id: int | None) -> ReplayReport:
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise InvalidError("a replay needs CANONYM_DATABASE_URL and CANONYM_KAFKA_BOOTSTRAP_SERVERS")
    engine = engine_for(settings.database_url, application_name="canonym-replay")
    try:
        return replay(engine, settings.kafka_bootstrap_servers, letter_id=letter_id)
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
