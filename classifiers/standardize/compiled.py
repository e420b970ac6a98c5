"""A taxonomy version compiled for matching: flat columns and sparse matrices, with a manifest of hashes.

Compiled once a version, kept in a folder, loaded by every process; nothing in it is executable.
"""

import gc
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from classifiers.encoder.linear import LinearEncoder
from classifiers.standardize.hierarchy import Hierarchy, build_hierarchy
from classifiers.standardize.meaning import MeaningIndex, build_meaning
from classifiers.standardize.ngrams import NgramIndex, build_index
from classifiers.standardize.text import fold
from core.artefact import read_manifest, verify_files, write_manifest
from core.errors import InvalidError
from taxonomy.model import COMPANY_WORDS, MENTIONABLE_TYPES, UNUSABLE, AliasKind, EntityType, Snapshot, SourceId

FORMAT = 7
"""Raised whenever the files or the folding of text change, so that older folders are compiled again."""

MOST_PLACES = 3_000
"""Longest posting list in the index of places, whose names differ by their rare parts."""

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
    much the taxonomy says of it. `alias_twins` are, by row, the further languages of an alias. `company` has, of the
    senses of an ambiguous phrase, by entity, the folded words that stand around each. `rows_by_key` finds alias rows by
    folded text; `key_lengths_by_first` are the lengths, in tokens, of the keys that start with a token, longest first.
    """

    version: int
    entity_ids: tuple[str, ...]
    names: tuple[str, ...]
    types: tuple[EntityType, ...]
    source_ids: tuple[tuple[SourceId, ...], ...]
    popularity: NDArray[np.float32]
    hierarchy: Hierarchy
    alias_texts: tuple[str, ...]
    alias_keys: tuple[str, ...]
    alias_entities: NDArray[np.int32]
    alias_kinds: tuple[AliasKind, ...]
    alias_languages: tuple[str, ...]
    alias_confidences: NDArray[np.float32]
    alias_twins: dict[int, tuple[Twin, ...]]
    company: Mapping[int, str]
    rows_by_key: Mapping[str, list[int]]
    key_lengths_by_first: dict[str, tuple[int, ...]]
    indexes: Mapping[EntityType, NgramIndex]
    meanings: Mapping[EntityType, MeaningIndex]

    def rows_of(self, entity: int) -> range:
        """Return the alias rows of an entity."""
        # In the type of the column: else it would be copied into another one, each time.
        bounds = np.array((entity, entity + 1), dtype=self.alias_entities.dtype)
        first, end = np.searchsorted(self.alias_entities, bounds).tolist()
        return range(first, end)


def compile_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return the columns of a compiled taxonomy, ready to be saved or loaded."""
    children = Counter(parent for entity in snapshot.entities for _, parent in entity.parents)
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
    }
    columns |= _alias_columns(snapshot)
    return columns


def _alias_columns(snapshot: Snapshot) -> dict[str, Any]:
    """Return the alias columns, without aliases that fold to nothing or repeat within their entity.

    An entity that a person marked as unusable has none.
    """
    rows: list[tuple[str, str, int, int, str, float]] = []
    twins: list[tuple[int, str, str, int, float]] = []
    for i, entity in enumerate(snapshot.entities):
        if entity.type not in MENTIONABLE_TYPES or UNUSABLE in dict(entity.attributes):
            continue
        seen: dict[str, tuple[int, set[str]]] = {}
        for alias in sorted(entity.aliases, key=lambda a: (_KIND_ORDER.index(a.kind), -a.confidence)):
            key, kind = fold(alias.text), _KIND_ORDER.index(alias.kind)
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
    return {name: [row[i] for row in rows] for i, name in enumerate(names)} | {"alias_twins": twins}


def _popularity(attributes: dict[str, str], aliases: int, children: int) -> float:
    """Return how well known an entity is, in [0, 1]."""
    population = attributes.get("population", "")
    if population.isdigit():
        return min(1.0, math.log10(1 + int(population)) / 10)
    return min(1.0, math.log10(1 + aliases + children) / 3)


def save(columns: dict[str, Any], folder: Path, encoder: LinearEncoder | None = None) -> None:
    """Write a compiled taxonomy: columns as JSON, matrices as arrays, and last the manifest that makes it whole.

    With an encoder, aliases of the types that it has learned get vectors.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns["hierarchy"].save(folder)
    flat = {name: column for name, column in columns.items() if name != "hierarchy"}
    (folder / "columns.json").write_bytes(orjson.dumps(flat))
    types = np.array(columns["types"], dtype=np.int32)
    entities = np.array(columns["alias_entities"], dtype=np.int32)
    for number, entity_type in enumerate(_TYPE_ORDER):
        rows = np.flatnonzero(types[entities] == number).astype(np.int32) if len(entities) else entities
        places = entity_type is EntityType.LOCATION
        if places:
            rows = _searched_places(columns, rows)
        if len(rows):
            keys = [columns["alias_keys"][row] for row in rows]
            index = build_index(keys, rows, most_postings=MOST_PLACES if places else None)
            index.save(folder, prefix=entity_type)
            if encoder and entity_type in encoder.types:
                build_meaning(encoder, keys, rows, entities[rows]).save(folder, prefix=entity_type)
    details = {"version": columns["version"], "encoder": encoder.digest if encoder else None}
    write_manifest(folder, kind="compiled-taxonomy", format=FORMAT, details=details)


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
    with _without_collection():
        return _loaded(folder, encoder)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let the collector wait: millions of objects are made at once, none is garbage, and looking doubles the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _loaded(folder: Path, encoder: LinearEncoder | None) -> CompiledTaxonomy:
    columns = orjson.loads((folder / "columns.json").read_bytes())
    rows_by_key: dict[str, list[int]] = {}
    for row, key in enumerate(columns["alias_keys"]):
        rows_by_key.setdefault(key, []).append(row)
    return CompiledTaxonomy(
        version=columns["version"],
        entity_ids=tuple(columns["entity_ids"]),
        names=tuple(columns["names"]),
        types=tuple(_TYPE_ORDER[i] for i in columns["types"]),
        source_ids=tuple(tuple(SourceId(*pair) for pair in pairs) for pairs in columns["source_ids"]),
        popularity=np.array(columns["popularity"], dtype=np.float32),
        hierarchy=Hierarchy.load(folder),
        alias_texts=tuple(columns["alias_texts"]),
        alias_keys=tuple(columns["alias_keys"]),
        alias_entities=np.array(columns["alias_entities"], dtype=np.int32),
        alias_kinds=tuple(_KIND_ORDER[i] for i in columns["alias_kinds"]),
        alias_languages=tuple(columns["alias_languages"]),
        alias_confidences=np.array(columns["alias_confidences"], dtype=np.float32),
        alias_twins=_twins(columns["alias_twins"]),
        company={int(place): words for place, words in columns["company"].items()},
        rows_by_key=rows_by_key,
        key_lengths_by_first=_key_lengths(rows_by_key),
        indexes={
            entity_type: NgramIndex.load(folder, prefix=entity_type)
            for entity_type in MENTIONABLE_TYPES
            if NgramIndex.exists(folder, prefix=entity_type)
        },
        meanings={
            entity_type: MeaningIndex.load(folder, encoder, prefix=entity_type)
            for entity_type in MENTIONABLE_TYPES
            if encoder and MeaningIndex.exists(folder, prefix=entity_type)
        },
    )


def _twins(rows: list[tuple[int, str, str, int, float]]) -> dict[int, tuple[Twin, ...]]:
    """Return the twins of each alias row that has any."""
    twins: dict[int, tuple[Twin, ...]] = {}
    for row, text, language, kind, confidence in rows:
        twins[row] = (*twins.get(row, ()), Twin(text, language, _KIND_ORDER[kind], confidence))
    return twins


def _key_lengths(keys: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    """Return, by first token, the numbers of tokens of the keys that start with it, longest first."""
    lengths: dict[str, set[int]] = {}
    for key in keys:
        first, _, rest = key.partition(" ")
        lengths.setdefault(first, set()).add(1 + (rest.count(" ") + 1 if rest else 0))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
