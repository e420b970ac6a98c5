"""What children with known parents say of others: votes, the nearest and the mean of a parent's children. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from taxonomy.arrange.model import ArrangePolicy
from taxonomy.arrange.views import Matrix

Rows = NDArray[np.int64]
_NOBODY: Final = -0.2
"""The likeness to the children of a parent that has none: below that of unrelated children."""


@dataclass(frozen=True, slots=True)
class Known:
    """Children whose parents are known: their rows, and known children x parents with 1 for each edge."""

    rows: Rows
    edges: sp.csr_matrix

    @property
    def sizes(self) -> Matrix:
        """Return how many known children each parent has."""
        return np.asarray(self.edges.sum(axis=0), dtype=np.float32).ravel()

    def without(self, children: NDArray[np.bool_], parents: NDArray[np.bool_]) -> tuple["Known", Rows]:
        """Return what stays known without some children and parents, and the places of those that stay."""
        edges = sp.csr_matrix(self.edges @ sp.diags((~parents).astype(np.float32)))
        stay = np.flatnonzero(~children & (np.asarray(edges.sum(axis=1)).ravel() > 0))
        kept = edges[stay]
        kept.eliminate_zeros()
        return Known(self.rows[stay], kept), stay


class Siblings:
    """The known children as voters."""

    def __init__(self, known: Known, policy: ArrangePolicy) -> None:
        self._edges, self._policy = known.edges, policy
        self._columns = known.edges.tocsc()
        self._used = np.flatnonzero(np.diff(self._columns.indptr))
        self._sizes = known.sizes

    def votes(self, likeness: Matrix) -> Matrix:
        """Return the square roots of the shares of votes; `likeness` is rows x known children."""
        size = min(self._policy.neighbours, likeness.shape[1])
        nearest = np.argpartition(-likeness, size - 1, axis=1)[:, :size]
        weights = np.maximum(np.take_along_axis(likeness, nearest, axis=1), 0.0) ** self._policy.sharpness
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        spread = sp.csr_matrix(
            (weights.ravel(), nearest.ravel(), np.arange(0, nearest.size + 1, size)), shape=likeness.shape
        )
        return np.sqrt(np.asarray((spread @ self._edges).toarray(), dtype=np.float32))

    def nearest(self, likeness: Matrix) -> Matrix:
        """Return the likeness to the nearest child of each parent."""
        found = np.full((len(likeness), len(self._sizes)), _NOBODY, dtype=np.float32)
        if len(self._used):
            starts = self._columns.indptr[self._used]
            found[:, self._used] = np.maximum.reduceat(likeness[:, self._columns.indices], starts, axis=1)
        return found

    def mean(self, likeness: Matrix) -> Matrix:
        """Return the mean likeness to the children of each parent."""
        sums = np.asarray((self._edges.T @ likeness.T).T, dtype=np.float32)
        return np.where(self._sizes > 0, sums / np.maximum(self._sizes, 1.0), np.float32(_NOBODY))


class Ridge:
    """Kernel ridge regression of edges on likeness (Rifkin and Lippert, "Notes on Regularized Least Squares", 2007).

    It learns from `policy.ridge_nodes` known children at most; `likeness` is known children x known children.
    """

    def __init__(self, known: Known, chosen: Rows, likeness: Matrix, policy: ArrangePolicy) -> None:
        self._chosen = chosen
        kernel = np.maximum(likeness, 0.0) ** 2
        kernel[np.diag_indices_from(kernel)] = 1.0 + policy.ridge
        targets = np.asarray(known.edges[chosen].toarray(), dtype=np.float32)
        self._weights = np.linalg.solve(kernel, targets)

    def scores(self, likeness: Matrix) -> Matrix:
        """Return a score for each parent, near 1 for likely ones; `likeness` is rows x known children."""
        return np.asarray(np.maximum(likeness[:, self._chosen], 0.0) ** 2 @ self._weights, dtype=np.float32)


def sampled(count: int, policy: ArrangePolicy) -> Rows:
    """Return which of the known children a ridge learns from, in order."""
    return np.sort(np.random.default_rng(policy.seed).permutation(count)[: policy.ridge_nodes])


def level_sums(scores: Matrix, groups: Sequence[sp.csr_matrix]) -> list[Matrix]:
    """Return, for each level and each parent, the sum of the scores of all parents in its group there."""
    return [np.asarray((scores @ group) @ group.T, dtype=np.float32) for group in groups]
