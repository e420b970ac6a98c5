"""tables of the first line

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EDGE_PARTITIONS = 8


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("dead_letter_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("consumer_group", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[name, value in base64] pairs, in order.",
        ),
        sa.Column("error_class", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dead_letter_id", name=op.f("pk_dead_letter")),
    )
    op.create_index(
        "ix_dead_letter_open",
        "dead_letter",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("replayed_at IS NULL"),
    )
    op.create_index(
        "uq_dead_letter_position",
        "dead_letter",
        ["consumer_group", "topic_id", "partition", "offset"],
        unique=True,
    )
    op.create_table(
        "entity_source_id",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="0 is the one that made the entity id."),
        sa.PrimaryKeyConstraint("source", "value", "entity_id", name=op.f("pk_entity_source_id")),
        comment="Ids that an entity had in its sources; these never change, so they carry no versions.",
    )
    op.create_index("ix_entity_source_id_entity_id", "entity_source_id", ["entity_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "mention_counts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By type: [mentions, linked].",
        ),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("NOT deleted OR document IS NULL", name=op.f("ck_job_deleted_has_no_document")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_job")),
    )
    op.create_table(
        "job_edge",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False, comment="Field of the document that holds the evidence."),
        sa.Column("evidence", sa.Text(), nullable=False, comment="Text of the mention."),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False, comment="The event that last changed the edge."),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('explicit', 'inferred', 'accepted', 'declined')", name=op.f("ck_job_edge_status")
        ),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_job_edge_confidence")),
        sa.PrimaryKeyConstraint("subject_id", "relation", "entity_id", name=op.f("pk_job_edge")),
        postgresql_partition_by="HASH (subject_id)",
    )
    op.create_index("ix_job_edge_entity_id", "job_edge", ["entity_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "mention_counts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By type: [mentions, linked].",
        ),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("NOT deleted OR document IS NULL", name=op.f("ck_member_deleted_has_no_document")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_member")),
    )
    op.create_table(
        "member_edge",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False, comment="Field of the document that holds the evidence."),
        sa.Column("evidence", sa.Text(), nullable=False, comment="Text of the mention."),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False, comment="The event that last changed the edge."),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('explicit', 'inferred', 'accepted', 'declined')", name=op.f("ck_member_edge_status")
        ),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_member_edge_confidence")),
        sa.PrimaryKeyConstraint("subject_id", "relation", "entity_id", name=op.f("pk_member_edge")),
        postgresql_partition_by="HASH (subject_id)",
    )
    op.create_index("ix_member_edge_entity_id", "member_edge", ["entity_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("outbox_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "stream_offset",
        sa.Column("consumer_group", sa.Text(), nullable=False),
        sa.Column(
            "topic_id",
            sa.Text(),
            nullable=False,
            comment="Kafka's id of the topic: a recreated one starts anew.",
        ),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False, comment="Everything below it is applied."),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer_group", "topic_id", "partition", name=op.f("pk_stream_offset")),
    )
    op.create_table(
        "taxonomy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="What made it: an import, a publication, a rollback."),
        sa.Column(
            "changelog",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Counts of what changed.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_taxonomy_version")),
    )
    op.create_table(
        "alias",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.CheckConstraint("confidence > 0 AND confidence <= 1", name=op.f("ck_alias_confidence")),
        sa.ForeignKeyConstraint(["since_version"], ["taxonomy_version.version"], name=op.f("fk_alias_since_version")),
        sa.ForeignKeyConstraint(["until_version"], ["taxonomy_version.version"], name=op.f("fk_alias_until_version")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_alias")),
    )
    op.create_index("ix_alias_lower_text", "alias", [sa.literal_column("lower(text)")], unique=False)
    op.create_index(
        "uq_alias_live",
        "alias",
        ["entity_id", "language", "text"],
        unique=True,
        postgresql_where=sa.text("until_version IS NULL"),
    )
    op.create_table(
        "entity",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="The import that owns the entity."),
        sa.Column(
            "replaced_by",
            sa.Text(),
            nullable=True,
            comment="The entity that answers for this one after a merge.",
        ),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["since_version"], ["taxonomy_version.version"], name=op.f("fk_entity_since_version")),
        sa.ForeignKeyConstraint(["until_version"], ["taxonomy_version.version"], name=op.f("fk_entity_until_version")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_entity")),
    )
    op.create_index("ix_entity_entity_id", "entity", ["entity_id"], unique=False)
    op.create_index(
        "uq_entity_live",
        "entity",
        ["entity_id"],
        unique=True,
        postgresql_where=sa.text("until_version IS NULL"),
    )
    op.create_table(
        "entity_relation",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("child_id", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["since_version"], ["taxonomy_version.version"], name=op.f("fk_entity_relation_since_version")
        ),
        sa.ForeignKeyConstraint(
            ["until_version"], ["taxonomy_version.version"], name=op.f("fk_entity_relation_until_version")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_entity_relation")),
    )
    op.create_index("ix_entity_relation_parent_id", "entity_relation", ["parent_id"], unique=False)
    op.create_index(
        "uq_entity_relation_live",
        "entity_relation",
        ["child_id", "relation", "parent_id"],
        unique=True,
        postgresql_where=sa.text("until_version IS NULL"),
    )

    for kind in ("job", "member"):
        for number in range(EDGE_PARTITIONS):
            op.execute(
                f"CREATE TABLE {kind}_edge_p{number} PARTITION OF {kind}_edge "
                f"FOR VALUES WITH (MODULUS {EDGE_PARTITIONS}, REMAINDER {number})"
            )


def downgrade() -> None:
    op.drop_index(
        "uq_entity_relation_live",
        table_name="entity_relation",
        postgresql_where=sa.text("until_version IS NULL"),
    )
    op.drop_index("ix_entity_relation_parent_id", table_name="entity_relation")
    op.drop_table("entity_relation")
    op.drop_index("uq_entity_live", table_name="entity", postgresql_where=sa.text("until_version IS NULL"))
    op.drop_index("ix_entity_entity_id", table_name="entity")
    op.drop_table("entity")
    op.drop_index("uq_alias_live", table_name="alias", postgresql_where=sa.text("until_version IS NULL"))
    op.drop_index("ix_alias_lower_text", table_name="alias")
    op.drop_table("alias")
    op.drop_table("taxonomy_version")
    op.drop_table("stream_offset")
    op.drop_table("outbox")
    op.drop_index("ix_member_edge_entity_id", table_name="member_edge")
    op.drop_table("member_edge")
    op.drop_table("member")
    op.drop_index("ix_job_edge_entity_id", table_name="job_edge")
    op.drop_table("job_edge")
    op.drop_table("job")
    op.drop_index("ix_entity_source_id_entity_id", table_name="entity_source_id")
    op.drop_table("entity_source_id")
    op.drop_index("uq_dead_letter_position", table_name="dead_letter")
    op.drop_index("ix_dead_letter_open", table_name="dead_letter", postgresql_where=sa.text("replayed_at IS NULL"))
    op.drop_table("dead_letter")
