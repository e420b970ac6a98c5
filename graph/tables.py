"""Tables of members and jobs, and of their edges, hash-partitioned by subject."""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.database import METADATA
from graph.model import SubjectKind

EDGE_PARTITIONS = 8


def _subject_table(kind: SubjectKind) -> Table:
    """Return the table of documents as last seen; the row of a deleted subject keeps its sequence."""
    return Table(
        f"{kind}",
        METADATA,
        Column("subject_id", Text, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
        Column("deleted", Boolean, nullable=False),
        Column("document", JSONB),
        Column("mention_counts", JSONB, nullable=False, comment="By type: [mentions, linked]."),
        Column("event_id", Text, nullable=False),
        Column("taxonomy_version", Integer, nullable=False),
        Column("model_version", Text, nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        CheckConstraint("NOT deleted OR document IS NULL", name="deleted_has_no_document"),
    )


def _edge_table(kind: SubjectKind) -> Table:
    """Return the table of edges, one row for each (subject, relation, entity)."""
    return Table(
        f"{kind}_edge",
        METADATA,
        Column("subject_id", Text, primary_key=True),
        Column("relation", Text, primary_key=True),
        Column("entity_id", Text, primary_key=True),
        Column("status", Text, nullable=False),
        Column("confidence", REAL, nullable=False),
        Column("field", Text, nullable=False, comment="Field of the document that holds the evidence."),
        Column("evidence", Text, nullable=False, comment="Text of the mention."),
        Column("taxonomy_version", Integer, nullable=False),
        Column("model_version", Text, nullable=False),
        Column("event_sequence", BigInteger, nullable=False, comment="The event that last changed the edge."),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
        CheckConstraint("status IN ('explicit', 'inferred', 'accepted', 'declined')", name="status"),
        Index(f"ix_{kind}_edge_entity_id", "entity_id"),
        postgresql_partition_by="HASH (subject_id)",
    )


SUBJECT_TABLES = {kind: _subject_table(kind) for kind in SubjectKind}
EDGE_TABLES = {kind: _edge_table(kind) for kind in SubjectKind}
