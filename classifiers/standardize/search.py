"""Search the aliases of a type for folded texts: by n-grams, and by meaning where the type has vectors. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.match import Match, exact_match
from classifiers.standardize.meaning import Meant
from taxonomy.model import EntityType

SEARCH_DEPTH: Final = 12
"""Alias rows that a search by n-grams returns: enough that several entities are among them."""
_MEANT_ENTITIES: Final = 8
"""Entities that are looked at for their meaning; and so many of those that look most alike."""
_NGRAM_FLOOR: Final = 0.25
"""Aliases that are less alike than this are never likely enough to be shown."""
_SHOWN_AS_ALIKE: Final = 0.6
"""From this cosine of n-grams on, the alias that looks like the text is shown, not the one that means it."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a search shall not see: an alias of some entities by its folded text, or, with None, they as a whole."""

    entities: frozenset[int]
    key: str | None = None


def exact_matches(taxonomy: CompiledTaxonomy, key: str, kind: EntityType) -> list[Match]:
    """Return the alias rows of a type whose folded text is `key`."""
    return [
        exact_match(row)
        for row in taxonomy.rows_by_key.get(key, ())
        if taxonomy.types[taxonomy.alias_entities[row]] is kind
    ]


def alike_matches(
    taxonomy: CompiledTaxonomy,
    keys: Sequence[str],
    kind: EntityType,
    *,
    more: int = 0,
    withheld: Sequence[Withheld | None] | None = None,
) -> list[list[Match]]:
    """Return the matches of each folded text, one an entity at least; `more` deepens the search.

    `withheld` says, for each text, what is left out: so a taxonomy can be asked about what it does not know.
    """
    hidden = withheld or [None] * len(keys)
    index, meaning = taxonomy.indexes.get(kind), taxonomy.meanings.get(kind)
    if index is None:
        return [[] for _ in keys]
    alike = [
        [match for match in found if not _is_withheld(taxonomy, match.row, one)]
        for found, one in zip(index.search(keys, top=SEARCH_DEPTH + more, floor=_NGRAM_FLOOR), hidden, strict=True)
    ]
    if meaning is None:
        return alike
    looks = [_best_by_entity(taxonomy, found) for found in alike]
    count = _MEANT_ENTITIES + more // 3
    meant = meaning.search(keys, [list(best)[:count] for best in looks], top=count)
    return [
        _joined(best, [item for near in nearest if (item := _seen(taxonomy, near, one, kind, key))])
        if nearest
        else list(best.values())
        for key, best, nearest, one in zip(keys, looks, meant, hidden, strict=True)
    ]


def _best_by_entity(taxonomy: CompiledTaxonomy, alike: Sequence[Match]) -> dict[int, Match]:
    """Return the match of each entity that looks most alike, best first, as the matches are."""
    rows = np.fromiter((match.row for match in alike), dtype=np.int64, count=len(alike))
    best: dict[int, Match] = {}
    for entity, match in zip(taxonomy.alias_entities[rows].tolist(), alike, strict=True):
        if entity not in best or match.similarity > best[entity].similarity:
            best[entity] = match
    return best


def _joined(best: dict[int, Match], meant: Iterable[Meant]) -> list[Match]:
    """Return the entities that were looked at for their meaning, with what looks alike of them."""
    joined: list[Match] = []
    for item in meant:
        looks = best.get(item.entity)
        similarity = looks.similarity if looks else 0.0
        row = looks.row if looks and similarity >= _SHOWN_AS_ALIKE else item.row
        joined.append(Match(row, similarity, item.alias, item.centre))
    return joined


def _is_withheld(taxonomy: CompiledTaxonomy, row: int, withheld: Withheld | None) -> bool:
    if withheld is None or int(taxonomy.alias_entities[row]) not in withheld.entities:
        return False
    return withheld.key is None or taxonomy.alias_keys[row] == withheld.key


def _seen(
    taxonomy: CompiledTaxonomy, meant: Meant, withheld: Withheld | None, kind: EntityType, key: str
) -> Meant | None:
    """Return what is meant without what is withheld."""
    if withheld is None or meant.entity not in withheld.entities:
        return meant
    if withheld.key is None:
        return None
    rows = [row for row in taxonomy.rows_of(meant.entity) if taxonomy.alias_keys[row] != withheld.key]
    return taxonomy.meanings[kind].look(meant.entity, key, rows) if rows else None
