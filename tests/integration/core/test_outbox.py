"""A message is in the outbox exactly where its transaction was committed, in order, byte for byte."""

import psycopg
import pytest
from sqlalchemy import Engine, text

from core.database import copy_rows, transaction
from core.outbox import CHANNEL, Backlog, OutboxMessage, delete_messages, read_backlog, read_messages, write_messages

pytestmark = pytest.mark.integration

MESSAGES = [
    OutboxMessage("edge-changes", "alice", b'{"a": "\xc3\xa4"}', {"trace": "1", "odd": 'tab\tquote"back\\slash'}),
    OutboxMessage("edge-changes", "tab\tand\nnewline", b"\x00\xff\\x41\\."),
    OutboxMessage("dead-letters", "bob", None, {"ce_sequence": "9"}),
    OutboxMessage("edge-changes", "empty", b""),
]


def test_messages_come_back_in_order_and_byte_for_byte(engine: Engine) -> None:
    with transaction(engine) as connection:
        write_messages(connection, MESSAGES)
    with engine.connect() as connection:
        rows = read_messages(connection, limit=10)
    assert [row.message for row in rows] == MESSAGES
    assert [row.outbox_id for row in rows] == sorted(row.outbox_id for row in rows)


def test_a_transaction_that_fails_leaves_no_message(engine: Engine) -> None:
    def write_and_fail() -> None:
        with transaction(engine) as connection:
            write_messages(connection, MESSAGES)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with engine.connect() as connection:
        assert read_messages(connection, limit=10) == []


def test_only_what_was_named_is_deleted(engine: Engine) -> None:
    with transaction(engine) as connection:
        write_messages(connection, MESSAGES)
        rows = read_messages(connection, limit=2)
        delete_messages(connection, [row.outbox_id for row in rows])
    with engine.connect() as connection:
        assert [row.message for row in read_messages(connection, limit=10)] == MESSAGES[2:]


def test_no_message_wakes_nobody_and_some_do_at_the_commit(engine: Engine, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with transaction(engine) as connection:
            write_messages(connection, [])
        assert list(listener.notifies(timeout=0.1, stop_after=1)) == []
        with transaction(engine) as connection:
            write_messages(connection, MESSAGES)
            assert list(listener.notifies(timeout=0.1, stop_after=1)) == []
        assert len(list(listener.notifies(timeout=2, stop_after=1))) == 1


def test_copied_rows_are_part_of_the_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE pair (a int, b text)"))
        assert copy_rows(connection, "pair", ("a", "b"), ((n, f"b{n}") for n in range(3))) == 3
        assert copy_rows(connection, "pair", ("a",), []) == 0
        rows = connection.execute(text("SELECT a, b FROM pair ORDER BY a")).all()
        assert [tuple(row) for row in rows] == [(0, "b0"), (1, "b1"), (2, "b2")]
        connection.rollback()


def test_the_backlog_is_the_count_and_the_age_of_the_oldest(engine: Engine) -> None:
    with engine.connect() as connection:
        assert read_backlog(connection) == Backlog(0, 0.0)
    with transaction(engine) as connection:
        write_messages(connection, MESSAGES)
        connection.execute(
            text("""UPDATE outbox SET created_at = now() - interval '90 seconds'
                    WHERE outbox_id = (SELECT min(outbox_id) FROM outbox)""")
        )
    with engine.connect() as connection:
        backlog = read_backlog(connection)
    assert backlog.messages == len(MESSAGES)
    assert 90 <= backlog.oldest_seconds < 120
