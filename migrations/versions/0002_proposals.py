"""proposals of builds, decisions of people

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Merged entities and those that answer for them in the newest version, at the end of every chain of merges.
MERGED_INTO = """
CREATE VIEW merged_into AS
WITH RECURSIVE one AS (
    SELECT e.entity_id, e.replaced_by FROM entity e
    WHERE e.replaced_by IS NOT NULL
      AND NOT EXISTS (SELECT FROM entity later WHERE later.entity_id = e.entity_id AND later.row_id > e.row_id)
), walk AS (
    SELECT entity_id, replaced_by AS into_id, 1 AS steps FROM one
    UNION ALL
    SELECT walk.entity_id, one.replaced_by, steps + 1 FROM walk JOIN one ON one.entity_id = walk.into_id
    WHERE steps < 100
)
SELECT DISTINCT ON (entity_id) entity_id, into_id FROM walk ORDER BY entity_id, steps DESC
"""


def upgrade() -> None:
    op.create_index(
        "ix_entity_replaced_by", "entity", ["replaced_by"], postgresql_where=sa.text("replaced_by IS NOT NULL")
    )
    op.execute(MERGED_INTO)
    op.create_table(
        "proposal",
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="The same for the same suggestion in every build."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="The phrase or entity id that it is about."),
        sa.Column("identity", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="What is proposed."),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="What helps to judge it."
        ),
        sa.Column("snippets", postgresql.ARRAY(sa.Text()), nullable=False, comment="Evidence."),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("members_affected", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("build_key", sa.Text(), nullable=False, comment="The build that suggested it last."),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_proposal_confidence")),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'rolled_back')", name=op.f("ck_proposal_status")
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_status_kind", "proposal", ["status", "kind"], unique=False)
    op.create_table(
        "proposal_decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="What the proposal became."),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "excluded",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="What was taken out of the proposal before.",
        ),
        sa.Column("taxonomy_version", sa.Integer(), nullable=True, comment="The version that it made."),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["fingerprint"], ["proposal.fingerprint"], name=op.f("fk_proposal_decision_fingerprint_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["taxonomy_version"],
            ["taxonomy_version.version"],
            name=op.f("fk_proposal_decision_taxonomy_version_taxonomy_version"),
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_proposal_decision")),
    )
    op.create_index("ix_proposal_decision_fingerprint", "proposal_decision", ["fingerprint"], unique=False)
    op.create_index("ix_proposal_decision_taxonomy_version", "proposal_decision", ["taxonomy_version"], unique=False)
    op.create_table(
        "cannot_link",
        sa.Column("one", sa.Text(), nullable=False, comment="A phrase or entity id; the lesser of the two."),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint('one < other COLLATE "C"', name=op.f("ck_cannot_link_order")),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_cannot_link")),
        comment="Pairs that a person said are not the same: never proposed as one again.",
    )
    op.create_table(
        "build_step",
        sa.Column("build_key", sa.Text(), nullable=False, comment="Names inputs, base version and configuration."),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("proposals", sa.Integer(), nullable=False, comment="How many it suggested."),
        sa.Column("written", sa.Integer(), nullable=False, comment="How many of them were new."),
        sa.Column("seconds", sa.REAL(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("build_key", "step", name=op.f("pk_build_step")),
        comment="Steps that are done: a build that was interrupted goes on after them.",
    )


def downgrade() -> None:
    op.execute("DROP VIEW merged_into")
    op.drop_index("ix_entity_replaced_by", table_name="entity")
    for table in ("build_step", "cannot_link", "proposal_decision", "proposal"):
        op.drop_table(table)
