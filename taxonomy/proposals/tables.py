"""Tables of proposals, of the decisions on them, and of the steps of builds. Decisions are appended, never edited."""

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
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.database import METADATA

proposal = Table(
    "proposal",
    METADATA,
    Column("fingerprint", Text, primary_key=True, comment="The same for the same suggestion in every build."),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="The phrase or entity id that it is about."),
    Column("identity", JSONB, nullable=False, comment="What is proposed."),
    Column("details", JSONB, nullable=False, comment="What helps to judge it."),
    Column("snippets", ARRAY(Text), nullable=False, comment="Evidence."),
    Column("confidence", REAL, nullable=False),
    Column("members_affected", Integer, nullable=False),
    Column("status", Text, nullable=False, server_default="open"),
    Column("build_key", Text, nullable=False, comment="The build that suggested it last."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
    CheckConstraint("status IN ('open', 'accepted', 'declined', 'rolled_back')", name="status"),
    Index("ix_proposal_status_kind", "status", "kind"),
)

proposal_decision = Table(
    "proposal_decision",
    METADATA,
    Column("decision_id", BigInteger, Identity(), primary_key=True),
    Column("fingerprint", Text, ForeignKey("proposal.fingerprint"), nullable=False),
    Column("status", Text, nullable=False, comment="What the proposal became."),
    Column("decided_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("excluded", ARRAY(Text), nullable=False, comment="What was taken out of the proposal before."),
    Column("taxonomy_version", Integer, ForeignKey("taxonomy_version.version"), comment="The version that it made."),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_proposal_decision_fingerprint", "fingerprint"),
    Index("ix_proposal_decision_taxonomy_version", "taxonomy_version"),
)

cannot_link = Table(
    "cannot_link",
    METADATA,
    Column("one", Text, primary_key=True, comment="A phrase or entity id; the lesser of the two."),
    Column("other", Text, primary_key=True),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint('one < other COLLATE "C"', name="order"),
    comment="Pairs that a person said are not the same: never proposed as one again.",
)

build_step = Table(
    "build_step",
    METADATA,
    Column("build_key", Text, primary_key=True, comment="Names inputs, base version and configuration."),
    Column("step", Text, primary_key=True),
    Column("proposals", Integer, nullable=False, comment="How many it suggested."),
    Column("written", Integer, nullable=False, comment="How many of them were new."),
    Column("seconds", REAL, nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="Steps that are done: a build that was interrupted goes on after them.",
)
