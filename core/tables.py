"""The table of the outbox, which every package may write to."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from core.database import METADATA

outbox = Table(
    "outbox",
    METADATA,
    Column("outbox_id", BigInteger, Identity(), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
