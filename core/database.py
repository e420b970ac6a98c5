"""The database at the rim: one engine a process, one transaction a unit of work.

The edge commits: a request, a task or a batch opens `transaction(engine)` and everything below it works on
the connection that it is handed, never committing by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, MetaData, create_engine, text
from sqlalchemy.engine import make_url

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""The one metadata that every `tables` module adds to, and that the migrations are held against."""


def engine_for(database_url: str, *, pool_size: int = 5, application_name: str = "canonym") -> Engine:
    """Return an engine for a `postgresql://` address, driven by psycopg 3."""
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"application_name": application_name, "connect_timeout": 10},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open one transaction: committed at the end of the block, rolled back where it raises."""
    with engine.begin() as connection:
        yield connection


def ping(connection: Connection) -> None:
    """Ask the database for an answer, whatever it holds; where there is none, the driver's error is raised."""
    connection.execute(text("SELECT 1"))


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection below, inside the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def copy_lines(connection: Connection, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write rows by COPY that are lines of its text format already, each with its line feed."""
    joined = "".join(lines)
    if not joined:
        return
    with driver_connection(connection).cursor() as cursor, cursor.copy(_copy(table, columns)) as copy:
        copy.write(joined)


def copy_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    types: Sequence[str] = (),
) -> int:
    """Write rows by COPY, the fastest way into PostgreSQL; return how many.

    Where the columns' types are named, values go as they are and not as text: bytes are half as long so.
    """
    count = 0
    statement = _copy(table, columns) + sql.SQL(" (FORMAT BINARY)") if types else _copy(table, columns)
    with driver_connection(connection).cursor() as cursor, cursor.copy(statement) as copy:
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _copy(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    )
