"""An entity as the API shows it: its state in a version, its parents' names, its history."""

from collections.abc import Sequence

from sqlalchemy import Connection

from services.api.model import AliasOut, EntityOut, ParentOut, VersionSpanOut, source_ids_out
from taxonomy.model import Alias, AliasKind, Entity
from taxonomy.repository import read_entity, read_names, read_spans, require_version

_NAME_KINDS = (AliasKind.CANONICAL, AliasKind.TRANSLATION)
"""Kinds of alias that name an entity in their language, the better one first."""


def entity_out(connection: Connection, entity_id: str, version: int | None) -> EntityOut:
    """Return an entity as of a version; a merged id answers with what replaced it.

    Raises:
        NotFoundError: where there is no such entity or version.
    """
    chosen = require_version(connection, version)
    entity = read_entity(connection, entity_id, version=chosen)
    return EntityOut(
        entity_id=entity.entity_id,
        requested_id=entity_id,
        type=entity.type,
        name=entity.name,
        names=names_by_language(entity),
        aliases=aliases_by_language(entity.aliases),
        parents=_parents(connection, entity, chosen),
        source_ids=source_ids_out(entity.source_ids),
        attributes=dict(entity.attributes),
        taxonomy_version=chosen,
        versions=_spans(connection, entity.entity_id),
    )


def names_by_language(entity: Entity) -> dict[str, str]:
    """Return the name in each language: the canonical alias, else the surest translation."""
    named = [alias for alias in entity.aliases if alias.kind in _NAME_KINDS]
    ordered = sorted(named, key=lambda alias: (_NAME_KINDS.index(alias.kind), -alias.confidence, alias.text))
    names: dict[str, str] = {}
    for alias in ordered:
        names.setdefault(alias.language, alias.text)
    return dict(sorted(names.items()))


def aliases_by_language(aliases: Sequence[Alias]) -> dict[str, list[AliasOut]]:
    """Return all aliases by language, in the order they came."""
    grouped: dict[str, list[AliasOut]] = {}
    for alias in aliases:
        out = AliasOut(text=alias.text, kind=alias.kind, source=alias.source, confidence=alias.confidence)
        grouped.setdefault(alias.language, []).append(out)
    return dict(sorted(grouped.items()))


def _parents(connection: Connection, entity: Entity, version: int) -> list[ParentOut]:
    names = read_names(connection, [parent_id for _, parent_id in entity.parents], version)
    return [
        ParentOut(relation=relation, entity_id=parent_id, name=names.get(parent_id))
        for relation, parent_id in entity.parents
    ]


def _spans(connection: Connection, entity_id: str) -> list[VersionSpanOut]:
    return [
        VersionSpanOut(since_version=span.since_version, until_version=span.until_version)
        for span in read_spans(connection, entity_id)
    ]
