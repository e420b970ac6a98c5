"""A compiled taxonomy of which only some entities can be found: it answers as if it held no others, and copies nothing.

The search is narrowed before it chooses the best, so that it finds as many candidates as ever where there are any.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.phrases import phrase_marks
from taxonomy.model import EntityType

_Mask = NDArray[np.bool_]


def narrowed(taxonomy: CompiledTaxonomy, allowed: _Mask) -> CompiledTaxonomy:
    """Return a view of a taxonomy in which only the `allowed` entities can be found; it says so for each of them."""
    rows = allowed[taxonomy.alias_entities]
    titles = rows & (taxonomy.types.codes == taxonomy.types.code_of(EntityType.TITLE))[taxonomy.alias_entities]
    by_key, phrases = taxonomy.rows_by_key, taxonomy.phrases
    return replace(
        taxonomy,
        rows_by_key=by_key.narrowed(rows),
        phrases=phrases.marked(phrase_marks(by_key.any_of(rows), by_key.any_of(titles), phrases.with_signs)),
        indexes={kind: index.narrowed(rows[index.rows]) for kind, index in taxonomy.indexes.items()},
        meanings={kind: index.narrowed(allowed[index.arrays.entities]) for kind, index in taxonomy.meanings.items()},
    )
