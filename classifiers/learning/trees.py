"""Boosted trees as plain arrays: what scikit-learn has fitted, to be kept without pickle and asked without it. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.trees import sum_of_leaves
from classifiers.learning.views import Array


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """Trees of a binary classifier, one after the other.

    `roots` are where they start; `features`, `thresholds` and `values` have a number a node, `children` are nodes x 2,
    -1 for a leaf; `baseline` is the logit that all trees add to.
    """

    roots: NDArray[np.int32]
    features: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    children: NDArray[np.int32]
    values: NDArray[np.float64]
    baseline: float

    def chances(self, columns: Array) -> Array:
        """Return the chance of each row of rows x features, in (0, 1); no value may be missing."""
        logits = self.baseline + sum_of_leaves(
            columns, self.roots, self.features, self.thresholds, self.children, self.values
        )
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def trees_of(fitted: Any) -> BoostedTrees:  # noqa: ANN401 - scikit-learn is untyped
    """Return the trees of a `HistGradientBoostingClassifier` of two classes whose features are numbers."""
    # The library shows its trees nowhere else.
    nodes = [predictor.nodes for (predictor,) in fitted._predictors]  # noqa: SLF001
    sizes = np.array([len(some) for some in nodes])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    every = np.concatenate(nodes)
    shift = np.repeat(roots, sizes).astype(np.int64)
    both = np.stack([every["left"].astype(np.int64), every["right"].astype(np.int64)], axis=1) + shift[:, None]
    children = np.where(every["is_leaf"].astype(bool)[:, None], -1, both).astype(np.int32)
    baseline = float(np.asarray(fitted._baseline_prediction).ravel()[0])  # noqa: SLF001
    return BoostedTrees(
        roots,
        every["feature_idx"].astype(np.int32),
        every["num_threshold"].astype(np.float64),
        children,
        every["value"].astype(np.float64),
        baseline,
    )
