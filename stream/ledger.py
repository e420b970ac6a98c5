"""The offset ledger: how far each partition is applied, kept in the transaction of the results."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

from stream.model import TopicPartition


def lock_offsets(connection: Connection, group: str, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the next offset of each partition that the ledger knows, locked until the transaction ends.

    The lock makes a worker that lost its partitions, and does not know it yet, wait; it then finds its records
    below the ledger and changes nothing.
    """
    ordered = sorted(places, key=lambda place: (place.topic_id, place.partition))
    rows = connection.execute(
        text("""
        SELECT topic_id, partition, next_offset FROM stream_offset
        WHERE consumer_group = :g AND (topic_id, partition) IN (
            SELECT * FROM unnest(CAST(:t AS text[]), CAST(:p AS int[])))
        ORDER BY topic_id, partition FOR UPDATE"""),
        {"g": group, "t": [p.topic_id for p in ordered], "p": [p.partition for p in ordered]},
    )
    known = {(row.topic_id, row.partition): row.next_offset for row in rows}
    return {p: known[p.topic_id, p.partition] for p in ordered if (p.topic_id, p.partition) in known}


def create_offset(connection: Connection, group: str, place: TopicPartition, next_offset: int) -> None:
    """Add a partition that the ledger has not seen; where another worker was faster, its row stays."""
    connection.execute(
        text("""
        INSERT INTO stream_offset (consumer_group, topic_id, partition, topic, next_offset)
        VALUES (:g, :i, :p, :t, :o) ON CONFLICT DO NOTHING"""),
        {"g": group, "i": place.topic_id, "p": place.partition, "t": place.topic, "o": next_offset},
    )


def advance_offsets(connection: Connection, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Move the ledger forward."""
    connection.execute(
        text("""
        UPDATE stream_offset s SET next_offset = d.next_offset, updated_at = now()
        FROM unnest(CAST(:t AS text[]), CAST(:p AS int[]), CAST(:o AS bigint[])) AS d (topic_id, partition, next_offset)
        WHERE s.consumer_group = :g AND s.topic_id = d.topic_id AND s.partition = d.partition
          AND d.next_offset > s.next_offset"""),
        {
            "g": group,
            "t": [place.topic_id for place in offsets],
            "p": [place.partition for place in offsets],
            "o": list(offsets.values()),
        },
    )


def read_offsets(connection: Connection, group: str) -> dict[TopicPartition, int]:
    """Return the whole ledger of a group."""
    rows = connection.execute(
        text("SELECT topic, topic_id, partition, next_offset FROM stream_offset WHERE consumer_group = :g"),
        {"g": group},
    )
    return {TopicPartition(row.topic, row.topic_id, row.partition): row.next_offset for row in rows}
