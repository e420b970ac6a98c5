"""Posting lists: which aliases have a feature, and with which weight. Pure.

Aliases are cut into parts of `PART`, and so is each list. A search adds up part by part, so its totals stay in the
processor's nearest caches, and a place within a part takes two bytes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.kernels.search import PART, WEIGHT_ONE


class PostingLists(NamedTuple):
    """Features x aliases, sparse: weights in [0, 1], with an error of 8e-6 at most.

    The postings of feature f in part p are `starts[f, p]` to before `starts[f, p + 1]`; `members` are places within the
    part, `values` weights in units of 1 / 65,535.
    """

    starts: NDArray[np.int32]
    members: NDArray[np.uint16]
    values: NDArray[np.uint16]

    def as_matrix(self, aliases: int) -> "sparse.csr_matrix":
        """Return the lists as a matrix of features x `aliases`."""
        features, parts = self.starts.shape[0], self.starts.shape[1] - 1
        part_of = np.repeat(np.tile(np.arange(parts), features), np.diff(self.starts, axis=1).ravel())
        starts = np.append(self.starts[:, 0], self.starts[-1, -1])
        weights = self.values.astype(np.float32) / np.float32(WEIGHT_ONE)
        return sparse.csr_matrix((weights, self.members + part_of * PART, starts), shape=(features, aliases))


def posting_lists(postings: "sparse.csr_matrix") -> PostingLists:
    """Return the lists of a matrix of features x aliases, of weights in [0, 1]."""
    features, aliases = postings.shape
    parts = max(1, -(-aliases // PART))
    part_of, members = np.divmod(postings.indices, PART)
    cells = np.repeat(np.arange(features, dtype=np.int64), np.diff(postings.indptr)) * parts + part_of
    counts = np.bincount(cells, minlength=features * parts).reshape(features, parts)
    starts = np.concatenate(
        [postings.indptr[:-1, None], postings.indptr[:-1, None] + np.cumsum(counts, axis=1)], axis=1
    )
    values = np.round(postings.data * WEIGHT_ONE).astype(np.uint16)
    return PostingLists(starts.astype(np.int32), members.astype(np.uint16), values)
