"""Which pairs of phrases are worth a look: nearest vectors, characters in common, initials.

All pairs of n phrases are n squared; these are some tens for each phrase.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

from taxonomy.synonyms.model import BlockingPolicy, Floats, Pairs, Rows, Space

_NGRAMS: Final = (2, 4)
_CELLS_AT_ONCE: Final = 1 << 24
_LONGEST_ACRONYM: Final = 6


def spelling_vectors(keys: Sequence[str]) -> "sparse.csr_matrix":
    """Return TF-IDF vectors of character n-grams inside words, phrases x n-grams, rows of length 1."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=_NGRAMS, sublinear_tf=True, dtype=np.float32)
    return sparse.csr_matrix(vectorizer.fit_transform(keys))


def nearest(vectors: Floats, count: int) -> Rows:
    """Return the nearest other rows of each row by inner product, nearest first: rows x at most `count`."""
    rows = len(vectors)
    kept = min(count, rows - 1)
    found = np.zeros((rows, max(kept, 0)), dtype=np.int64)
    step = max(1, _CELLS_AT_ONCE // max(rows, 1))
    for start in range(0, rows if kept > 0 else 0, step):
        scores = vectors[start : start + step] @ vectors.T
        here = np.arange(len(scores))
        scores[here, here + start] = -np.inf
        best = np.argpartition(-scores, kept - 1, axis=1)[:, :kept]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found[start : start + step] = np.take_along_axis(best, order, axis=1)
    return found


def block(
    keys: Sequence[str],
    spelling: "sparse.csr_matrix",
    neighbours: Mapping[Space, Rows],
    policy: BlockingPolicy,
) -> Pairs:
    """Return the pairs to compare: lookalikes, neighbours of every space, and texts with what they abbreviate."""
    alike = sp_matmul_topn(
        spelling, spelling.T.tocsr(), top_n=policy.lookalikes + 1, threshold=policy.lookalike_cosine
    ).tocoo()
    short, long = _acronyms(keys, policy.acronym_phrases)
    lefts, rights = [alike.row.astype(np.int64), short], [alike.col.astype(np.int64), long]
    for near in neighbours.values():
        kept = near[:, : policy.neighbours]
        lefts.append(np.repeat(np.arange(len(kept)), kept.shape[1]))
        rights.append(kept.ravel())
    return _pairs(np.concatenate(lefts), np.concatenate(rights), len(keys))


def initials(key: str) -> str:
    """Return the first letters of the words of a phrase."""
    return "".join(word[0] for word in key.split())


def _acronyms(keys: Sequence[str], most: int) -> tuple[Rows, Rows]:
    """Return rows of single words and rows of the phrases whose initials they are."""
    phrases: defaultdict[str, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        if " " in key:
            phrases[initials(key)].append(row)
    found = [
        (row, phrase)
        for row, key in enumerate(keys)
        if 1 < len(key) <= _LONGEST_ACRONYM and 0 < len(phrases.get(key, ())) <= most
        for phrase in phrases[key]
    ]
    rows = np.array(found, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _pairs(left: Rows, right: Rows, count: int) -> Pairs:
    low, high = np.minimum(left, right), np.maximum(left, right)
    codes = np.unique((low * count + high)[low < high])
    return Pairs(codes // max(count, 1), codes % max(count, 1))
