"""Where a text stands in the taxonomy: the entities that it could mean, and what is said of those. Pure.

A text is read as the entities of a type whose meaning is nearest, each with a share; what they are, need and belong
to, weighted by the shares, are the text's surroundings. It is query expansion by pseudo relevance feedback (Rocchio
1971) with entities as documents.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.linear import unit_rows
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.hierarchy import Hierarchy
from classifiers.standardize.match import CENTRE_WEIGHT
from classifiers.standardize.meaning import Prominence
from classifiers.standardize.ngrams import AlikeRows
from taxonomy.model import EntityType

_NEAREST: Final = 8
"""Entities that a text is read as."""
_SHARPNESS: Final = 10.0
"""How much more the nearest entity counts than one that is farther: a softmax of this many times the score."""
_LENDERS: Final = 5
"""Nearest other entities whose needs are lent to each entity."""
_LENT_SHARPNESS: Final = 20.0
_CELLS: Final = 16_000_000
"""Cosines between entities that are held at once: 64 MB."""
_Array = NDArray[np.float32]


class Around(NamedTuple):
    """Surroundings of texts, a row each, of length 1, or 0 where nothing is known.

    `centres` are of what they mean, `needs` of what that needs (entities by place, rare ones weigh more; None where
    the taxonomy says it of nothing), `groups` of what it belongs to.
    """

    centres: _Array
    needs: "sparse.csr_matrix | None"
    groups: _Array


class TaxonomySurroundings:
    """Reads texts of one type as entities of a taxonomy."""

    def __init__(self, taxonomy: CompiledTaxonomy, kind: EntityType) -> None:
        self._meaning = taxonomy.meanings[kind].thorough()
        self._prominence = Prominence(taxonomy.alias_entities, taxonomy.popularity, taxonomy.alias_confidences)
        centres, entities = self._meaning.arrays.centres, self._meaning.arrays.entities
        needs = _needs(taxonomy.needs, entities)
        self._needs = _with_lent(needs, centres) if needs.nnz else None
        self._groups = _groups(taxonomy.hierarchy, entities, centres)

    def of(self, keys: list[str]) -> Around:
        """Return the surroundings of folded texts."""
        shares = self._shares(keys)
        return Around(
            unit_rows(np.asarray(shares @ self._meaning.arrays.centres, dtype=np.float32)),
            None if self._needs is None else _unit(shares @ self._needs),
            unit_rows(np.asarray(shares @ self._groups, dtype=np.float32)),
        )

    def _shares(self, keys: list[str]) -> "sparse.csr_matrix":
        """Return how much each text is read as each entity, texts x places; the shares of a text add up to 1."""
        nothing = np.zeros((len(keys), 0))
        nowhere = AlikeRows(np.zeros(len(keys), dtype=np.int64), nothing.astype(np.int32), nothing.astype(np.float32))
        found = self._meaning.joined(keys, nowhere, self._prominence, each=_NEAREST, most=_NEAREST)
        known = np.arange(found.rows.shape[1]) < found.counts[:, None]
        texts, columns = np.nonzero(known & ~np.isnan(found.meanings))
        scores = (found.meanings + CENTRE_WEIGHT * found.centres)[texts, columns]
        best = np.full(len(keys), -np.inf, dtype=np.float32)
        np.maximum.at(best, texts, scores)
        weights = np.exp(_SHARPNESS * (scores - best[texts]))
        totals = np.bincount(texts, weights, minlength=len(keys))
        places = self._meaning.place_of[self._prominence.entities[found.rows[texts, columns]]]
        shape = (len(keys), len(self._meaning.arrays.entities))
        return sparse.csr_matrix((weights / totals[texts], (texts, places)), shape=shape, dtype=np.float32)


def _needs(edges: Hierarchy, entities: NDArray[np.int32]) -> "sparse.csr_matrix":
    """Return what each entity needs, places x entities of the taxonomy, rows of length 1; what few need weighs more."""
    rows, needed = edges.edges_of(entities)
    size = len(edges.starts) - 1
    needing = max(1, len(np.unique(rows)))
    rarity = np.log1p(needing / np.maximum(1, np.bincount(needed, minlength=size)))
    return _unit(sparse.csr_matrix((rarity[needed], (rows, needed)), shape=(len(entities), size), dtype=np.float32))


def _with_lent(needs: "sparse.csr_matrix", centres: _Array) -> "sparse.csr_matrix":
    """Return needs, and as much of those of the nearest other entities: sources know of very different ones."""
    having = np.flatnonzero(np.diff(needs.indptr) > 0)
    lenders = min(_LENDERS, len(having) - 1)
    if lenders < 1:
        return needs
    lent: list[sparse.csr_matrix] = []
    lending, at_once = centres[having], max(1, _CELLS // len(having))
    for start in range(0, len(centres), at_once):
        cosines = centres[start : start + at_once] @ lending.T
        cosines[np.arange(start, start + len(cosines))[:, None] == having] = -1.0
        nearest = np.argpartition(-cosines, lenders - 1, axis=1)[:, :lenders]
        scores = np.take_along_axis(cosines, nearest, axis=1)
        weights = np.exp(_LENT_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        shares = (weights / weights.sum(axis=1, keepdims=True)).ravel()
        where = (np.repeat(np.arange(len(cosines)), lenders), having[nearest].ravel())
        shape = (len(cosines), len(centres))
        lent.append(sparse.csr_matrix((shares, where), shape=shape, dtype=np.float32) @ needs)
    return _unit(needs + sparse.vstack(lent, format="csr"))


def _groups(hierarchy: Hierarchy, entities: NDArray[np.int32], centres: _Array) -> _Array:
    """Return the direction of the groups of each entity, places x dimensions; 0 where it belongs to none."""
    rows, parents = hierarchy.edges_of(entities)
    groups, columns = np.unique(parents, return_inverse=True)
    ones = np.ones(len(columns), dtype=np.float32)
    belongs = sparse.csr_matrix((ones, (rows, columns)), shape=(len(entities), len(groups)), dtype=np.float32)
    middle = unit_rows(np.asarray(belongs.T @ centres, dtype=np.float32))
    return unit_rows(np.asarray(belongs @ middle, dtype=np.float32))


def _unit(rows: "sparse.csr_matrix") -> "sparse.csr_matrix":
    """Return rows scaled to length 1; a row of zeros stays."""
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    scaled: sparse.csr_matrix = sparse.diags(scale.astype(np.float32)) @ rows
    return scaled
