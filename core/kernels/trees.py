"""Compiled loops over boosted trees. Pure."""

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled


@compiled
def sum_of_leaves(
    columns: NDArray[np.float32],
    roots: NDArray[np.int32],
    features: NDArray[np.int32],
    thresholds: NDArray[np.float64],
    children: NDArray[np.int32],
    values: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the sum over all trees of the value of the leaf that each row comes to.

    `columns` is rows x features. A node's value of its feature goes left where it is not above the threshold; the
    children are nodes x 2, of which 0 is left, and negative for a leaf. `roots` are the nodes that trees start at.
    """
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
def share_among_features(
    columns: NDArray[np.float32],
    roots: NDArray[np.int32],
    features: NDArray[np.int32],
    thresholds: NDArray[np.float64],
    children: NDArray[np.int32],
    values: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what each feature adds to each row on its way through all trees: rows x features.

    `values` are those of inner nodes too: the mean of the leaves below. Each step adds the change of the value to the
    feature that the step was decided by, so that a row's sum is that of its leaves less that of the roots.
    """
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
