"""Tables of the stream: how far each partition is applied, and what could not be."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.database import METADATA

stream_offset = Table(
    "stream_offset",
    METADATA,
    Column("consumer_group", Text, primary_key=True),
    Column("topic_id", Text, primary_key=True, comment="Kafka's id of the topic: a recreated one starts anew."),
    Column("partition", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("next_offset", BigInteger, nullable=False, comment="Everything below it is applied."),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

dead_letter = Table(
    "dead_letter",
    METADATA,
    Column("dead_letter_id", BigInteger, Identity(), primary_key=True),
    Column("consumer_group", Text, nullable=False),
    Column("topic_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False, comment="[name, value in base64] pairs, in order."),
    Column("error_class", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code_version", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("replayed_at", DateTime(timezone=True)),
    Index("uq_dead_letter_position", "consumer_group", "topic_id", "partition", "offset", unique=True),
    Index("ix_dead_letter_open", "created_at", postgresql_where=text("replayed_at IS NULL")),
)
