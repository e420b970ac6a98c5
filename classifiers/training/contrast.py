"""Sharpen a linear encoder by contrast: a label shall lie nearer to the centre of its entity than to all others.

The loss of a label is the cross-entropy of its entities under a softmax of its cosines to all centres (InfoNCE, van
den Oord et al. 2018, with every entity as a negative), plus what it strays from its target. The centre of the right
entity is taken without the label itself. An entity of another source or type counts little as a negative: it may be
the very same occupation under another id. Features are dropped at random, so that no label is learned by heart; the
step is Adam's (Kingma and Ba 2015).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.linear import unit_rows

_Array = NDArray[np.float32]
_FIRST_DECAY: Final = 0.9
_SECOND_DECAY: Final = 0.999


@dataclass(frozen=True, slots=True)
class Contrast:
    """How to sharpen; `dropout` is the share of a label's features left out, `target_weight` the pull of targets.

    `other_group_weight`, above 0, is what an entity of another source or type counts among the negatives.
    """

    epochs: int = 4
    batch_size: int = 2_048
    temperature: float = 0.07
    target_weight: float = 1.0
    learning_rate: float = 0.002
    dropout: float = 0.5
    other_group_weight: float = 0.1
    seed: int = 0


class Adam:
    """Adam's moments for one array of weights."""

    def __init__(self, shape: tuple[int, ...], learning_rate: float) -> None:
        self._first = np.zeros(shape, dtype=np.float32)
        self._second = np.zeros(shape, dtype=np.float32)
        self._rate = learning_rate
        self._steps = 0

    def step(self, weights: _Array, gradient: _Array) -> None:
        """Move the weights, in place."""
        self._steps += 1
        self._first += (1 - _FIRST_DECAY) * (gradient - self._first)
        self._second += (1 - _SECOND_DECAY) * (gradient**2 - self._second)
        rate = self._rate * np.sqrt(1 - _SECOND_DECAY**self._steps) / (1 - _FIRST_DECAY**self._steps)
        weights -= np.float32(rate) * self._first / (np.sqrt(self._second) + 1e-8)


def sharpen(
    weights: _Array,
    vectors: "sparse.csr_matrix",
    entities: tuple["sparse.csr_matrix", NDArray[np.int32]],
    targets: _Array,
    words: tuple["sparse.csr_matrix", _Array],
    config: Contrast,
    *,
    on_epoch: Callable[[int, float], None] = lambda _epoch, _loss: None,
) -> _Array:
    """Return new weights (features x dimensions).

    `vectors` are labels x features, `targets` labels x dimensions; `entities` are the membership, labels x entities,
    and the group of each entity (`LabelledTexts.groups`); `words` are vectors and targets of texts that belong to no
    entity and only hold their place. `on_epoch` is told the number of the epoch and the mean cross-entropy.
    """
    membership, groups = entities
    group_of = np.eye(int(groups.max(initial=0)) + 1, dtype=np.float32)[groups]
    rng = np.random.default_rng(config.seed)
    weights = weights.copy()
    adam = Adam(weights.shape, config.learning_rate)
    aims, word_aims = unit_rows(targets), unit_rows(words[1])
    for epoch in range(config.epochs):
        encoded = unit_rows(np.asarray(vectors @ weights))
        sums = np.asarray(membership.T @ encoded)
        order = rng.permutation(vectors.shape[0])
        loss = 0.0
        for start in range(0, len(order), config.batch_size):
            rows = order[start : start + config.batch_size]
            others = rng.permutation(words[0].shape[0])[: config.batch_size // 2]
            batch = sparse.vstack([_dropped(vectors[rows], config.dropout, rng), words[0][others]]).tocsr()
            projected = np.asarray(batch @ weights)
            lengths = np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-6)
            placed = projected / lengths
            owned = membership[rows]
            foreign = (np.asarray(owned @ group_of) == 0)[:, groups]
            slope, found = _cross_entropy(placed[: len(rows)], encoded[rows], (owned, foreign), sums, config)
            loss += found
            pulled = np.vstack([slope, np.zeros((len(others), slope.shape[1]), dtype=np.float32)])
            pulled -= config.target_weight * np.vstack([aims[rows], word_aims[others]])
            # Only what turns a vector counts: its length is divided away.
            turned = (pulled - (pulled * placed).sum(axis=1, keepdims=True) * placed) / lengths / len(placed)
            adam.step(weights, np.asarray(batch.T @ turned, dtype=np.float32))
        on_epoch(epoch + 1, loss / len(order))
    return weights


def _cross_entropy(
    placed: _Array,
    encoded: _Array,
    entities: tuple["sparse.csr_matrix", NDArray[np.bool_]],
    sums: _Array,
    config: Contrast,
) -> tuple[_Array, float]:
    """Return the slope of the cross-entropy at each vector, and its sum over the labels.

    `entities` are those of each label, labels x entities, and which ones are of a group that the label is not in.
    """
    membership, foreign = entities
    centres = unit_rows(sums)
    scores = placed @ centres.T
    pairs: Any = membership.tocoo()
    # Without itself: else a label of an entity of few labels would find itself in the centre.
    alone = unit_rows(sums[pairs.col] - encoded[pairs.row])
    scores[pairs.row, pairs.col] = (placed[pairs.row] * alone).sum(axis=1)
    scores /= config.temperature
    scores[foreign] += np.float32(np.log(config.other_group_weight))
    scores -= scores.max(axis=1, keepdims=True)
    likely = np.exp(scores)
    likely /= likely.sum(axis=1, keepdims=True)
    share = 1.0 / np.maximum(np.diff(membership.indptr), 1)
    right = likely[pairs.row, pairs.col]
    loss = float(-(share[pairs.row] * np.log(np.maximum(right, 1e-9))).sum())
    likely[pairs.row, pairs.col] -= share[pairs.row]
    return np.asarray(likely @ centres / config.temperature, dtype=np.float32), loss


def _dropped(vectors: "sparse.csr_matrix", share: float, rng: np.random.Generator) -> "sparse.csr_matrix":
    """Return rows in which a share of the features counts nothing."""
    kept = vectors.copy()
    kept.data = kept.data * (rng.random(kept.nnz) >= share)
    return kept
