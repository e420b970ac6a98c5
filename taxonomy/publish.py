"""Publish drafts as a new taxonomy version: staged by COPY, compared and written by set in one transaction.

A source owns the rows that it brought. Publishing it again retires what it no longer says and adds what is new;
the same input changes nothing and makes no version. Rows of other sources stay.
"""

import dataclasses
from collections.abc import Callable, Iterable

import orjson
from sqlalchemy import Connection, text

from core.database import copy_rows
from taxonomy.hierarchy import edges_closing_cycles
from taxonomy.model import (
    UNUSABLE,
    Alias,
    AliasKind,
    ChangeCounts,
    EntityDraft,
    EntityRelation,
    ImportReport,
    Rejection,
)
from taxonomy.versions import announce, lock_publication, new_version

_STAGING = """
CREATE TEMPORARY TABLE draft_entity (entity_id text, type text, name text, attributes jsonb) ON COMMIT DROP;
CREATE TEMPORARY TABLE draft_source_id (source text, value text, entity_id text, position int) ON COMMIT DROP;
CREATE TEMPORARY TABLE draft_alias
    (entity_id text, text text, language text, kind text, confidence real, ordinal bigint) ON COMMIT DROP;
CREATE TEMPORARY TABLE draft_relation
    (child_id text, relation text, parent_source text, parent_value text, confidence real) ON COMMIT DROP;
"""

_CHUNK = 5_000


def publish(
    connection: Connection,
    source: str,
    items: Iterable[EntityDraft | Rejection],
    *,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> ImportReport:
    """Make `items` the content of `source`, as a new version where anything changes.

    Works inside the caller's transaction: where `items` raises half way, nothing is changed.
    """
    lock_publication(connection)
    rows_read, rejections = _stage(connection, items, on_progress)
    _analyze(connection)
    savepoint = connection.begin_nested()
    version = new_version(connection, source)
    _keep_decisions(connection)
    counts = _write_entities(connection, source, version)
    counts |= _write_aliases(connection, source, version)
    unresolved, relation_counts = _write_relations(connection, source, version)
    changes = ChangeCounts(**(counts | relation_counts))
    if changes.any:
        savepoint.commit()
        announce(connection, version, source, dataclasses.asdict(changes))
    else:
        savepoint.rollback()
    return ImportReport(
        source=source,
        version=version if changes.any else None,
        changes=changes,
        rows_read=rows_read,
        rejections=(*rejections, *unresolved),
    )


def _stage(
    connection: Connection, items: Iterable[EntityDraft | Rejection], on_progress: Callable[[int], None]
) -> tuple[int, list[Rejection]]:
    """Copy drafts to temporary tables chunk by chunk, so that memory does not grow with the input."""
    for statement in _STAGING.split(";"):
        if statement.strip():
            connection.execute(text(statement))
    rejections: list[Rejection] = []
    chunk: list[EntityDraft] = []
    rows_read = 0
    for item in items:
        rows_read += 1
        if isinstance(item, Rejection):
            rejections.append(item)
            continue
        chunk.append(item)
        if len(chunk) == _CHUNK:
            _copy_chunk(connection, chunk, rows_read)
            on_progress(rows_read)
            chunk.clear()
    _copy_chunk(connection, chunk, rows_read)
    on_progress(rows_read)
    return rows_read, rejections


def _copy_chunk(connection: Connection, chunk: list[EntityDraft], base: int) -> None:
    """Copy one chunk of drafts to the four staging tables."""
    copy_rows(
        connection,
        "draft_entity",
        ("entity_id", "type", "name", "attributes"),
        ((d.entity_id, d.type, d.name, orjson.dumps(dict(d.attributes)).decode()) for d in chunk),
    )
    copy_rows(
        connection,
        "draft_source_id",
        ("source", "value", "entity_id", "position"),
        ((s.source, s.value, d.entity_id, i) for d in chunk for i, s in enumerate(d.source_ids)),
    )
    copy_rows(
        connection,
        "draft_alias",
        ("entity_id", "text", "language", "kind", "confidence", "ordinal"),
        (
            (d.entity_id, a.text, a.language, a.kind, a.confidence, (base << 10) + i)
            for d in chunk
            for i, a in enumerate((_canonical(d), *d.aliases))
        ),
    )
    copy_rows(
        connection,
        "draft_relation",
        ("child_id", "relation", "parent_source", "parent_value", "confidence"),
        ((d.entity_id, p.relation, p.parent.source, p.parent.value, p.confidence) for d in chunk for p in d.parents),
    )


def _canonical(draft: EntityDraft) -> Alias:
    """Return the draft's name as an alias."""
    return Alias(draft.name, draft.language, AliasKind.CANONICAL, "", 1.0)


def _analyze(connection: Connection) -> None:
    """Tell the planner how large the staging tables are."""
    for table in ("draft_entity", "draft_source_id", "draft_alias", "draft_relation"):
        connection.execute(text(f"ANALYZE {table}"))


def _keep_decisions(connection: Connection) -> None:
    """Let decisions outlive an import: what is staged for a merged entity goes to the other one, and marks stay."""
    connection.execute(
        text("""
        CREATE TEMPORARY TABLE draft_redirect ON COMMIT DROP AS
        SELECT entity_id, into_id FROM merged_into WHERE entity_id IN (SELECT entity_id FROM draft_entity)""")
    )
    connection.execute(text("DELETE FROM draft_entity d USING draft_redirect r WHERE d.entity_id = r.entity_id"))
    connection.execute(
        text("""UPDATE draft_alias d SET kind = :synonym FROM draft_redirect r
                WHERE d.entity_id = r.entity_id AND d.kind = :canonical"""),
        {"synonym": AliasKind.SYNONYM, "canonical": AliasKind.CANONICAL},
    )
    connection.execute(
        text("""
        UPDATE draft_entity d
        SET attributes = d.attributes || jsonb_build_object(CAST(:mark AS text), e.attributes -> :mark)
        FROM entity e WHERE e.entity_id = d.entity_id AND e.until_version IS NULL AND e.attributes ? :mark"""),
        {"mark": UNUSABLE},
    )
    for table, column in (("draft_alias", "entity_id"), ("draft_relation", "child_id")):
        connection.execute(
            text(f"UPDATE {table} d SET {column} = r.into_id FROM draft_redirect r WHERE d.{column} = r.entity_id")
        )


def _count(connection: Connection, statement: str, source: str, version: int) -> int:
    """Run one writing statement and return the number of rows."""
    return connection.execute(text(statement), {"s": source, "v": version}).rowcount


def _write_entities(connection: Connection, source: str, version: int) -> dict[str, int]:
    """Retire, change and add entities, and remember their source ids."""
    connection.execute(
        text("""
        INSERT INTO entity_source_id (source, value, entity_id, position)
        SELECT DISTINCT ON (source, value, entity_id) source, value, entity_id, position
        FROM draft_source_id ORDER BY source, value, entity_id, position
        ON CONFLICT DO NOTHING""")
    )
    connection.execute(
        text("""
        CREATE TEMPORARY TABLE draft_entity_unique ON COMMIT DROP AS
        SELECT DISTINCT ON (entity_id) entity_id, type, name, attributes FROM draft_entity ORDER BY entity_id""")
    )
    retired = _count(
        connection,
        """UPDATE entity SET until_version = :v
           WHERE source = :s AND until_version IS NULL
             AND NOT EXISTS (SELECT FROM draft_entity_unique d WHERE d.entity_id = entity.entity_id)""",
        source,
        version,
    )
    changed = _count(
        connection,
        """UPDATE entity SET until_version = :v FROM draft_entity_unique d
           WHERE entity.source = :s AND entity.until_version IS NULL AND d.entity_id = entity.entity_id
             AND (d.name, d.attributes) IS DISTINCT FROM (entity.name, entity.attributes)""",
        source,
        version,
    )
    written = _count(
        connection,
        """INSERT INTO entity (entity_id, type, name, attributes, source, since_version)
           SELECT entity_id, type, name, attributes, :s, :v FROM draft_entity_unique d
           WHERE NOT EXISTS (
               SELECT FROM entity e WHERE e.entity_id = d.entity_id AND e.until_version IS NULL)""",
        source,
        version,
    )
    return {"entities_added": written - changed, "entities_changed": changed, "entities_retired": retired}


def _write_aliases(connection: Connection, source: str, version: int) -> dict[str, int]:
    """Retire aliases that the source no longer has and add the new ones."""
    connection.execute(
        text("""
        CREATE TEMPORARY TABLE draft_alias_unique ON COMMIT DROP AS
        SELECT DISTINCT ON (entity_id, language, text) entity_id, language, text, kind, confidence
        FROM draft_alias ORDER BY entity_id, language, text, ordinal""")
    )
    connection.execute(text("CREATE INDEX ON draft_alias_unique (entity_id, language, text)"))
    connection.execute(text("ANALYZE draft_alias_unique"))
    retired = _count(
        connection,
        """UPDATE alias SET until_version = :v
           WHERE source = :s AND until_version IS NULL AND NOT EXISTS (
               SELECT FROM draft_alias_unique d WHERE d.entity_id = alias.entity_id
                AND d.language = alias.language AND d.text = alias.text
                AND d.kind = alias.kind AND d.confidence = alias.confidence)""",
        source,
        version,
    )
    added = _count(
        connection,
        """INSERT INTO alias (entity_id, text, language, kind, source, confidence, since_version)
           SELECT entity_id, text, language, kind, :s, confidence, :v FROM draft_alias_unique
           ON CONFLICT (entity_id, language, text) WHERE until_version IS NULL DO NOTHING""",
        source,
        version,
    )
    return {"aliases_added": added, "aliases_retired": retired}


def _write_relations(connection: Connection, source: str, version: int) -> tuple[list[Rejection], dict[str, int]]:
    """Resolve parents by their source ids, leave out unknown ones and cycles, retire and add the rest."""
    rejections = [
        Rejection(source, 0, "unknown parent", f"{row.child_id} -> {row.parent_source} {row.parent_value}")
        for row in connection.execute(
            text("""
            SELECT DISTINCT d.child_id, d.parent_source, d.parent_value FROM draft_relation d
            WHERE NOT EXISTS (SELECT FROM entity_source_id i
                              WHERE i.source = d.parent_source AND i.value = d.parent_value)
            ORDER BY 1, 2, 3""")
        )
    ]
    connection.execute(
        text("""
        CREATE TEMPORARY TABLE draft_relation_unique ON COMMIT DROP AS
        SELECT d.child_id, d.relation, coalesce(m.into_id, i.entity_id) AS parent_id, max(d.confidence) AS confidence
        FROM draft_relation d
        JOIN entity_source_id i ON i.source = d.parent_source AND i.value = d.parent_value
        LEFT JOIN merged_into m ON m.entity_id = i.entity_id
        WHERE coalesce(m.into_id, i.entity_id) <> d.child_id
        GROUP BY 1, 2, 3""")
    )
    connection.execute(text("CREATE INDEX ON draft_relation_unique (child_id)"))
    connection.execute(text("ANALYZE draft_relation_unique"))
    rejections += _drop_cycles(connection, source)
    retired = _count(
        connection,
        """UPDATE entity_relation SET until_version = :v
           WHERE source = :s AND until_version IS NULL AND NOT EXISTS (
               SELECT FROM draft_relation_unique d WHERE d.child_id = entity_relation.child_id
                AND d.relation = entity_relation.relation AND d.parent_id = entity_relation.parent_id
                AND d.confidence = entity_relation.confidence)""",
        source,
        version,
    )
    added = _count(
        connection,
        """INSERT INTO entity_relation (child_id, relation, parent_id, source, confidence, since_version)
           SELECT child_id, relation, parent_id, :s, confidence, :v FROM draft_relation_unique
           ON CONFLICT (child_id, relation, parent_id) WHERE until_version IS NULL DO NOTHING""",
        source,
        version,
    )
    return rejections, {"relations_added": added, "relations_retired": retired}


def _drop_cycles(connection: Connection, source: str) -> list[Rejection]:
    """Remove staged BROADER edges that would close a cycle with each other or with other sources, and report them."""
    stored = connection.execute(
        text("""SELECT child_id, parent_id FROM entity_relation
                WHERE relation = :r AND until_version IS NULL AND source <> :s"""),
        {"r": EntityRelation.BROADER, "s": source},
    )
    staged = connection.execute(
        text("SELECT child_id, parent_id FROM draft_relation_unique WHERE relation = :r"),
        {"r": EntityRelation.BROADER},
    )
    closing = edges_closing_cycles(
        {(row.child_id, row.parent_id) for row in stored}, {(row.child_id, row.parent_id) for row in staged}
    )
    for child_id, parent_id in closing:
        connection.execute(
            text("DELETE FROM draft_relation_unique WHERE relation = :r AND child_id = :c AND parent_id = :p"),
            {"r": EntityRelation.BROADER, "c": child_id, "p": parent_id},
        )
    return [Rejection(source, 0, "parent closes a cycle", f"{child} -> {parent}") for child, parent in closing]
