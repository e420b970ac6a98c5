"""Write what decisions change as one version of the taxonomy, by set, inside the caller's transaction.

A merged entity ends with a row that no version shows, which names the entity that answers for it. Its aliases and
edges go to that one, with the sources that they have: a later import of such a source finds them there.
"""

from collections.abc import Mapping

import orjson
from sqlalchemy import Connection, text

from core.database import copy_rows
from taxonomy.hierarchy import edges_closing_cycles
from taxonomy.model import UNUSABLE, AliasKind, EntityRelation
from taxonomy.proposals.changes import SOURCE, Changes

_STAGING = """
CREATE TEMPORARY TABLE decided_merge (entity_id text, into_id text) ON COMMIT DROP;
CREATE TEMPORARY TABLE decided_alias (entity_id text, text text, language text, kind text, source text,
                                      confidence real) ON COMMIT DROP;
CREATE TEMPORARY TABLE decided_relation (child_id text, relation text, parent_id text, source text,
                                         confidence real) ON COMMIT DROP;
"""
_DROP = "DROP TABLE decided_merge; DROP TABLE decided_alias; DROP TABLE decided_relation;"


def apply_changes(connection: Connection, version: int, changes: Changes) -> dict[str, int]:
    """Write changes as part of a version that the caller made; return the counts of its changelog."""
    _run(connection, _STAGING)
    copy_rows(connection, "decided_merge", ("entity_id", "into_id"), changes.merges)
    counts = {
        "entities_added": _add_entities(connection, version, changes),
        "entities_changed": _mark_entities(connection, version, changes),
        "entities_merged": _merge_entities(connection, version),
    }
    counts |= _write_aliases(connection, version, changes)
    counts |= _write_relations(connection, version, changes)
    _run(connection, _DROP)
    return counts


def _run(connection: Connection, statements: str) -> None:
    for statement in filter(None, map(str.strip, statements.split(";"))):
        connection.execute(text(statement))


def _count(connection: Connection, statement: str, parameters: Mapping[str, object]) -> int:
    return connection.execute(text(statement), dict(parameters)).rowcount


def _add_entities(connection: Connection, version: int, changes: Changes) -> int:
    """Add the entities that decisions make; one that was there before lives again."""
    added = 0
    for new in changes.entities:
        parameters = {"id": new.entity_id, "type": new.type, "name": new.name, "s": SOURCE, "v": version}
        added += _count(
            connection,
            """INSERT INTO entity (entity_id, type, name, attributes, source, since_version)
               VALUES (:id, :type, :name, CAST(:attributes AS jsonb), :s, :v)
               ON CONFLICT (entity_id) WHERE until_version IS NULL DO NOTHING""",
            parameters | {"attributes": orjson.dumps(dict(new.attributes)).decode()},
        )
        connection.execute(
            text("""INSERT INTO entity_source_id (source, value, entity_id, position) VALUES (:s, :value, :id, 0)
                    ON CONFLICT DO NOTHING"""),
            {"s": SOURCE, "value": new.source_value, "id": new.entity_id},
        )
    return added


def _mark_entities(connection: Connection, version: int, changes: Changes) -> int:
    """Mark entities as unusable, with the reason; they stay."""
    marked = 0
    for entity_id, reason in changes.marks:
        marked += _count(
            connection,
            """WITH closed AS (UPDATE entity SET until_version = :v WHERE entity_id = :id AND until_version IS NULL
                               AND since_version < :v RETURNING *)
               INSERT INTO entity (entity_id, type, name, attributes, source, since_version)
               SELECT entity_id, type, name,
                      attributes || jsonb_build_object(CAST(:mark AS text), CAST(:reason AS text)), source, :v
               FROM closed""",
            {"id": entity_id, "mark": UNUSABLE, "reason": reason, "v": version},
        )
    return marked


def _merge_entities(connection: Connection, version: int) -> int:
    """End merged entities, and note who answers for them."""
    connection.execute(
        text("""
        WITH closed AS (UPDATE entity e SET until_version = :v FROM decided_merge m
                        WHERE e.entity_id = m.entity_id AND e.until_version IS NULL
                        RETURNING e.entity_id, e.type, e.name, e.attributes, e.source, m.into_id)
        INSERT INTO entity (entity_id, type, name, attributes, source, replaced_by, since_version, until_version)
        SELECT entity_id, type, name, attributes, source, into_id, :v, :v FROM closed ORDER BY entity_id"""),
        {"v": version},
    )
    return int(connection.execute(text("SELECT count(*) FROM decided_merge")).scalar_one())


def _write_aliases(connection: Connection, version: int, changes: Changes) -> dict[str, int]:
    """Move the aliases of merged entities, and add those that were decided."""
    parameters = {"v": version, "s": SOURCE, "canonical": AliasKind.CANONICAL, "synonym": AliasKind.SYNONYM}
    connection.execute(
        text("""
        INSERT INTO decided_alias
        SELECT m.into_id, a.text, a.language, CASE a.kind WHEN :canonical THEN :synonym ELSE a.kind END,
               a.source, a.confidence
        FROM alias a JOIN decided_merge m ON m.entity_id = a.entity_id WHERE a.until_version IS NULL"""),
        parameters,
    )
    named = [(new.entity_id, new.name, new.language, AliasKind.CANONICAL, SOURCE, 1.0) for new in changes.entities]
    named += [(new.entity_id, new.text, new.language, new.kind, SOURCE, 1.0) for new in changes.aliases]
    copy_rows(connection, "decided_alias", ("entity_id", "text", "language", "kind", "source", "confidence"), named)
    retired = _count(
        connection,
        """UPDATE alias a SET until_version = :v FROM decided_merge m
           WHERE a.entity_id = m.entity_id AND a.until_version IS NULL""",
        parameters,
    )
    # What a person decided replaces what a source was less sure of.
    retired += _count(
        connection,
        """UPDATE alias a SET until_version = :v FROM decided_alias d
           WHERE (a.entity_id, a.language, a.text) = (d.entity_id, d.language, d.text) AND d.source = :s
             AND a.until_version IS NULL AND a.confidence < 1""",
        parameters,
    )
    added = _count(
        connection,
        """INSERT INTO alias (entity_id, text, language, kind, source, confidence, since_version)
           SELECT DISTINCT ON (entity_id, language, text) entity_id, text, language, kind, source, confidence, :v
           FROM decided_alias ORDER BY entity_id, language, text, confidence DESC, kind
           ON CONFLICT (entity_id, language, text) WHERE until_version IS NULL DO NOTHING""",
        parameters,
    )
    return {"aliases_added": added, "aliases_retired": retired}


def _write_relations(connection: Connection, version: int, changes: Changes) -> dict[str, int]:
    """Move the edges of merged entities, and add those that were decided, without closing a cycle."""
    connection.execute(
        text("""
        INSERT INTO decided_relation
        SELECT coalesce(c.into_id, r.child_id), r.relation, coalesce(p.into_id, r.parent_id), r.source, r.confidence
        FROM entity_relation r
        LEFT JOIN decided_merge c ON c.entity_id = r.child_id
        LEFT JOIN decided_merge p ON p.entity_id = r.parent_id
        WHERE r.until_version IS NULL AND (c.into_id IS NOT NULL OR p.into_id IS NOT NULL)""")
    )
    copy_rows(
        connection,
        "decided_relation",
        ("child_id", "relation", "parent_id", "source", "confidence"),
        ((child, relation, parent, SOURCE, 1.0) for child, relation, parent in changes.parents),
    )
    retired = _count(
        connection,
        """UPDATE entity_relation r SET until_version = :v FROM decided_merge m
           WHERE r.until_version IS NULL AND m.entity_id IN (r.child_id, r.parent_id)""",
        {"v": version},
    )
    retired += _count(
        connection,
        """UPDATE entity_relation r SET until_version = :v FROM decided_relation d
           WHERE (r.child_id, r.relation, r.parent_id) = (d.child_id, d.relation, d.parent_id) AND d.source = :s
             AND r.until_version IS NULL AND r.confidence < 1""",
        {"v": version, "s": SOURCE},
    )
    connection.execute(text("DELETE FROM decided_relation WHERE child_id = parent_id"))
    _drop_cycles(connection)
    added = _count(
        connection,
        """INSERT INTO entity_relation (child_id, relation, parent_id, source, confidence, since_version)
           SELECT DISTINCT ON (child_id, relation, parent_id) child_id, relation, parent_id, source, confidence, :v
           FROM decided_relation ORDER BY child_id, relation, parent_id, confidence DESC
           ON CONFLICT (child_id, relation, parent_id) WHERE until_version IS NULL DO NOTHING""",
        {"v": version},
    )
    return {"relations_added": added, "relations_retired": retired}


def _drop_cycles(connection: Connection) -> None:
    """Leave out edges to something broader that would close a cycle."""
    broader = {"r": EntityRelation.BROADER}
    stored = connection.execute(
        text("SELECT child_id, parent_id FROM entity_relation WHERE relation = :r AND until_version IS NULL"), broader
    )
    staged = connection.execute(
        text("SELECT DISTINCT child_id, parent_id FROM decided_relation WHERE relation = :r"), broader
    )
    closing = edges_closing_cycles(
        {(row.child_id, row.parent_id) for row in stored}, {(row.child_id, row.parent_id) for row in staged}
    )
    for child_id, parent_id in closing:
        connection.execute(
            text("DELETE FROM decided_relation WHERE relation = :r AND child_id = :c AND parent_id = :p"),
            {"r": EntityRelation.BROADER, "c": child_id, "p": parent_id},
        )
