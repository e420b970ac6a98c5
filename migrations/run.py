"""Bring a database to the newest schema; safe to call at every start and from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

import core.tables  # noqa: F401 - this import and the next four fill the metadata
import graph.tables  # noqa: F401
import stream.tables  # noqa: F401
import taxonomy.proposals.tables
import taxonomy.tables  # noqa: F401
from core.database import METADATA, transaction

_MIGRATION_LOCK = 727_000
"""Key of the advisory lock that lets one process migrate at a time."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database lacks, in one transaction."""
    with transaction(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration, bound to a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def schema_differences(connection: Connection) -> list[object]:
    """Return what the tables in the code and in the database do not share; empty where they agree."""
    context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
    return list(compare_metadata(context, METADATA))


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    """Leave out the partitions of hash-partitioned tables: they are made by the migration, not declared."""
    return not (kind == "table" and name is not None and "_edge_p" in name)
