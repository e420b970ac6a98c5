"""Compiled loop over boosted trees. Pure."""

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.compiling import compiled


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
