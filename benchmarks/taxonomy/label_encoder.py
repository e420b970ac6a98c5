"""A small encoder of labels that knows nothing but the labels it is given: for figures on entities it never saw.

The encoder that comes with the package has learned most labels of ESCO and O*NET as synonyms, so it cannot show how
well unknown ones are regrouped. This one is of the same kind and sharpened in the same way, from the labels of the
training entities alone; it starts from their principal directions and not from a teacher.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from classifiers.encoder.linear import encoder_scheme, unit_rows
from classifiers.hashing import hashed_counts, inverse_frequencies, weighted
from classifiers.training.contrast import Contrast, sharpen
from taxonomy.corpus.model import Encode

_FEATURES: Final = 1 << 17
_DIMENSIONS: Final = 192
_CONTRAST: Final = Contrast(epochs=4, temperature=0.07, target_weight=0.1, learning_rate=0.004, dropout=0.3)


def fit_label_encoder(
    keys: Sequence[str], owners: Sequence[frozenset[int]], *, on_epoch: Callable[[int, float], None]
) -> Encode:
    """Return an encoder of folded texts that learned which of the keys share an owner."""
    scheme = encoder_scheme(_FEATURES)
    counts = hashed_counts(keys, scheme)
    idf = inverse_frequencies(counts)
    vectors = weighted(counts, idf)
    _, _, directions = randomized_svd(vectors, _DIMENSIONS, n_iter=2, random_state=_CONTRAST.seed)
    start = np.ascontiguousarray(directions.T, dtype=np.float32)
    none = np.zeros((0, _DIMENSIONS), np.float32)
    targets = unit_rows(np.asarray(vectors @ start))
    membership = _membership(owners)
    one_group = np.zeros(membership.shape[1], np.int32)
    entities = (membership, one_group)
    weights = sharpen(start, vectors, entities, targets, (vectors[:0], none), _CONTRAST, on_epoch=on_epoch)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return unit_rows(np.asarray(weighted(hashed_counts(texts, scheme), idf) @ weights))

    return encode


def _membership(owners: Sequence[frozenset[int]]) -> "sparse.csr_matrix":
    place = {entity: column for column, entity in enumerate(sorted(frozenset().union(*owners)))}
    pairs = [(row, place[entity]) for row, entities in enumerate(owners) for entity in sorted(entities)]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    ones = np.ones(len(pairs), np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(owners), len(place)))
