"""Making a version: one publication at a time, a number, a changelog, and the message that tells all to reload."""

from collections.abc import Mapping

import orjson
from sqlalchemy import Connection, text

from core.outbox import OutboxMessage, write_messages
from core.wire import TAXONOMY_PUBLISHED, Event, TaxonomyChange, encode_event

_PUBLISH_LOCK = 727_001
"""Key of the advisory lock that lets one publication run at a time."""


def lock_publication(connection: Connection) -> None:
    """Wait for any other publication, until the end of the caller's transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISH_LOCK})


def new_version(connection: Connection, source: str) -> int:
    """Return the number of a new version, made now; the caller holds the lock."""
    version = connection.execute(text("SELECT coalesce(max(version), 0) + 1 FROM taxonomy_version")).scalar_one()
    connection.execute(
        text("INSERT INTO taxonomy_version (version, source, changelog) VALUES (:v, :s, '{}')"),
        {"v": version, "s": source},
    )
    return int(version)


def announce(connection: Connection, version: int, source: str, changelog: Mapping[str, int]) -> None:
    """Write the changelog, and the message that tells workers and the API to reload."""
    connection.execute(
        text("UPDATE taxonomy_version SET changelog = CAST(:c AS jsonb) WHERE version = :v"),
        {"c": orjson.dumps(dict(changelog)).decode(), "v": version},
    )
    event = Event(
        event_id=f"taxonomy-version-{version}",
        type=TAXONOMY_PUBLISHED,
        source="/taxonomy",
        subject="taxonomy",
        sequence=version,
        data=TaxonomyChange(version=version, source=source, changelog=dict(changelog)),
    )
    write_messages(connection, [OutboxMessage("taxonomy-changes", "taxonomy", encode_event(event))])
