"""Find the entities that mean what a text says: nearest centres of the learned encoder, then their aliases.

Every alias is a vector; an entity's centre is the direction of their mean. A search goes to the nearest centres
first, which are few, and looks at the aliases of those entities alone that promise most: these are compared exactly.
Centres lie in groups, of which the nearest are looked at; they are compared in their principal directions first
(Jolliffe 2002, "Principal Component Analysis"), and in all only where these leave it open.
"""

from collections.abc import Sequence
from copy import copy
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.linear import LinearEncoder, unit_rows
from classifiers.kernels.meaning import join_views
from classifiers.kernels.whole import AliasArrays, CentreArrays, EncoderArrays, EntityArrays
from classifiers.standardize.match import CENTRE_WEIGHT, NGRAM_WEIGHT, SHOWN_AS_ALIKE, FoundRows
from classifiers.standardize.ngrams import AlikeRows
from core.mapped import mapped_array

_Array = NDArray[np.float32]
VIEW_WEIGHTS: Final = (CENTRE_WEIGHT, NGRAM_WEIGHT, SHOWN_AS_ALIKE)
"""What centre and letters weigh in the score, and from which likeness of letters on the alias that has it is shown."""
_DIRECTIONS: Final = 64
"""Directions that centres are compared in first: a third of them, in which lies most of what tells them apart."""


_GROUP_SIZE: Final = 32
_MOST_GROUPS: Final = 256
"""A group has about so many centres, more where there would be more groups than that."""
_ROUNDS: Final = 10
"""Rounds in which groups are found; after some five few centres change their group."""
_LOOKED_AT: Final = 0.25
"""Of the centres so many are looked at: those in the groups that are nearest."""


class Prominence(NamedTuple):
    """By alias row its entity and its confidence, and how well known each entity is."""

    entities: NDArray[np.int32]
    popularity: _Array
    confidences: _Array


class Meant(NamedTuple):
    """The alias row of an entity that is nearest to a text, and the cosines to that and to the entity's centre."""

    row: int
    alias: float
    centre: float


class MeaningArrays(NamedTuple):
    """Aliases of one type as vectors, aliases of an entity side by side, and the entities' centres.

    `vectors` is aliases x dimensions in 8-bit integers, each row times its entry of `scales` of length 1; `centres` is
    entities x dimensions, of length 1; `directions` are those in which aliases differ most, directions x dimensions,
    `heads` the centres in these alone, entities x directions in 8-bit integers, with the scale of each row, and `tails`
    the length of what lies in none of them; `entities` and `rows` are places in the taxonomy; the aliases of entity i
    are `starts[i]` to before `starts[i + 1]`. Entities that lie near each other form groups and stand together: those
    of group g are `group_starts[g]` to before `group_starts[g + 1]`; `group_heads` are their middles as `heads` are the
    centres, with the scale of each row.
    """

    vectors: NDArray[np.int8]
    scales: _Array
    centres: _Array
    directions: _Array
    heads: NDArray[np.int8]
    head_scales: _Array
    tails: _Array
    group_heads: NDArray[np.int8]
    group_scales: _Array
    group_starts: NDArray[np.int32]
    entities: NDArray[np.int32]
    starts: NDArray[np.int32]
    rows: NDArray[np.int32]


class MeaningIndex:
    """Finds entities of one type by what a text means.

    `place_of` is the place here of an entity of the taxonomy, -1 of others. `allowed` says which entities can be
    found, all by default, and `looked_at` how many centres a search looks at, those in the nearest groups.
    """

    __slots__ = ("_encoder", "allowed", "arrays", "looked_at", "place_of")

    def __init__(self, encoder: LinearEncoder, arrays: MeaningArrays, allowed: NDArray[np.bool_] | None = None) -> None:
        entities = arrays.entities
        self._encoder = encoder
        self.arrays = arrays
        self.allowed = np.ones(len(entities), dtype=np.bool_) if allowed is None else allowed
        self.looked_at = ceil(_LOOKED_AT * len(entities))
        self.place_of = np.full(int(entities.max(initial=-1)) + 1, -1, dtype=np.int32)
        self.place_of[entities] = np.arange(len(entities), dtype=np.int32)

    def vectors(self, keys: Sequence[str]) -> _Array:
        """Return the vectors of folded texts, texts x dimensions."""
        return self._encoder.encode_folded(keys)

    def knows(self, language: str | None) -> bool:
        """Whether the encoder has learned labels of a language; None is any."""
        return language is None or language in self._encoder.languages

    def joined(
        self, keys: Sequence[str], alike: AlikeRows, prominence: Prominence, *, each: int, most: int
    ) -> FoundRows:
        """Return the entities that look like each folded text or mean the same, one row each, the best `most` first.

        `each` entities are looked at for their centres, as many of those that look most alike, and the aliases of as
        many of both.
        """
        vectors = self._encoder.encode_folded(keys)
        return FoundRows(*join_views(alike, vectors, *self._joined_arrays(prominence), (each, most), VIEW_WEIGHTS))

    def arrays_beside(self, prominence: Prominence) -> tuple[EncoderArrays, CentreArrays, AliasArrays, EntityArrays]:
        """Return what `classifiers.kernels.whole.search_rows` encodes texts by, and looks at."""
        return self._encoder.arrays, *self._joined_arrays(prominence)

    def _joined_arrays(self, prominence: Prominence) -> tuple[CentreArrays, AliasArrays, EntityArrays]:
        own = self.arrays
        groups = own.group_heads, own.group_scales, own.group_starts, self.looked_at
        return (
            (own.centres, own.directions, (own.heads, own.head_scales, own.tails), groups, self.allowed),
            (own.vectors, own.scales, own.starts, own.rows, self.place_of),
            (prominence.entities, own.entities, prominence.popularity, prominence.confidences),
        )

    def narrowed(self, allowed: NDArray[np.bool_]) -> "MeaningIndex":
        """Return an index that shares all that this one has, and finds only the entities that are allowed."""
        # Of few that may be found, none may lie in the nearest groups.
        view = self.thorough()
        view.allowed = self.allowed & allowed
        return view

    def thorough(self) -> "MeaningIndex":
        """Return an index that shares all that this one has, and looks at all groups."""
        view = copy(self)
        view.looked_at = len(self.allowed)
        return view

    def look(self, entity: int, key: str, rows: Sequence[int]) -> Meant:
        """Return how near a folded text is to an entity that had these of its alias rows alone."""
        own, place = self.arrays, self.place_of[entity]
        kept = np.isin(own.rows[own.starts[place] : own.starts[place + 1]], rows)
        vectors = self._aliases(place)[kept]
        vector = self._encoder.encode_folded([key])[0]
        cosines = vectors @ vector
        centre = unit_rows(vectors.sum(axis=0, keepdims=True))[0]
        best = int(cosines.argmax())
        row = own.rows[own.starts[place] : own.starts[place + 1]][kept][best]
        return Meant(int(row), float(cosines[best]), float(centre @ vector))

    def _aliases(self, place: int) -> _Array:
        """Return the vectors of an entity's aliases."""
        own = self.arrays
        span = slice(own.starts[place], own.starts[place + 1])
        return np.multiply(own.vectors[span], own.scales[span, None], dtype=np.float32)

    def save(self, folder: Path, *, prefix: str) -> None:
        """Write the arrays of the index as `.npy` files."""
        for name, array in self.arrays._asdict().items():
            np.save(folder / f"{prefix}.meaning.{name}.npy", array, allow_pickle=False)

    @staticmethod
    def exists(folder: Path, *, prefix: str) -> bool:
        """Whether a folder holds an index of this name."""
        return (folder / f"{prefix}.meaning.rows.npy").is_file()

    @classmethod
    def load(cls, folder: Path, encoder: LinearEncoder, *, prefix: str) -> "MeaningIndex":
        """Return the index of this name, its arrays memory-mapped; `encoder` is the one that it was made with."""
        # Plain views: every slice of a memory map itself costs a microsecond more.
        arrays = [mapped_array(folder / f"{prefix}.meaning.{name}.npy") for name in MeaningArrays._fields]
        return cls(encoder, MeaningArrays(*arrays))


def build_meaning(
    encoder: LinearEncoder, keys: Sequence[str], rows: NDArray[np.int32], entities: NDArray[np.int32]
) -> MeaningIndex:
    """Return the index of folded aliases; `rows` are their rows and `entities` their entities in the taxonomy."""
    order = np.argsort(entities, kind="stable")
    vectors = encoder.encode_folded([keys[place] for place in order])
    chosen, starts, counts = np.unique(entities[order], return_index=True, return_counts=True)
    centres = unit_rows(np.add.reduceat(vectors, starts, axis=0))
    middles, group_of = _groups(centres)
    # Group by group, and within a group as the entities come; the aliases go with their entities.
    by_group = np.argsort(group_of, kind="stable")
    moved = np.argsort(np.repeat(np.argsort(by_group), counts), kind="stable")
    order, vectors, centres = order[moved], vectors[moved], centres[by_group]
    directions = _principal_directions(vectors)
    heads = centres @ directions.T
    small, scales = _small(vectors)
    small_heads, head_scales = _small(heads)
    group_heads, group_scales = _small(middles @ directions.T)
    arrays = MeaningArrays(
        vectors=small,
        scales=scales,
        centres=centres,
        directions=directions,
        heads=small_heads,
        head_scales=head_scales,
        tails=np.sqrt(np.maximum(0, 1 - np.square(heads).sum(axis=1))).astype(np.float32),
        group_heads=group_heads,
        group_scales=group_scales,
        group_starts=_ends(np.bincount(group_of, minlength=len(middles))),
        entities=chosen[by_group].astype(np.int32),
        starts=_ends(counts[by_group]),
        rows=rows[order].astype(np.int32),
    )
    return MeaningIndex(encoder, arrays)


def _groups(centres: _Array) -> tuple[_Array, NDArray[np.intp]]:
    """Return the middles of groups of centres that lie near each other, and the group of each centre.

    Spherical k-means (Dhillon and Modha 2001), from centres at even distances in the list.
    """
    count = min(max(1, len(centres) // _GROUP_SIZE), _MOST_GROUPS)
    middles = centres[:: len(centres) // count][:count].copy()
    group_of = (centres @ middles.T).argmax(axis=1)
    for _ in range(_ROUNDS):
        sums = np.zeros_like(middles)
        np.add.at(sums, group_of, centres)
        filled = np.bincount(group_of, minlength=count) > 0
        middles[filled] = unit_rows(sums[filled])
        group_of = (centres @ middles.T).argmax(axis=1)
    return middles, group_of


def _ends(counts: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return where each of some runs begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _principal_directions(vectors: _Array) -> _Array:
    """Return the directions that vectors lie in most, directions x dimensions, each of length 1."""
    _, found = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(found[:, : -_DIRECTIONS - 1 : -1].T, dtype=np.float32)


def _small(vectors: _Array) -> tuple[NDArray[np.int8], _Array]:
    """Return vectors as 8-bit integers, and the scale of each row."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    return np.round(vectors / scales[:, None]).astype(np.int8), scales
