"""Kernel ridge regression onto entities, and what it would have said of texts that it had not seen. Pure.

A text's score for an entity is the mean of a Gaussian process whose observations are 1 where a text was labelled
with the entity and 0 elsewhere, each with a noise of its own (Rasmussen and Williams 2006, equation 2.25).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from classifiers.learning.views import Array, Weights

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True, slots=True)
class RidgeConfig:
    """A ridge: the weights of the views, and exp(sharpness (cosine - 1)) as kernel.

    The noises say how little a labelled text and an entity's own labels are to be trusted.
    """

    name: str
    weights: Weights
    sharpness: float
    text_noise: float
    label_noise: float


@dataclass(frozen=True, slots=True)
class RidgeFit:
    """`inverse` is (kernel + noise)^-1, points x points; `duals` is that times the targets, points x entities."""

    inverse: Array
    duals: Array


def kernel_of(likeness: Array, ridge: RidgeConfig) -> Array:
    """Return the kernel of a ridge, in place of the cosines blended by its weights.

    An exponential of a kernel is one too.
    """
    kernel = likeness
    kernel -= 1
    kernel *= np.float32(ridge.sharpness)
    return np.exp(kernel, out=kernel)


def fit_ridge(kernel: Array, noise: Array, targets: "sparse.csr_matrix") -> RidgeFit:
    """Return the fit of points x entities targets; the kernel is overwritten, for it may fill gigabytes.

    Raises:
        ValueError: where the kernel is not positive definite, even with the noise added.
    """
    kernel[np.diag_indices_from(kernel)] += noise
    factor, failed = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    if failed:
        raise ValueError(f"the kernel is not positive definite at point {failed - 1}")
    half, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = _mirrored(half)
    return RidgeFit(inverse, np.ascontiguousarray((targets.T @ inverse).T))


def held_out_scores(fit: RidgeFit, targets: "sparse.csr_matrix", folds: NDArray[np.int64]) -> Array:
    """Return what the points of each fold would score had the fold been left out, without fitting again.

    `folds` is a number for each of the first points, which are scored; points after them are never left out. For
    the points S of a fold the scores are y - inv(C_SS) a_S, where C is the inverse and a the duals: the block form
    of leave-one-out (Rasmussen and Williams 2006, equation 5.12).
    """
    scores = np.zeros((len(folds), fit.duals.shape[1]), dtype=np.float32)
    for fold in np.unique(folds):
        points = np.flatnonzero(folds == fold)
        residual = np.linalg.solve(fit.inverse[np.ix_(points, points)], fit.duals[points])
        scores[points] = targets[points].toarray() - residual
    return scores


def sample_of(count: int, *, most: int, seed: int) -> NDArray[np.intp]:
    """Return which of the texts are learned from, in order: all, or a random sample where there are too many."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def _mirrored(lower: Array) -> Array:
    """Fill the upper triangle of a matrix, in place, with its lower one."""
    step = 1024
    for start in range(0, len(lower), step):
        block = slice(start, start + step)
        square = np.tril(lower[block, block])
        lower[block, block] = square + np.tril(square, -1).T
        lower[block, start + step :] = lower[start + step :, block].T
    return lower
