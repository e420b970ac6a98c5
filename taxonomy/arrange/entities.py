"""From the entities of a taxonomy to the hierarchies that parents are learned from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from taxonomy.arrange.model import Hierarchy, Node
from taxonomy.importers.labels import ANY_LANGUAGE
from taxonomy.model import DESCRIPTION, AliasKind, Entity, EntityRelation, EntityType

_CODE = "code"


def hierarchy_of(
    entities: Iterable[Entity],
    children: Collection[EntityType],
    parents: Collection[EntityType],
    *,
    relation: EntityRelation = EntityRelation.BROADER,
    language: str = "en",
) -> Hierarchy:
    """Return the hierarchy of some types: titles under supertitles, skills under groups, titles under functions.

    Where some of the children are parents, each of them may be one. Edges to other types are left out.
    """
    every = list(entities)
    above: dict[str, tuple[str, ...]] = {}
    for entity in every:
        some = tuple(parent for kind, parent in entity.parents if kind is relation)
        if some:
            above[entity.entity_id] = some
    used = {parent for some in above.values() for parent in some}
    company = _needed(every)
    below = [node_of(entity, language, company.get(entity.entity_id)) for entity in every if entity.type in children]
    tops = [node_of(entity, language) for entity in every if entity.type in parents and entity.type not in children]
    if used.intersection(node.entity_id for node in below):
        tops += below
    known = {node.entity_id for node in tops}
    edges = {
        node.entity_id: kept
        for node in below
        if (kept := tuple(parent for parent in above.get(node.entity_id, ()) if parent in known))
    }
    return Hierarchy(below, tops, edges, {node.entity_id: path_of(node.entity_id, above) for node in tops})


def node_of(entity: Entity, language: str = "en", company: Mapping[str, float] | None = None) -> Node:
    """Return an entity as a node: its name, then its other labels of the language, without misspellings.

    Its text is the description that its source gives, in English.
    """
    labels = [entity.name] + [
        alias.text
        for alias in entity.aliases
        if alias.language in {language, ANY_LANGUAGE} and alias.kind is not AliasKind.MISSPELLING
    ]
    attributes = dict(entity.attributes)
    text, code = attributes.get(DESCRIPTION, ""), attributes.get(_CODE, "")
    return Node(entity.entity_id, tuple(dict.fromkeys(labels)), text, entity.type.value, code, company or {})


def path_of(entity_id: str, above: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the ancestors from the root on, along first parents; a cycle ends it."""
    path: list[str] = []
    while (some := above.get(entity_id)) and some[0] not in path:
        entity_id = some[0]
        path.append(entity_id)
    return tuple(reversed(path))


def _needed(entities: Iterable[Entity]) -> dict[str, dict[str, float]]:
    """Return the skills that each title needs."""
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for entity in entities:
        for relation, other in entity.parents:
            if relation is EntityRelation.NEEDS:
                found[entity.entity_id][other] = 1.0
    return dict(found)
