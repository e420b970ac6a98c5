"""Search the aliases of a type for folded texts: by n-grams, and by meaning where the type has vectors. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from classifiers.hashing import code_points
from classifiers.kernels.whole import SearchArrays, SearchLimits, search_rows
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.match import SHOWN_AS_ALIKE, FoundRows, Match, exact_match, nothing_found
from classifiers.standardize.meaning import VIEW_WEIGHTS, Prominence
from classifiers.standardize.ngrams import AlikeRows
from taxonomy.model import EntityType

SEARCH_DEPTH: Final = 42
"""Alias rows that a search by n-grams returns: enough that five entities are among them, and their rivals."""
_MEANT_ENTITIES: Final = 18
"""Entities that are looked at for their meaning, so many that look most alike, and of so many the aliases."""
_NGRAM_FLOOR: Final = 0.25
"""Aliases that are less alike than this are never likely enough to be shown."""
_ALL: Final = 1 << 30


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


def found_rows(
    taxonomy: CompiledTaxonomy,
    keys: Sequence[str],
    kind: EntityType,
    *,
    more: int = 0,
    most: int = _ALL,
    withheld: Sequence[Withheld | None] | None = None,
) -> FoundRows:
    """Return the alias rows that each folded text may mean; `more` deepens the search, `most` are returned.

    Where the type has vectors there is one row an entity, best first. Of what is `withheld`, for each text, the rows
    that only look alike are left out.
    """
    index, meaning = taxonomy.indexes.get(kind), taxonomy.meanings.get(kind)
    if index is None or not keys:
        return nothing_found(len(keys))
    if withheld is None and (arrays := search_arrays(taxonomy, kind)) is not None:
        return FoundRows(*search_rows(code_points(keys), *arrays, search_limits(more=more, most=most)))
    alike = index.best_rows(keys, top=SEARCH_DEPTH + more, floor=_NGRAM_FLOOR)
    if withheld is not None:
        alike = _without(taxonomy, alike, withheld)
    if meaning is None:
        return alike.found()
    return meaning.joined(keys, alike, _prominence(taxonomy), each=_MEANT_ENTITIES + more // 3, most=most)


def search_arrays(taxonomy: CompiledTaxonomy, kind: EntityType) -> SearchArrays | None:
    """Return what `classifiers.kernels.whole` looks at to search for texts of a type; None where it has no vectors."""
    index, meaning = taxonomy.indexes.get(kind), taxonomy.meanings.get(kind)
    if index is None or meaning is None:
        return None
    return index.arrays, *meaning.arrays_beside(_prominence(taxonomy))


def search_limits(*, more: int, most: int) -> SearchLimits:
    """Return the limits and weights that `classifiers.kernels.whole` searches with: see `found_rows`."""
    return SEARCH_DEPTH + more, _NGRAM_FLOOR, _MEANT_ENTITIES + more // 3, most, *VIEW_WEIGHTS


def _prominence(taxonomy: CompiledTaxonomy) -> Prominence:
    return Prominence(taxonomy.alias_entities, taxonomy.popularity, taxonomy.alias_confidences)


def alike_matches(
    taxonomy: CompiledTaxonomy,
    keys: Sequence[str],
    kind: EntityType,
    *,
    more: int = 0,
    withheld: Sequence[Withheld | None] | None = None,
) -> list[list[Match]]:
    """Return what `found_rows` returns as matches.

    `withheld` says, for each text, what is left out: so a taxonomy can be asked about what it does not know.
    """
    rows = found_rows(taxonomy, keys, kind, more=more, withheld=withheld)
    found = [rows.matches(text) for text in range(len(keys))]
    if withheld is None or kind not in taxonomy.meanings:
        return found
    return [
        [seen for match in matches if (seen := _seen(taxonomy, match, one, kind, key))]
        for key, matches, one in zip(keys, found, withheld, strict=True)
    ]


def _without(taxonomy: CompiledTaxonomy, alike: AlikeRows, withheld: Sequence[Withheld | None]) -> AlikeRows:
    """Return what looks alike without what is withheld."""
    counts, rows, similarities = alike.counts.copy(), alike.rows.copy(), alike.similarities.copy()
    for query, one in enumerate(withheld):
        found = range(int(counts[query]))
        kept = [place for place in found if not _is_withheld(taxonomy, int(rows[query, place]), one)]
        counts[query] = len(kept)
        rows[query, : len(kept)] = alike.rows[query, kept]
        similarities[query, : len(kept)] = alike.similarities[query, kept]
    return AlikeRows(counts, rows, similarities)


def _is_withheld(taxonomy: CompiledTaxonomy, row: int, withheld: Withheld | None) -> bool:
    if withheld is None or int(taxonomy.alias_entities[row]) not in withheld.entities:
        return False
    return withheld.key is None or taxonomy.alias_keys[row] == withheld.key


def _seen(
    taxonomy: CompiledTaxonomy, match: Match, withheld: Withheld | None, kind: EntityType, key: str
) -> Match | None:
    """Return a match without what is withheld of its entity."""
    entity = int(taxonomy.alias_entities[match.row])
    if withheld is None or entity not in withheld.entities:
        return match
    if withheld.key is None:
        return None
    rows = [row for row in taxonomy.rows_of(entity) if taxonomy.alias_keys[row] != withheld.key]
    if not rows:
        return None
    if match.meaning is None:
        return match
    meant = taxonomy.meanings[kind].look(entity, key, rows)
    row = match.row if match.similarity >= SHOWN_AS_ALIKE else meant.row
    return Match(row, match.similarity, meant.alias, meant.centre)
