"""How much each feature counts when one candidate is chosen among those of an entity.

A conditional logit (McFadden 1974): the probability of a candidate is a softmax over the candidates of its entity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist
from scipy.optimize import minimize

_COMPARED: Final = 30
_OWN: Final = 0.6
"""What the probability of a candidate itself counts beside how much it is like the others."""
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of one entity, candidates x features, and how good each is, in [0, 1]; `weight` of the entity."""

    features: Array
    goodness: Array
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ChoiceModel:
    """Weights of standardised features."""

    weights: Array
    centre: Array
    scale: Array

    def probabilities(self, features: Array) -> Array:
        """Return the probability that each candidate is the best one; they sum to 1."""
        if not len(features):
            return np.zeros(0)
        return _softmax((features - self.centre) / self.scale @ self.weights)


def decided(texts: Sequence[str], chances: Array) -> list[int]:
    """Return the places of the likeliest candidates, the one first that is likely and most like the likely ones.

    Minimum Bayes risk (Kumar and Byrne 2004) with letters in common as the gain: where no candidate is likely to be
    right, the one is taken that would be nearly right most often.
    """
    likely = np.argsort(-chances, kind="stable")[:_COMPARED]
    some, weights = [texts[place] for place in likely], chances[likely]
    gains = cdist(some, some, scorer=Indel.normalized_similarity, dtype=np.float64) @ weights + _OWN * weights
    return [int(likely[place]) for place in np.argsort(-gains, kind="stable")]


def learn_choice(choices: Sequence[Choice], *, penalty: float = 1.0) -> ChoiceModel:
    """Return the weights under which good candidates are likely; deterministic."""
    stacked = np.concatenate([choice.features for choice in choices])
    centre, scale = stacked.mean(axis=0), np.maximum(stacked.std(axis=0), 1e-6)
    tables = [(choice.features - centre) / scale for choice in choices]
    targets = [choice.goodness / choice.goodness.sum() for choice in choices]
    heavy = [choice.weight for choice in choices]

    def loss(weights: Array) -> tuple[float, Array]:
        value, slope = penalty * float(weights @ weights) / 2, penalty * weights
        for table, target, weight in zip(tables, targets, heavy, strict=True):
            chances = _softmax(table @ weights)
            value -= weight * float(target @ np.log(np.maximum(chances, 1e-12)))
            slope = slope + weight * (table.T @ (chances - target))
        return value, slope

    found = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return ChoiceModel(np.asarray(found.x), centre, scale)


def _softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
