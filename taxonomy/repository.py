"""Read the taxonomy: versions, snapshots of a version, single entities and their history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from core.errors import NotFoundError
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot, SourceId

_T = TypeVar("_T")

_ALIVE = "since_version <= :v AND (until_version IS NULL OR until_version > :v)"


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A published version."""

    version: int
    source: str
    changelog: dict[str, int]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VersionKey:
    """Names the content of a version: another database, or this one after a reset, may have the same number."""

    version: int
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VersionSpan:
    """The versions in which an entity stayed as it was: from one up to, and without, another; None is no end yet."""

    since_version: int
    until_version: int | None


def current_version(connection: Connection) -> int:
    """Return the newest version; 0 where none was ever published."""
    return int(connection.execute(text("SELECT coalesce(max(version), 0) FROM taxonomy_version")).scalar_one())


def require_version(connection: Connection, version: int | None) -> int:
    """Return `version`, or the newest where it is None.

    Raises:
        NotFoundError: where there is no such version, or none at all.
    """
    newest = current_version(connection)
    if newest == 0:
        raise NotFoundError("no taxonomy is loaded yet: run `canonym taxonomy import starter` or import your files")
    if version is None:
        return newest
    if not 1 <= version <= newest:
        raise NotFoundError(f"taxonomy version {version} does not exist; versions are 1 to {newest}")
    return version


def read_version_key(connection: Connection, version: int | None = None) -> VersionKey:
    """Return what names the content of a version, the newest by default.

    Raises:
        NotFoundError: where there is no such version, or none at all.
    """
    version = require_version(connection, version)
    row = connection.execute(
        text("SELECT source, created_at FROM taxonomy_version WHERE version = :v"), {"v": version}
    ).one()
    return VersionKey(version, row.source, row.created_at)


def list_versions(connection: Connection) -> list[VersionInfo]:
    """Return all versions, oldest first."""
    rows = connection.execute(
        text("SELECT version, source, changelog, created_at FROM taxonomy_version ORDER BY version")
    )
    return [VersionInfo(row.version, row.source, dict(row.changelog), row.created_at) for row in rows]


def read_snapshot(connection: Connection, version: int | None = None) -> Snapshot:
    """Return every entity of a version, ordered by id, so that equal content gives equal snapshots."""
    chosen = require_version(connection, version)
    parameters = {"v": chosen}
    rows = connection.execute(
        text(f"SELECT entity_id, type, name, attributes FROM entity WHERE {_ALIVE} ORDER BY entity_id"),
        parameters,
    ).all()
    aliases = _aliases(connection, _ALIVE, parameters)
    parents = _parents(connection, _ALIVE, parameters)
    source_ids = _source_ids(connection, "TRUE", {})
    for merged, into in read_merges(connection, chosen).items():
        source_ids[into] = [*source_ids.get(into, ()), *source_ids.get(merged, ())]
    return Snapshot(chosen, tuple(_entity(row, aliases, parents, source_ids) for row in rows))


def read_entities(connection: Connection, entity_ids: Sequence[str], version: int) -> dict[str, Entity]:
    """Return the entities of some ids that live in a version; 0 is the time before the first."""
    parameters = {"v": version, "ids": list(entity_ids)}
    among = f"= ANY(:ids) AND {_ALIVE}"
    rows = connection.execute(
        text(f"SELECT entity_id, type, name, attributes FROM entity WHERE entity_id {among}"), parameters
    ).all()
    aliases = _aliases(connection, f"entity_id {among}", parameters)
    parents = _parents(connection, f"child_id {among}", parameters)
    source_ids = _source_ids(connection, "entity_id = ANY(:ids)", {"ids": list(entity_ids)})
    return {row.entity_id: _entity(row, aliases, parents, source_ids) for row in rows}


def read_merges(connection: Connection, version: int) -> dict[str, str]:
    """Return, for each entity that was merged as of a version, the one that answers for it."""
    rows = connection.execute(
        text("""
        SELECT entity_id, replaced_by FROM (
            SELECT DISTINCT ON (entity_id) entity_id, replaced_by FROM entity
            WHERE since_version <= :v AND entity_id IN (SELECT entity_id FROM entity WHERE replaced_by IS NOT NULL)
            ORDER BY entity_id, since_version DESC, row_id DESC) AS newest
        WHERE replaced_by IS NOT NULL ORDER BY entity_id"""),
        {"v": version},
    )
    direct: dict[str, str] = {row.entity_id: row.replaced_by for row in rows}
    return {entity_id: _end_of(direct, entity_id) for entity_id in direct}


def _merged_into(connection: Connection, entity_id: str, version: int) -> list[str]:
    """Return the entities that an entity answers for as of a version, however many merges ago."""
    rows = connection.execute(
        text("""
        WITH RECURSIVE ended AS (
            SELECT e.entity_id, e.replaced_by FROM entity e
            WHERE e.replaced_by IS NOT NULL AND e.since_version <= :v
              AND NOT EXISTS (SELECT FROM entity later
                              WHERE later.entity_id = e.entity_id AND later.since_version <= :v
                                AND (later.since_version, later.row_id) > (e.since_version, e.row_id))
        ), merged AS (
            SELECT entity_id FROM ended WHERE replaced_by = :id
            UNION
            SELECT ended.entity_id FROM ended JOIN merged ON ended.replaced_by = merged.entity_id
        )
        SELECT entity_id FROM merged WHERE entity_id <> :id ORDER BY entity_id"""),
        {"id": entity_id, "v": version},
    )
    return list(rows.scalars())


def _end_of(direct: Mapping[str, str], entity_id: str) -> str:
    """Return the end of a chain of merges; ids seen twice end the walk."""
    seen = {entity_id}
    current = direct[entity_id]
    while current in direct and current not in seen:
        seen.add(current)
        current = direct[current]
    return current


def read_entity(connection: Connection, entity_id: str, *, version: int | None = None) -> Entity:
    """Return one entity as of a version; a merged or retired id answers with what replaced it.

    Raises:
        NotFoundError: where the id was never issued, or did not exist yet in that version.
    """
    chosen = require_version(connection, version)
    resolved = _resolve(connection, entity_id, chosen)
    merged = _merged_into(connection, resolved, chosen)
    parameters = {"v": chosen, "id": resolved}
    row = connection.execute(
        text("""SELECT entity_id, type, name, attributes FROM entity
                 WHERE entity_id = :id AND since_version <= :v ORDER BY since_version DESC, row_id DESC LIMIT 1"""),
        parameters,
    ).one()
    source_ids = _source_ids(connection, "entity_id = ANY(:ids)", {"ids": [resolved, *merged]})
    return _entity(
        row,
        _aliases(connection, f"entity_id = :id AND {_ALIVE}", parameters),
        _parents(connection, f"child_id = :id AND {_ALIVE}", parameters),
        {resolved: [source_id for one in (resolved, *merged) for source_id in source_ids.get(one, ())]},
    )


def find_entity_ids(connection: Connection, source: str, value: str) -> list[str]:
    """Return the entities that had an id in a source."""
    rows = connection.execute(
        text("SELECT entity_id FROM entity_source_id WHERE source = :s AND value = :i ORDER BY 1"),
        {"s": source, "i": value},
    )
    return [row.entity_id for row in rows]


def read_names(connection: Connection, entity_ids: Sequence[str], version: int) -> dict[str, str]:
    """Return the names that entities have in a version, or had last before it; unknown ids are left out."""
    rows = connection.execute(
        text("""SELECT DISTINCT ON (entity_id) entity_id, name FROM entity
                WHERE entity_id = ANY(:ids) AND since_version <= :v
                ORDER BY entity_id, since_version DESC"""),
        {"ids": list(entity_ids), "v": version},
    )
    return {row.entity_id: row.name for row in rows}


def read_spans(connection: Connection, entity_id: str) -> list[VersionSpan]:
    """Return every state that an entity was ever in, oldest first; none where the id was never issued."""
    rows = connection.execute(
        text("SELECT since_version, until_version FROM entity WHERE entity_id = :id ORDER BY since_version"),
        {"id": entity_id},
    )
    return [VersionSpan(row.since_version, row.until_version) for row in rows]


def count_entities(connection: Connection, version: int | None = None) -> dict[str, tuple[int, int]]:
    """Return, by type, how many entities and aliases a version has."""
    chosen = require_version(connection, version)
    rows = connection.execute(
        text("""
        SELECT e.type, count(DISTINCT e.entity_id) AS entities, count(a.row_id) AS aliases
        FROM entity e
        LEFT JOIN alias a ON a.entity_id = e.entity_id
            AND a.since_version <= :v AND (a.until_version IS NULL OR a.until_version > :v)
        WHERE e.since_version <= :v AND (e.until_version IS NULL OR e.until_version > :v)
        GROUP BY e.type ORDER BY e.type"""),
        {"v": chosen},
    )
    return {row.type: (row.entities, row.aliases) for row in rows}


def _resolve(connection: Connection, entity_id: str, version: int) -> str:
    """Follow `replaced_by` to the entity that answers for an id; ids seen twice end the walk."""
    seen: set[str] = set()
    current = entity_id
    while current not in seen:
        seen.add(current)
        row = connection.execute(
            text("""SELECT replaced_by FROM entity
                    WHERE entity_id = :id AND since_version <= :v
                    ORDER BY since_version DESC, row_id DESC LIMIT 1"""),
            {"id": current, "v": version},
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"entity {entity_id!r} does not exist in taxonomy version {version}")
        if row.replaced_by is None:
            return current
        current = row.replaced_by
    return current


def _entity(
    row: Any,  # noqa: ANN401 - a row of SQLAlchemy
    aliases: Mapping[str, list[Alias]],
    parents: Mapping[str, list[tuple[EntityRelation, str]]],
    source_ids: Mapping[str, list[SourceId]],
) -> Entity:
    return Entity(
        entity_id=row.entity_id,
        type=EntityType(row.type),
        name=row.name,
        source_ids=tuple(source_ids.get(row.entity_id, ())),
        aliases=tuple(aliases.get(row.entity_id, ())),
        parents=tuple(parents.get(row.entity_id, ())),
        attributes=tuple(sorted(row.attributes.items())),
    )


def _aliases(connection: Connection, where: str, parameters: Mapping[str, object]) -> dict[str, list[Alias]]:
    rows = connection.execute(
        text(f"""SELECT entity_id, text, language, kind, source, confidence FROM alias
                 WHERE {where} ORDER BY entity_id, kind, language, text"""),
        parameters,
    )
    return _grouped((row[0], Alias(row[1], row[2], AliasKind(row[3]), row[4], round(row[5], 4))) for row in rows)


def _parents(
    connection: Connection, where: str, parameters: Mapping[str, object]
) -> dict[str, list[tuple[EntityRelation, str]]]:
    rows = connection.execute(
        text(f"""SELECT child_id, relation, parent_id FROM entity_relation
                 WHERE {where} ORDER BY child_id, relation, parent_id"""),
        parameters,
    )
    return _grouped((row[0], (EntityRelation(row[1]), row[2])) for row in rows)


def _source_ids(connection: Connection, where: str, parameters: Mapping[str, object]) -> dict[str, list[SourceId]]:
    rows = connection.execute(
        text(f"""SELECT entity_id, source, value FROM entity_source_id
                 WHERE {where} ORDER BY entity_id, position, source, value"""),
        parameters,
    )
    return _grouped((row[0], SourceId(row[1], row[2])) for row in rows)


def _grouped(pairs: Iterable[tuple[str, _T]]) -> dict[str, list[_T]]:
    grouped: dict[str, list[_T]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped
