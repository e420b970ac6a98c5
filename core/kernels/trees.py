"""Compiled loops over boosted trees. Pure."""

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled

Trees = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]
"""Nodes that trees start at; by node its feature, threshold, children (nodes x 2, negative for a leaf) and value."""


@compiled
def sum_of_leaves(columns: NDArray[np.float32], trees: Trees) -> NDArray[np.float64]:
    """Return the sum over all trees of the value of the leaf that each row comes to.

    `columns` is rows x features. A value of a node's feature goes left, to the first child, where it is not above the
    threshold.
    """
    roots, features, thresholds, children, values = trees
    found = np.zeros(len(columns), dtype=np.float64)
    for row in range(len(columns)):
        total = 0.0
        for root in roots:
            node = root
            while children[node, 0] >= 0:
                node = children[node, 0 if columns[row, features[node]] <= thresholds[node] else 1]
            total += values[node]
        found[row] = total
    return found


@compiled
def share_among_features(columns: NDArray[np.float32], trees: Trees) -> NDArray[np.float64]:
    """Return what each feature adds to each row on its way through all trees: rows x features.

    The values are those of inner nodes too: the mean of the leaves below. Each step adds the change of the value to the
    feature that the step was decided by, so that a row's sum is that of its leaves less that of the roots.
    """
    roots, features, thresholds, children, values = trees
    found = np.zeros(columns.shape, dtype=np.float64)
    for row in range(len(columns)):
        for root in roots:
            node = root
            while children[node, 0] >= 0:
                feature = features[node]
                child = children[node, 0 if columns[row, feature] <= thresholds[node] else 1]
                found[row, feature] += values[child] - values[node]
                node = child
    return found
