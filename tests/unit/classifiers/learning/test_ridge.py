import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from classifiers.learning.ridge import fit_ridge, held_out_scores


def kernel_of(points: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.exp(points @ points.T - 1).astype(np.float32)


def made_up(count: int = 30, entities: int = 4) -> tuple[NDArray[np.float32], "sparse.csr_matrix"]:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(count, 6))
    points = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    targets = np.eye(entities, dtype=np.float32)[rng.integers(0, entities, count)]
    return kernel_of(points), sparse.csr_matrix(targets)


def test_the_fit_solves_the_regularised_equations() -> None:
    kernel, targets = made_up(count=1_100)
    noise = np.linspace(0.5, 2, len(kernel)).astype(np.float32)
    fit = fit_ridge(kernel.copy(), noise, targets)
    assert np.allclose((kernel + np.diag(noise)) @ fit.duals, targets.toarray(), atol=2e-3)
    assert np.array_equal(fit.inverse, fit.inverse.T)


def test_held_out_scores_are_those_of_a_fit_without_the_fold() -> None:
    kernel, targets = made_up()
    noise = np.full(len(kernel), 0.7, dtype=np.float32)
    folds = np.arange(20) % 3  # the last ten points are in every fit
    found = held_out_scores(fit_ridge(kernel.copy(), noise, targets), targets, folds)
    for fold in range(3):
        out = np.flatnonzero(folds == fold)
        rest = np.setdiff1d(np.arange(len(kernel)), out)
        again = fit_ridge(kernel[np.ix_(rest, rest)].copy(), noise[rest], targets[rest])
        assert np.allclose(found[out], kernel[np.ix_(out, rest)] @ again.duals, atol=1e-4)


def test_a_kernel_that_is_none_is_refused() -> None:
    kernel = np.array([[1, 5], [5, 1]], dtype=np.float32)
    with pytest.raises(ValueError, match="not positive definite"):
        fit_ridge(kernel, np.zeros(2, dtype=np.float32), sparse.csr_matrix(np.eye(2, dtype=np.float32)))
