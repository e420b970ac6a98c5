"""How many members and jobs have each entity, by the labels that name it alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from taxonomy.building.corpus import Value
from taxonomy.building.model import labels_of
from taxonomy.model import Entity, EntityType

FIELD_OF_TYPE: Final = {EntityType.SKILL: "skills", EntityType.TITLE: "titles"}
"""The types that are learned from documents, and the field that holds each."""


def owners_of(entities: Iterable[Entity], kind: EntityType) -> dict[str, str]:
    """Return the folded labels of a type that name one entity alone, and that entity."""
    owners: dict[str, set[str]] = {}
    for entity in entities:
        if entity.type is kind:
            for label in labels_of(entity):
                owners.setdefault(label, set()).add(entity.entity_id)
    return {label: next(iter(ids)) for label, ids in owners.items() if len(ids) == 1}


def members_by_entity(values: Mapping[Value, int], field: str, owners: Mapping[str, str]) -> Counter[str]:
    """Return how many documents have each entity in a field."""
    members: Counter[str] = Counter()
    for value, count in values.items():
        if value.field == field and (entity_id := owners.get(value.text)):
            members[entity_id] += count
    return members
