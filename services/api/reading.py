"""Reads of the database as the API makes them: one moment of it a request, and faults that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import UndefinedTable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.errors import RetryError


@contextmanager
def read_only(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which every statement sees the same moment.

    Raises:
        RetryError: where the database does not answer, or has no tables yet.
    """
    try:
        # A member's sequence and its edges come from two statements and must belong together.
        with engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection:
            yield connection
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise RetryError("the database does not answer") from error
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            raise RetryError("the database has no tables yet: run its migrations") from error
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            raise RetryError("the database connection was lost") from error
        raise
