"""The pair classifier: the log-odds that two phrases mean the same are a sum of one curve a feature.

A generalised additive model (Hastie and Tibshirani 1986): each curve is piecewise linear, fitted by logistic
regression on hat functions, so that the contribution of every feature is read off its curve, and the sum is
calibrated on pairs like those that it was fitted on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer

from core.artefact import sealed_json, verify_sealed
from core.errors import InvalidError
from taxonomy.synonyms.evidence import Evidence
from taxonomy.synonyms.model import Floats

_KIND: Final = "synonym-pairs"
_FORMAT: Final = 1
_MOST_LOG_ODDS: Final = 12.0
_LEAST_RANGE: Final = 1e-3
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class PairPolicy:
    """How the curves are fitted.

    `knots` is the points of a curve, equally spaced; `penalty_inverse` how freely they may bend (the C of logistic
    regression); `iterations` the most steps; `most_pairs` the most pairs learned from, a random sample of more.
    """

    knots: int = 8
    penalty_inverse: float = 1.0
    iterations: int = 300
    most_pairs: int = 250_000


@dataclass(frozen=True, slots=True)
class PairModel:
    """A curve for each feature, as points (feature values, log-odds), and the log-odds of an average pair."""

    names: tuple[str, ...]
    knots: tuple[tuple[float, ...], ...]
    heights: tuple[tuple[float, ...], ...]
    intercept: float

    def contributions(self, values: Floats) -> NDArray[np.float64]:
        """Return what each feature adds to the log-odds of each pair: pairs x features, for such values."""
        columns = [
            np.interp(values[:, column], knots, heights)
            for column, (knots, heights) in enumerate(zip(self.knots, self.heights, strict=True))
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((len(values), 0))

    def log_odds(self, evidence: Evidence) -> NDArray[np.float64]:
        """Return the log-odds of each pair.

        Raises:
            InvalidError: where the features are others than the model was fitted on.
        """
        if evidence.names != self.names and len(evidence.pairs):
            raise InvalidError(f"the pair model knows {', '.join(self.names)}; given were {', '.join(evidence.names)}")
        total = np.full(len(evidence.pairs), self.intercept)
        for column, (knots, heights) in enumerate(zip(self.knots, self.heights, strict=True)):
            if len(total):
                total += np.interp(evidence.values[:, column], knots, heights)
        return np.asarray(np.clip(total, -_MOST_LOG_ODDS, _MOST_LOG_ODDS))

    def probabilities(self, evidence: Evidence) -> NDArray[np.float64]:
        """Return the calibrated probability that each pair means the same."""
        return np.asarray(expit(self.log_odds(evidence)))

    def explain(self, values: Floats) -> dict[str, float]:
        """Return the contribution of each feature to the log-odds of one pair, the weightiest first."""
        found = self.contributions(values.reshape(1, -1))[0]
        order = sorted(range(len(found)), key=lambda column: (-abs(found[column]), column))
        return {self.names[column]: round(float(found[column]), 3) for column in order}


def fit_pairs(
    parts: Sequence[tuple[Evidence, NDArray[np.bool_]]], policy: PairPolicy | None = None, *, seed: int
) -> PairModel:
    """Fit the curves on blocked pairs of labelled phrases; each part is blocked by itself and says which are the same.

    Raises:
        InvalidError: without pairs of both kinds, and for parts of different features.
    """
    chosen = policy or PairPolicy()
    used = [(evidence, same) for evidence, same in parts if len(evidence.pairs)]
    same = np.concatenate([part for _, part in used]) if used else np.zeros(0, bool)
    if not same.any() or same.all():
        raise InvalidError("a pair classifier needs pairs that mean the same and pairs that do not")
    names = used[0][0].names
    if any(evidence.names != names for evidence, _ in used):
        raise InvalidError("all parts that a pair classifier learns from need the same features")
    values = np.concatenate([evidence.values for evidence, _ in used])
    rows = np.random.default_rng(seed).permutation(len(values))[: chosen.most_pairs]
    return _fitted(names, values[rows], same[rows], chosen)


def _fitted(names: tuple[str, ...], values: Floats, same: NDArray[np.bool_], policy: PairPolicy) -> PairModel:
    low = values.min(axis=0).astype(np.float64)
    # A constant feature gets a range all the same.
    high = np.maximum(values.max(axis=0), low + _LEAST_RANGE)
    knots = np.linspace(low, high, policy.knots)
    splines = SplineTransformer(knots=knots, degree=1, extrapolation="constant", sparse_output=True)
    basis = splines.fit_transform(values)
    regression = LogisticRegression(C=policy.penalty_inverse, max_iter=policy.iterations, tol=_TOLERANCE)
    regression.fit(basis, same)
    # A hat function is 1 at its own knot, so its coefficient is the height of the curve there.
    heights = regression.coef_.reshape(len(names), policy.knots)
    means = [float(np.interp(values[:, n], knots[:, n], heights[n]).mean()) for n in range(len(names))]
    return PairModel(
        names,
        tuple(tuple(float(knot) for knot in row) for row in knots.T),
        tuple(tuple(float(h - mean) for h in row) for row, mean in zip(heights, means, strict=True)),
        float(regression.intercept_[0] + sum(means)),
    )


def save_pair_model(model: PairModel, path: Path) -> None:
    """Write a model as one JSON file that carries its SHA-256."""
    body: dict[str, Any] = {
        "kind": _KIND,
        "format": _FORMAT,
        "names": model.names,
        "knots": model.knots,
        "heights": model.heights,
        "intercept": model.intercept,
    }
    path.write_bytes(sealed_json(body))


def load_pair_model(path: Path) -> PairModel:
    """Return a model that was saved.

    Raises:
        InvalidError: where the file is missing, was changed, or is of another kind.
    """
    verify_sealed(path)
    body: Mapping[str, Any] = orjson.loads(path.read_bytes())
    if (body.get("kind"), body.get("format")) != (_KIND, _FORMAT):
        raise InvalidError(f"{path} holds no pair model of format {_FORMAT}")
    return PairModel(
        tuple(body["names"]),
        tuple(tuple(row) for row in body["knots"]),
        tuple(tuple(row) for row in body["heights"]),
        float(body["intercept"]),
    )
