"""A snapshot of a taxonomy from what the importers read, with no database: as publishing would make it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from taxonomy.model import Alias, AliasKind, Entity, EntityDraft, EntityRelation, ParentRef, Snapshot, SourceId


@dataclass(slots=True)
class _Merged:
    """An entity as several sources tell it; the first one's name stays."""

    first: EntityDraft
    source_ids: dict[SourceId, None] = field(default_factory=dict)
    aliases: dict[tuple[str, str], Alias] = field(default_factory=dict)
    parents: dict[ParentRef, None] = field(default_factory=dict)


def snapshot_of(drafts: Iterable[EntityDraft], *, version: int = 1) -> Snapshot:
    """Return the entities of some drafts, ordered by id: drafts of one entity become one, unknown parents go."""
    merged: dict[str, _Merged] = {}
    ids: dict[SourceId, str] = {}
    for draft in drafts:
        entity_id = draft.entity_id
        entity = merged.setdefault(entity_id, _Merged(draft))
        for alias in (_canonical(draft), *draft.aliases):
            entity.aliases.setdefault((alias.language, alias.text), alias)
        for source_id in draft.source_ids:
            entity.source_ids[source_id] = None
            ids.setdefault(source_id, entity_id)
        entity.parents |= dict.fromkeys(draft.parents)
    return Snapshot(version, tuple(_entity(merged[entity_id], entity_id, ids) for entity_id in sorted(merged)))


def _canonical(draft: EntityDraft) -> Alias:
    return Alias(draft.name, draft.language, AliasKind.CANONICAL, draft.source_ids[0].source)


def _entity(merged: _Merged, entity_id: str, ids: dict[SourceId, str]) -> Entity:
    parents: dict[tuple[EntityRelation, str], None] = {}
    for reference in merged.parents:
        parent = ids.get(reference.parent)
        if parent is not None and parent != entity_id:
            parents[reference.relation, parent] = None
    return Entity(
        entity_id,
        merged.first.type,
        merged.first.name,
        tuple(merged.source_ids),
        tuple(merged.aliases.values()),
        tuple(sorted(parents)),
        tuple(sorted(merged.first.attributes)),
    )
