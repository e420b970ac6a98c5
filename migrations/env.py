"""Alembic's entry: runs the migrations on the connection that `migrations.run` hands over."""

from alembic import context

import core.tables
import graph.tables
import stream.tables
import taxonomy.tables  # noqa: F401 - these imports fill the metadata
from core.database import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
