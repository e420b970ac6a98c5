"""Tables of the taxonomy. Nothing is overwritten: a row lives from `since_version` until `until_version`."""

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.database import METADATA


def _life() -> tuple[Column[int], Column[int]]:
    """Return the two columns that bound a row's life: introduced in, retired in (NULL while it lives)."""
    return (
        Column("since_version", Integer, ForeignKey("taxonomy_version.version"), nullable=False),
        Column("until_version", Integer, ForeignKey("taxonomy_version.version")),
    )


taxonomy_version = Table(
    "taxonomy_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False, comment="What made it: an import, a publication, a rollback."),
    Column("changelog", JSONB, nullable=False, comment="Counts of what changed."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

entity = Table(
    "entity",
    METADATA,
    Column("row_id", BigInteger, Identity(), primary_key=True),
    Column("entity_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("source", Text, nullable=False, comment="The import that owns the entity."),
    Column("replaced_by", Text, comment="The entity that answers for this one after a merge."),
    *_life(),
    Index("uq_entity_live", "entity_id", unique=True, postgresql_where=text("until_version IS NULL")),
    Index("ix_entity_entity_id", "entity_id"),
    Index("ix_entity_replaced_by", "replaced_by", postgresql_where=text("replaced_by IS NOT NULL")),
)

entity_source_id = Table(
    "entity_source_id",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    Column("position", Integer, nullable=False, comment="0 is the one that made the entity id."),
    Index("ix_entity_source_id_entity_id", "entity_id"),
    comment="Ids that an entity had in its sources; these never change, so they carry no versions.",
)

alias = Table(
    "alias",
    METADATA,
    Column("row_id", BigInteger, Identity(), primary_key=True),
    Column("entity_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("confidence", REAL, nullable=False),
    *_life(),
    CheckConstraint("confidence > 0 AND confidence <= 1", name="confidence"),
    Index(
        "uq_alias_live",
        "entity_id",
        "language",
        "text",
        unique=True,
        postgresql_where=text("until_version IS NULL"),
    ),
    Index("ix_alias_lower_text", func.lower(text("text"))),
)

entity_relation = Table(
    "entity_relation",
    METADATA,
    Column("row_id", BigInteger, Identity(), primary_key=True),
    Column("child_id", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("parent_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("confidence", REAL, nullable=False),
    *_life(),
    Index(
        "uq_entity_relation_live",
        "child_id",
        "relation",
        "parent_id",
        unique=True,
        postgresql_where=text("until_version IS NULL"),
    ),
    Index("ix_entity_relation_parent_id", "parent_id"),
)
