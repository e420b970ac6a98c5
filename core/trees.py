"""Boosted trees as plain arrays: what scikit-learn has fitted, to be kept without pickle and asked without it. Pure."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.kernels.trees import Trees, share_among_features, sum_of_leaves

Array = NDArray[np.float32]
ARRAYS: Final = ("roots", "features", "thresholds", "children", "values")
"""The fields of trees that are arrays, for those who keep them."""


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """Trees of a binary classifier, one after the other.

    `roots` are where they start; `features`, `thresholds` and `values` have a number a node, `children` are nodes x 2,
    -1 for a leaf; `baseline` is the logit that all trees add to. The value of an inner node is the mean of the leaves
    below, as often as what was learned from came to each.
    """

    roots: NDArray[np.int32]
    features: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    children: NDArray[np.int32]
    values: NDArray[np.float64]
    baseline: float

    def logits(self, columns: Array) -> NDArray[np.float64]:
        """Return the logit of each row of rows x features; no value may be missing."""
        return self.baseline + sum_of_leaves(columns, self._arrays())

    def chances(self, columns: Array) -> Array:
        """Return the chance of each row of rows x features, in (0, 1); no value may be missing."""
        return np.asarray(1 / (1 + np.exp(-self.logits(columns))), dtype=np.float32)

    def average(self) -> float:
        """Return the mean logit of what was learned from, by the trees."""
        return self.baseline + float(self.values[self.roots].sum())

    def contributions(self, columns: Array) -> NDArray[np.float64]:
        """Return what each feature adds to the average on the way to the logit of each row: rows x features.

        The sum over the steps of the paths that are decided by the feature (Saabas 2014, "Interpreting random
        forests").
        """
        return share_among_features(columns, self._arrays())

    def _arrays(self) -> Trees:
        return self.roots, self.features, self.thresholds, self.children, self.values


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
    values = every["value"].astype(np.float64)
    inner, depths = children[:, 0] >= 0, every["depth"]
    # From the deepest up, so that each node finds its children done.
    for depth in range(int(depths.max()) - 1, -1, -1):
        here = np.flatnonzero(inner & (depths == depth))
        values[here] = np.average(values[children[here]], axis=1, weights=every["count"][children[here]])
    baseline = float(np.asarray(fitted._baseline_prediction).ravel()[0])  # noqa: SLF001
    return BoostedTrees(
        roots,
        every["feature_idx"].astype(np.int32),
        every["num_threshold"].astype(np.float64),
        children,
        values,
        baseline,
    )
