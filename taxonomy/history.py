"""What changed between two versions, and going back to one: as a new version, for history is appended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from core.errors import ConflictError, InvalidError
from taxonomy.model import UNUSABLE, Entity
from taxonomy.repository import current_version, read_entities, read_merges, require_version
from taxonomy.versions import announce, lock_publication, new_version

_TABLES: Final[Mapping[str, str]] = {
    "entity": "entity_id, type, name, attributes, source, replaced_by",
    "alias": "entity_id, text, language, kind, source, confidence",
    "entity_relation": "child_id, relation, parent_id, source, confidence",
}
"""Tables whose rows live from a version until another, and their columns of content."""


@dataclass(frozen=True, slots=True)
class EntityChange:
    """How an entity differs between two versions.

    `kinds` are among added, split, retired, merged, renamed, re-parented, marked, aliases and attributes; `name` is
    the newer name; `into` is the entity that answers for a merged one.
    """

    entity_id: str
    type: str
    name: str
    kinds: tuple[str, ...]
    former_name: str | None = None
    into: str | None = None
    aliases_added: tuple[str, ...] = ()
    aliases_removed: tuple[str, ...] = ()
    parents_added: tuple[str, ...] = ()
    parents_removed: tuple[str, ...] = ()


def read_changes(
    connection: Connection, since: int, until: int | None = None, *, after: str = "", limit: int = 100
) -> list[EntityChange]:
    """Return up to `limit` entities that differ between two versions, in the order of their ids, from after one on.

    Raises:
        NotFoundError: where there is no such version.
        InvalidError: where `until` comes before `since`.
    """
    older, newer = since and require_version(connection, since), require_version(connection, until)
    if newer < older:
        raise InvalidError(f"version {newer} comes before version {older}: name the older one first")
    merges = read_merges(connection, newer)
    changes: list[EntityChange] = []
    while len(changes) < limit:
        ids = _changed_ids(connection, older, newer, after, limit)
        before, now = read_entities(connection, ids, older), read_entities(connection, ids, newer)
        found = (change_of(one, before.get(one), now.get(one), merges.get(one)) for one in ids)
        changes += [change for change in found if change is not None]
        if len(ids) < limit:
            break
        after = ids[-1]
    return changes[:limit]


def _changed_ids(connection: Connection, older: int, newer: int, after: str, limit: int) -> list[str]:
    """Return ids of which some row began or ended between the versions."""
    parts = " UNION ".join(
        f"""SELECT {column} AS id FROM {table} WHERE {column} > :after
            AND (since_version > :a AND since_version <= :b OR until_version > :a AND until_version <= :b)"""
        for table, column in (("entity", "entity_id"), ("alias", "entity_id"), ("entity_relation", "child_id"))
    )
    rows = connection.execute(
        text(f"SELECT id FROM ({parts}) AS changed ORDER BY id LIMIT :limit"),
        {"a": older, "b": newer, "after": after, "limit": limit},
    )
    return [row.id for row in rows]


def change_of(entity_id: str, before: Entity | None, now: Entity | None, into: str | None) -> EntityChange | None:
    """Return how an entity differs between two states; None where it does not. Pure."""
    shown = now or before
    if shown is None:
        return None
    old_aliases, new_aliases = _aliases(before), _aliases(now)
    old_parents, new_parents = _parents(before), _parents(now)
    kinds = _kinds(before, now, into)
    if before is not None and now is not None:
        kinds += [
            name
            for name, differs in (("re-parented", old_parents != new_parents), ("aliases", old_aliases != new_aliases))
            if differs
        ]
    if not kinds:
        return None
    return EntityChange(
        entity_id=entity_id,
        type=shown.type,
        name=shown.name,
        kinds=tuple(kinds),
        former_name=before.name if before and now and before.name != now.name else None,
        into=into if now is None else None,
        aliases_added=tuple(sorted(new_aliases - old_aliases)),
        aliases_removed=tuple(sorted(old_aliases - new_aliases)),
        parents_added=tuple(sorted(new_parents - old_parents)),
        parents_removed=tuple(sorted(old_parents - new_parents)),
    )


def _kinds(before: Entity | None, now: Entity | None, into: str | None) -> list[str]:
    if now is None:
        return ["merged" if into else "retired"]
    attributes = dict(now.attributes)
    if before is None:
        return ["split" if "sense" in attributes else "added"]
    kinds = ["renamed"] if before.name != now.name else []
    if before.attributes != now.attributes:
        marked = UNUSABLE in attributes and UNUSABLE not in dict(before.attributes)
        kinds.append("marked" if marked else "attributes")
    return kinds


def _aliases(entity: Entity | None) -> set[str]:
    return {f"{alias.text} [{alias.language}]" for alias in entity.aliases} if entity else set()


def _parents(entity: Entity | None) -> set[str]:
    return {f"{relation} {parent}" for relation, parent in entity.parents} if entity else set()


def roll_back(connection: Connection, version: int, *, decided_by: str, reason: str) -> int:
    """Publish a version that says what `version` said; return its number.

    Proposals that were accepted after it are rolled back with it, and not suggested again until somebody reopens them.

    Raises:
        NotFoundError: where there is no such version.
        ConflictError: where nothing has changed since.
    """
    lock_publication(connection)
    target = require_version(connection, version)
    if target == current_version(connection):
        raise ConflictError(f"version {target} is the newest: there is nothing to take back")
    source = f"rollback to {target}"
    savepoint = connection.begin_nested()
    new = new_version(connection, source)
    changed = {table: _restore(connection, table, columns, target, new) for table, columns in _TABLES.items()}
    _merge_again(connection, target, new)
    if not any(map(sum, changed.values())):
        savepoint.rollback()
        raise ConflictError(f"the newest version says what version {target} says")
    savepoint.commit()
    nouns = {"entity": "entities", "alias": "aliases", "entity_relation": "relations"}
    counts = {
        f"{nouns[table]}_{what}": number
        for table, pair in changed.items()
        for what, number in zip(("retired", "added"), pair, strict=True)
    }
    announce(connection, new, source, counts)
    _take_back_decisions(connection, target, new, decided_by, reason)
    return new


def _restore(connection: Connection, table: str, columns: str, target: int, new: int) -> tuple[int, int]:
    """End the rows that say what the target did not say, and begin those that it said and nobody says now."""
    parameters = {"t": target, "n": new}
    key, names = columns.partition(",")[0], columns.split(", ")
    ours, theirs = ", ".join(f"r.{name}" for name in names), ", ".join(f"o.{name}" for name in names)
    alike = f"o.{key} = r.{key} AND ({theirs}) IS NOT DISTINCT FROM ({ours})"
    then = "{0}.since_version <= :t AND ({0}.until_version IS NULL OR {0}.until_version > :t)"
    ended = connection.execute(
        text(f"""UPDATE {table} r SET until_version = :n WHERE until_version IS NULL AND since_version > :t
                 AND NOT EXISTS (SELECT FROM {table} o WHERE {then.format("o")} AND {alike})"""),
        parameters,
    ).rowcount
    begun = connection.execute(
        text(f"""INSERT INTO {table} ({columns}, since_version) SELECT {columns}, :n FROM {table} r
                 WHERE {then.format("r")}
                   AND NOT EXISTS (SELECT FROM {table} o WHERE o.until_version IS NULL AND {alike})
                 ORDER BY row_id"""),
        parameters,
    ).rowcount
    return ended, begun


def _merge_again(connection: Connection, target: int, new: int) -> None:
    """Note who answers for entities that were merged in the target version and lived again after it."""
    still = read_merges(connection, new)
    lost = {one: into for one, into in read_merges(connection, target).items() if one not in still}
    for entity_id, into in lost.items():
        connection.execute(
            text("""INSERT INTO entity (entity_id, type, name, attributes, source, replaced_by, since_version,
                                        until_version)
                    SELECT entity_id, type, name, attributes, source, :into, :n, :n FROM entity
                    WHERE entity_id = :id ORDER BY row_id DESC LIMIT 1"""),
            {"id": entity_id, "into": into, "n": new},
        )


def _take_back_decisions(connection: Connection, target: int, new: int, decided_by: str, reason: str) -> None:
    rows: Sequence[str] = list(
        connection.execute(
            text("""SELECT DISTINCT p.fingerprint FROM proposal p
                    JOIN proposal_decision d ON d.fingerprint = p.fingerprint
                    WHERE p.status = 'accepted' AND d.status = 'accepted' AND d.taxonomy_version > :t"""),
            {"t": target},
        ).scalars()
    )
    connection.execute(
        text("UPDATE proposal SET status = 'rolled_back', updated_at = now() WHERE fingerprint = ANY(:ids)"),
        {"ids": rows},
    )
    connection.execute(
        text("""INSERT INTO proposal_decision (fingerprint, status, decided_by, reason, excluded, taxonomy_version)
                SELECT one, 'rolled_back', :who, :why, '{}', :n FROM unnest(CAST(:ids AS text[])) AS one"""),
        {"who": decided_by, "why": reason, "n": new, "ids": rows},
    )
