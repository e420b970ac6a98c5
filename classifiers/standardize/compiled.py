"""A taxonomy version compiled for matching: flat columns and sparse matrices, with a manifest of hashes.

Compiled once a version, kept in a folder, and mapped into memory by every process, which so share its pages; nothing
in it is executable.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from classifiers.encoder.linear import LinearEncoder
from classifiers.standardize.columns import (
    Coded,
    Column,
    IndexedTexts,
    Kept,
    Parts,
    RepeatedTexts,
    RowsByKey,
    SourceIds,
    Texts,
    indexed_text_parts,
    mapped,
    rows_by_key_arrays,
    text_parts,
    write_parts,
)
from classifiers.standardize.hierarchy import Hierarchy, build_hierarchy
from classifiers.standardize.meaning import MeaningIndex, build_meaning
from classifiers.standardize.ngrams import ALONE, BESIDE_MEANING, NgramIndex, build_index
from classifiers.standardize.phrases import Phrases, phrase_marks, phrase_parts
from classifiers.standardize.rarity import NAMED, NOTHING_RARE, Rarities, token_rarities
from classifiers.standardize.spelling import Spelling, count_words, listed_words, spelling_parts
from classifiers.standardize.text import SIGN, fold
from core.artefact import read_manifest, verify_files, write_manifest
from core.errors import InvalidError
from taxonomy.model import (
    COMPANY_WORDS,
    MENTIONABLE_TYPES,
    UNUSABLE,
    AliasKind,
    EntityRelation,
    EntityType,
    Snapshot,
    SourceId,
)

FORMAT = 18
"""Raised whenever the files or the folding of text change, so that older folders are compiled again."""

MOST_PLACES = 3_000
"""Longest posting list in the index of places, whose names differ by their rare parts."""

_KEPT = 1 << 13
"""Names and ids of entities that stay in memory: those of answers come again."""

_FEW = "few.json"
"""The file of what is not many: version, languages, sources, twins, company."""

_KIND_ORDER = tuple(AliasKind)
_TYPE_ORDER = tuple(EntityType)


@dataclass(frozen=True, slots=True)
class Twin:
    """An alias that folds to the same text as another one of its entity, and says it of one more language."""

    text: str
    language: str
    kind: AliasKind
    confidence: float


@dataclass(frozen=True, slots=True)
class CompiledTaxonomy:
    """Entities and aliases in columns; an alias row points at its entity, and the rows of an entity stand together.

    `popularity` is in [0, 1] within a type: how well known the entity is, by population where there is one, else by how
    much the taxonomy says of it. `sources` are the number of the first source of each, -1 for none. `alias_twins` are,
    by row, the further languages of an alias. `company` has, of the senses of an ambiguous phrase, by entity, the
    folded words that stand around each. `needs` leads from titles to skills. `rows_by_key` finds alias rows by folded
    text, `phrases` the places of its keys in running text; `rarities` say how rare a word is in the names of a type;
    `spelling` knows words from slips.
    """

    version: int
    entity_ids: IndexedTexts
    names: Column[str]
    types: Coded[EntityType]
    source_ids: Column[tuple[SourceId, ...]]
    popularity: NDArray[np.float32]
    sources: NDArray[np.int16]
    hierarchy: Hierarchy
    needs: Hierarchy
    alias_texts: Column[str]
    alias_keys: RepeatedTexts
    alias_entities: NDArray[np.int32]
    alias_kinds: Coded[AliasKind]
    alias_languages: Column[str]
    alias_confidences: NDArray[np.float32]
    alias_twins: dict[int, tuple[Twin, ...]]
    company: Mapping[int, str]
    rows_by_key: RowsByKey
    phrases: Phrases
    indexes: Mapping[EntityType, NgramIndex]
    meanings: Mapping[EntityType, MeaningIndex]
    rarities: Mapping[EntityType, Rarities]
    spelling: Spelling

    def rows_of(self, entity: int) -> range:
        """Return the alias rows of an entity."""
        # In the type of the column: else it would be copied into another one, each time.
        bounds = np.array((entity, entity + 1), dtype=self.alias_entities.dtype)
        first, end = np.searchsorted(self.alias_entities, bounds).tolist()
        return range(first, end)

    def is_one_thing(self, rows: Sequence[int]) -> bool:
        """Whether alias rows with one folded text may all name one thing: each source has one entity of them at most.

        What no source has may be of any.
        """
        entities = {int(self.alias_entities[row]) for row in rows}
        sources = [source for entity in entities for source in {one.source for one in self.source_ids[entity]} or {""}]
        return len(entities) == 1 or (len(set(sources)) == len(sources) and "" not in sources)


def compile_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return the columns of a compiled taxonomy, ready to be saved or loaded."""
    children = Counter(parent for entity in snapshot.entities for _, parent in entity.parents)
    # Each text once, for columns and words alike: it takes half of the time.
    folded = cache(fold)
    columns: dict[str, Any] = {
        "version": snapshot.version,
        "entity_ids": [entity.entity_id for entity in snapshot.entities],
        "names": [entity.name for entity in snapshot.entities],
        "types": [_TYPE_ORDER.index(entity.type) for entity in snapshot.entities],
        "source_ids": [[(s.source, s.value) for s in entity.source_ids] for entity in snapshot.entities],
        "popularity": [
            _popularity(dict(entity.attributes), len(entity.aliases), children[entity.entity_id])
            for entity in snapshot.entities
        ],
        "company": {
            str(place): fold(company)
            for place, entity in enumerate(snapshot.entities)
            if (company := dict(entity.attributes).get(COMPANY_WORDS))
        },
        "hierarchy": build_hierarchy(snapshot),
        "needs": build_hierarchy(snapshot, (EntityRelation.NEEDS,)),
        "words": count_words(snapshot.entities, folded),
    }
    columns |= _alias_columns(snapshot, folded)
    return columns


def _alias_columns(snapshot: Snapshot, folded: Callable[[str], str]) -> dict[str, Any]:
    """Return the alias columns, without aliases that fold to nothing or repeat within their entity.

    An entity that a person marked as unusable has none.
    """
    rows: list[tuple[str, str, int, int, str, float]] = []
    twins: list[tuple[int, str, str, int, float]] = []
    with_signs: set[str] = set()
    for i, entity in enumerate(snapshot.entities):
        if entity.type not in MENTIONABLE_TYPES or UNUSABLE in dict(entity.attributes):
            continue
        seen: dict[str, tuple[int, set[str]]] = {}
        for alias in sorted(entity.aliases, key=lambda a: (_KIND_ORDER.index(a.kind), -a.confidence)):
            key, kind = folded(alias.text), _KIND_ORDER.index(alias.kind)
            # Also of writings that are left out: `PL/SQL` folds as `PL SQL` does.
            if key and SIGN.search(alias.text):
                with_signs.add(key)
            if key and key not in seen:
                seen[key] = (len(rows), {alias.language})
                rows.append((alias.text, key, i, kind, alias.language, alias.confidence))
            elif key and alias.language not in seen[key][1]:
                seen[key][1].add(alias.language)
                twins.append((seen[key][0], alias.text, alias.language, kind, alias.confidence))
    names = (
        "alias_texts",
        "alias_keys",
        "alias_entities",
        "alias_kinds",
        "alias_languages",
        "alias_confidences",
    )
    by_row = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return {**by_row, "alias_twins": twins, "keys_with_signs": with_signs}


def _popularity(attributes: dict[str, str], aliases: int, children: int) -> float:
    """Return how well known an entity is, in [0, 1]."""
    population = attributes.get("population", "")
    if population.isdigit():
        return min(1.0, math.log10(1 + int(population)) / 10)
    return min(1.0, math.log10(1 + aliases + children) / 3)


def save(columns: dict[str, Any], folder: Path, encoder: LinearEncoder | None = None) -> None:
    """Write a compiled taxonomy: arrays, a little JSON, and last the manifest that makes it whole.

    With an encoder, aliases of the types that it has learned get vectors.

    Raises:
        InvalidError: where its texts have 4 GiB or more together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns["hierarchy"].save(folder)
    columns["needs"].save(folder, prefix="needs")
    types = np.array(columns["types"], dtype=np.uint8)
    entities = np.array(columns["alias_entities"], dtype=np.int32)
    write_parts(folder, {**_entity_parts(columns, types), **_alias_parts(columns, types, entities)})
    write_parts(folder, spelling_parts(columns["words"], listed_words()))
    few = {name: columns[name] for name in ("version", "alias_twins", "company")}
    few |= {"languages": _distinct(columns["alias_languages"]), "sources": _sources(columns)}
    (folder / _FEW).write_bytes(orjson.dumps(few))
    for number, entity_type in enumerate(_TYPE_ORDER):
        rows = np.flatnonzero(types[entities] == number).astype(np.int32) if len(entities) else entities
        places = entity_type is EntityType.LOCATION
        if places:
            rows = _searched_places(columns, rows)
        if len(rows):
            keys = [columns["alias_keys"][row] for row in rows]
            learned = encoder if encoder is not None and entity_type in encoder.types else None
            lists = BESIDE_MEANING if learned else ALONE
            build_index(keys, rows, lists=lists, most_postings=MOST_PLACES if places else None).save(
                folder, prefix=entity_type
            )
            if entity_type in NAMED:
                np.save(
                    folder / f"{entity_type}.rarities.npy", token_rarities(keys, entities[rows]), allow_pickle=False
                )
            if learned:
                build_meaning(learned, keys, rows, entities[rows]).save(folder, prefix=entity_type)
    details = {"version": columns["version"], "encoder": encoder.digest if encoder else None}
    write_manifest(folder, kind="compiled-taxonomy", format=FORMAT, details=details)


def _entity_parts(columns: dict[str, Any], types: NDArray[np.uint8]) -> Parts:
    """Return the columns of entities as files."""
    ids = columns["source_ids"]
    place_of = {source: place for place, source in enumerate(_sources(columns))}
    return {
        "types": types,
        "popularity": np.array(columns["popularity"], dtype=np.float32),
        "sources": np.array([place_of[found[0][0]] if found else -1 for found in ids], dtype=np.int16),
        "source_ids.starts": np.cumsum([0, *map(len, ids)], dtype=np.int32),
        "source_ids.sources": np.array([place_of[source] for found in ids for source, _ in found], dtype=np.uint16),
        **indexed_text_parts("entity_ids", columns["entity_ids"]),
        **text_parts("names", columns["names"]),
        **text_parts("source_ids.values", [value for found in ids for _, value in found]),
    }


def _alias_parts(columns: dict[str, Any], types: NDArray[np.uint8], entities: NDArray[np.int32]) -> Parts:
    """Return the columns of aliases as files, and what finds them by their folded texts."""
    keys = _distinct(columns["alias_keys"])
    key_of = {key: place for place, key in enumerate(keys)}
    language_of = {language: place for place, language in enumerate(_distinct(columns["alias_languages"]))}
    key_rows = rows_by_key_arrays("keys", [key_of[key] for key in columns["alias_keys"]], len(keys))
    in_plural = np.zeros(len(keys), dtype=np.bool_)
    in_plural[key_rows["keys.by_row"][types[entities] == _TYPE_ORDER.index(EntityType.TITLE)]] = True
    with_signs = np.zeros(len(keys), dtype=np.bool_)
    with_signs[[key_of[key] for key in columns["keys_with_signs"]]] = True
    return {
        "alias_entities": entities,
        "alias_kinds": np.array(columns["alias_kinds"], dtype=np.uint8),
        "alias_languages": np.array([language_of[tag] for tag in columns["alias_languages"]], dtype=np.uint16),
        "alias_confidences": np.array(columns["alias_confidences"], dtype=np.float32),
        **text_parts("alias_texts", columns["alias_texts"]),
        **indexed_text_parts("keys", keys),
        **key_rows,
        **phrase_parts(keys, phrase_marks(np.ones(len(keys), dtype=np.bool_), in_plural, with_signs)),
    }


def _distinct(texts: Iterable[str]) -> list[str]:
    """Return texts without repetition, in the order in which each comes first."""
    return list(dict.fromkeys(texts))


def _sources(columns: dict[str, Any]) -> list[str]:
    """Return the sources that ids are of."""
    return _distinct(source for found in columns["source_ids"] for source, _ in found)


def _searched_places(columns: dict[str, Any], rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the aliases of places that are searched by likeness: names, and aliases that fold to ASCII.

    Half of the aliases of places are spellings in other scripts. They are found to the letter; a typing error in
    one of them is rare and would make every search of a place several times slower.
    """
    canonical = _KIND_ORDER.index(AliasKind.CANONICAL)
    return np.array(
        [row for row in rows if columns["alias_kinds"][row] == canonical or columns["alias_keys"][row].isascii()],
        dtype=np.int32,
    )


def load(folder: Path, encoder: LinearEncoder | None = None) -> CompiledTaxonomy:
    """Return the compiled taxonomy of a folder, its arrays memory-mapped.

    Raises:
        InvalidError: where a file is missing, damaged, or of another format, or where another encoder made it.
    """
    manifest = read_manifest(folder, kind="compiled-taxonomy", format=FORMAT)
    verify_files(folder, manifest)
    if manifest.details["encoder"] != (encoder.digest if encoder else None):
        raise InvalidError(f"{folder.name} was compiled with another encoder: compile it again")
    few = orjson.loads((folder / _FEW).read_bytes())
    keys = IndexedTexts.load(folder, "keys")
    kinds = [kind for kind in MENTIONABLE_TYPES if NgramIndex.exists(folder, prefix=kind)]
    return CompiledTaxonomy(
        version=few["version"],
        entity_ids=IndexedTexts.load(folder, "entity_ids"),
        names=Kept(Texts.load(folder, "names"), _KEPT),
        types=Coded(_TYPE_ORDER, mapped(folder, "types")),
        source_ids=Kept(_source_ids(folder, few["sources"]), _KEPT),
        popularity=mapped(folder, "popularity"),
        sources=mapped(folder, "sources"),
        hierarchy=Hierarchy.load(folder),
        needs=Hierarchy.load(folder, prefix="needs"),
        alias_texts=Texts.load(folder, "alias_texts"),
        alias_keys=RepeatedTexts(keys, mapped(folder, "keys.by_row")),
        alias_entities=mapped(folder, "alias_entities"),
        alias_kinds=Coded(_KIND_ORDER, mapped(folder, "alias_kinds")),
        alias_languages=Coded(few["languages"], mapped(folder, "alias_languages")),
        alias_confidences=mapped(folder, "alias_confidences"),
        alias_twins=_twins(few["alias_twins"]),
        company={int(place): words for place, words in few["company"].items()},
        rows_by_key=RowsByKey(keys, mapped(folder, "keys.row_starts"), mapped(folder, "keys.rows")),
        phrases=Phrases.load(folder),
        indexes={kind: NgramIndex.load(folder, prefix=kind) for kind in kinds},
        meanings={
            kind: MeaningIndex.load(folder, encoder, prefix=kind)
            for kind in kinds
            if encoder and MeaningIndex.exists(folder, prefix=kind)
        },
        rarities={kind: mapped(folder, f"{kind}.rarities") if kind in NAMED else NOTHING_RARE for kind in kinds},
        spelling=Spelling.load(folder),
    )


def _source_ids(folder: Path, sources: Sequence[str]) -> SourceIds:
    """Return the column of what sources call the entities."""
    coded = Coded(sources, mapped(folder, "source_ids.sources"))
    return SourceIds(mapped(folder, "source_ids.starts"), coded, Texts.load(folder, "source_ids.values"))


def _twins(rows: list[tuple[int, str, str, int, float]]) -> dict[int, tuple[Twin, ...]]:
    """Return the twins of each alias row that has any."""
    twins: dict[int, tuple[Twin, ...]] = {}
    for row, text, language, kind, confidence in rows:
        twins[row] = (*twins.get(row, ()), Twin(text, language, _KIND_ORDER[kind], confidence))
    return twins
