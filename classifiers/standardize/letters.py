"""How alike texts are by their letters, in a language of which the taxonomy has few labels or none. Pure.

What is rare in such a language the texts themselves tell best: n-grams inside words are weighted by their inverse
frequency among the texts that are compared with, and the length of these counts less than a cosine lets it (pivoted
length normalisation: Singhal, Buckley and Mitra 1996).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.hashing import FeatureScheme, hashed_counts, inverse_frequencies, weighted

_SCHEME: Final = FeatureScheme(1 << 18, ngram_lengths=(2, 3, 4), word_weight=0)
_SLOPE: Final = 0.7
"""How much of its own length divides a text; the rest is the mean length of all."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """Texts to compare others with: `rows` are texts x features, and `frequencies` how rare each feature is here."""

    rows: "sparse.csr_matrix"
    frequencies: NDArray[np.float32]

    def likeness(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return how alike folded texts are to these, in [0, 1]: texts x these."""
        asked = weighted(hashed_counts(keys, _SCHEME), self.frequencies)
        return np.asarray(np.minimum((asked @ self.rows.T).toarray(), 1.0), dtype=np.float32)


def lettered(keys: Sequence[str]) -> Lettered:
    """Return folded texts as they are compared with others."""
    counts = hashed_counts(keys, _SCHEME)
    frequencies = inverse_frequencies(counts)
    values = (1 + np.log(counts.data)) * frequencies[counts.indices]
    rows = sparse.csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float32).ravel())
    mean = float(lengths[lengths > 0].mean()) if (lengths > 0).any() else 1.0
    pivoted = 1 / ((1 - _SLOPE) * mean + _SLOPE * lengths)
    return Lettered(sparse.csr_matrix(sparse.diags(pivoted.astype(np.float32)) @ rows), frequencies)
