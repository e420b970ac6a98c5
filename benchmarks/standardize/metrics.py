"""Measures of rankings and of probabilities, each a value a query, so that intervals can be drawn over queries."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

RESAMPLES: Final = 1_000
_RESAMPLES_AT_ONCE: Final = 50
_BINS: Final = 15
_EDGE: Final = 1e-3
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken, ours and the baseline's alike."""


def rank_of_first(scores: NDArray[np.float32], relevant: Sequence[int]) -> float:
    """Return the expected rank, from 1, of the first relevant item where equal scores come in any order.

    Among r relevant and n other items of one score, the first relevant one is expected after n / (r + 1) others.
    Infinity where nothing is relevant.
    """
    if not relevant:
        return float("inf")
    chosen = scores[list(relevant)]
    best = chosen.max()
    tied_relevant = int((chosen == best).sum())
    tied_others = int((scores == best).sum()) - tied_relevant
    return 1.0 + int((scores > best).sum()) + tied_others / (tied_relevant + 1)


def average_precision(hits: NDArray[np.bool_], relevant: int) -> float:
    """Return the average precision of a ranking, given which of its items are hits and how many there are at all."""
    if not relevant:
        return 0.0
    precisions = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precisions[hits].sum() / relevant)


def r_precision_at(hits: NDArray[np.bool_], relevant: int, *, top: int = 5) -> float:
    """Return the hits in the first `top`, out of `top` or of all relevant ones where there are fewer.

    RP@K of Decorte et al. 2022, "Design of negative sampling strategies for distantly supervised skill extraction".
    """
    return float(hits[:top].sum() / min(top, relevant)) if relevant else 0.0


def reciprocal(ranks: Values, *, cut: int | None = None) -> Values:
    """Return 1 / rank, 0 beyond `cut`."""
    values = 1.0 / ranks
    return values if cut is None else np.where(ranks <= cut, values, 0.0)


def within(ranks: Values, top: int) -> Values:
    """Return 1 where the rank is among the first `top`, which is the recall of a single right answer."""
    return (ranks <= top).astype(np.float64)


def bootstrap_interval(values: Values, *, seed: int = 1, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the bounds of the 95 % interval of the mean, by resampling the queries."""
    rng = np.random.default_rng(seed)
    means = [
        values[rng.integers(0, len(values), (min(_RESAMPLES_AT_ONCE, resamples - start), len(values)))].mean(axis=1)
        for start in range(0, resamples, _RESAMPLES_AT_ONCE)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def brier(probabilities: Values, right: Values) -> Values:
    """Return the squared error of each probability."""
    return (probabilities - right) ** 2


def log_loss(probabilities: Values, right: Values) -> Values:
    """Return minus the logarithm of the probability that was given to what happened."""
    kept = np.clip(probabilities, _EDGE, 1 - _EDGE)
    return -np.log(np.where(right > 0, kept, 1 - kept))


def reliability(probabilities: Values, right: Values, *, bins: int = _BINS) -> list[tuple[float, float, int]]:
    """Return (mean probability, share right, rows) of each bin of equal width that has rows."""
    number = np.minimum((probabilities * bins).astype(int), bins - 1)
    return [
        (float(probabilities[number == n].mean()), float(right[number == n].mean()), int((number == n).sum()))
        for n in range(bins)
        if (number == n).any()
    ]


def calibration_error(probabilities: Values, right: Values, *, bins: int = _BINS) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al. 2015)."""
    return sum(rows * abs(mean - share) for mean, share, rows in reliability(probabilities, right, bins=bins)) / len(
        probabilities
    )
