"""Alembic's entry: runs the migrations on the connection that `migrations.run` hands over."""

from alembic import context

import core.tables  # noqa: F401 - this import and the next three fill the metadata
import graph.tables  # noqa: F401
import stream.tables  # noqa: F401
import taxonomy.tables  # noqa: F401
from core.database import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
