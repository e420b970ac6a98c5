"""What a ranker of titles learns from: labelled titles, and the names of all titles of a taxonomy. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from classifiers.learning.evidence import EntityLabels
from core.errors import InvalidError
from taxonomy.importers.labels import ANY_LANGUAGE
from taxonomy.model import UNUSABLE, AliasKind, Entity, EntityType, Snapshot


@dataclass(frozen=True, slots=True)
class LabelledTitles:
    """Titles, the place of the entity of each, the labels of all entities and their ids; how many rows named none."""

    texts: tuple[str, ...]
    entities: tuple[int, ...]
    labels: EntityLabels
    entity_ids: tuple[str, ...]
    unknown: int


def labelled_titles(snapshot: Snapshot, rows: Iterable[tuple[str, str]], *, language: str = "en") -> LabelledTitles:
    """Return what rows of a title and an id teach; an id is that of an entity or one of its source.

    Raises:
        InvalidError: where the taxonomy has no titles, or no row names one of them.
    """
    titles = [
        entity
        for entity in snapshot.entities
        if entity.type is EntityType.TITLE and UNUSABLE not in dict(entity.attributes)
    ]
    if not titles:
        raise InvalidError("the taxonomy has no titles: import one first")
    place_of = {source.value: place for place, entity in enumerate(titles) for source in entity.source_ids}
    place_of |= {entity.entity_id: place for place, entity in enumerate(titles)}
    given = list(rows)
    known = [(text, place_of[entity]) for text, entity in given if text and entity in place_of]
    if not known:
        raise InvalidError(
            f"none of {len(given):,} rows names a title of the taxonomy, by its id or that of its source"
        )
    names = [_names(entity, language) for entity in titles]
    labels = EntityLabels(
        tuple(name for some in names for name in some),
        np.repeat(np.arange(len(titles), dtype=np.int32), [len(some) for some in names]),
    )
    texts, entities = zip(*known, strict=True)
    return LabelledTitles(texts, entities, labels, tuple(one.entity_id for one in titles), len(given) - len(known))


def _names(entity: Entity, language: str) -> list[str]:
    """Return the name of an entity and its other names in a language, without misspellings."""
    others = [
        alias.text
        for alias in entity.aliases
        if alias.language in {language, ANY_LANGUAGE} and alias.kind is not AliasKind.MISSPELLING
    ]
    return list(dict.fromkeys([entity.name, *others]))
