"""Whether the contexts of a phrase fall into two meanings: split by spherical 2-means, then judged.

Any contexts can be split, and most phrases keep company of several kinds in one meaning. What a split between two
meanings looks like is learned from pseudo-words (Gale, Church and Yarowsky 1992): the contexts of two phrases thrown
together are such a split, those of one phrase are not. So the data itself says how many senses there are.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from core.errors import InvalidError
from taxonomy.senses.contexts import ContextSpace
from taxonomy.senses.model import Context, Contexts, Floats, SensePolicy

FEATURES: Final[dict[str, str]] = {
    "cosine of centres": "Cosine of the mean vectors of both sides.",
    "separation": "Distance of the means along their line, in standard deviations (Ashman et al. 1994).",
    "explained": "Share of the variance that lies between the sides.",
    "explained beyond chance": "The same over what halving one normal cloud of this shape explains.",
    "company in common": "Cosine of how often both sides have each token, rare ones counting more.",
    "near ones alike": "Share of the five nearest contexts of each that are on its side.",
    "gap": "Mean cosine within the sides less that between them.",
    "balance": "Share of the contexts on the smaller side.",
    "second direction": "Variance in the second direction over that in the first.",
}
"""What a split is judged by."""

Sides = NDArray[np.int64]
_NEAR: Final = 5
_TINY: Final = 1e-9
_LEAST_PHRASES: Final = 8
_RAREST_SENSE: Final = 0.2


@dataclass(frozen=True, slots=True)
class SplitModel:
    """Logistic regression over standardized features: the probability that a split separates two meanings."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def contributions(self, features: Sequence[float]) -> dict[str, float]:
        """Return what each feature adds to the log-odds."""
        rows = zip(FEATURES, features, self.means, self.deviations, self.weights, strict=True)
        return {name: weight * (value - mean) / deviation for name, value, mean, deviation, weight in rows}

    def probability(self, features: Sequence[float]) -> float:
        """Return the calibrated probability."""
        log_odds = self.intercept + sum(self.contributions(features).values())
        return 1 / (1 + exp(-max(-30.0, min(30.0, log_odds))))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Contexts thrown together, and which phrase each is of."""

    contexts: tuple[Context, ...]
    source: tuple[int, ...]


def split(vectors: Floats, *, trials: int, seed: int) -> Sides | None:
    """Return the side, 0 or 1, of each row of length 1; None where all rows are the same."""
    if len(vectors) < 2 or np.allclose(vectors, vectors[0], atol=1e-6):
        return None
    sides = KMeans(2, n_init=trials, random_state=seed).fit(vectors).labels_.astype(np.int64)
    return sides if 0 < sides.sum() < len(sides) else None


def judge(vectors: Floats, weights: "object", sides: Sides) -> tuple[float, ...]:
    """Return the features of a split; `weights` is the sparse contexts x tokens of `ContextSpace.weights`."""
    one, other = vectors[sides == 0], vectors[sides == 1]
    line = one.mean(axis=0) - other.mean(axis=0)
    places = vectors @ line
    spread = np.sqrt(places[sides == 0].var() + places[sides == 1].var() + _TINY)
    separation = abs(places[sides == 0].mean() - places[sides == 1].mean()) * np.sqrt(2) / spread
    centred = vectors - vectors.mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False).astype(np.float64) ** 2
    total = variances.sum() + _TINY
    within = ((one - one.mean(axis=0)) ** 2).sum() + ((other - other.mean(axis=0)) ** 2).sum()
    explained = 1 - float(within) / total
    cosines = vectors @ vectors.T
    same = sides[:, None] == sides
    np.fill_diagonal(cosines, -np.inf)
    near = np.argpartition(-cosines, min(_NEAR, len(sides) - 1) - 1, axis=1)[:, :_NEAR]
    apart = ~np.eye(len(sides), dtype=bool)
    values = (
        _cosine(one.mean(axis=0), other.mean(axis=0)),
        min(float(separation), 20.0),
        explained,
        explained / (2 / pi * variances[0] / total + _TINY),
        _cosine(*(np.asarray(weights[sides == side].mean(axis=0)).ravel() for side in (0, 1))),  # type: ignore[index]
        float((sides[near] == sides[:, None]).mean()),
        _mean(cosines[same & apart]) - _mean(cosines[~same]),
        min(len(one), len(other)) / len(sides),
        float(variances[1] / (variances[0] + _TINY)) if len(variances) > 1 else 0.0,
    )
    return tuple(map(float, values))


def fit_splits(
    contexts: Contexts,
    space: ContextSpace,
    policy: SensePolicy,
    *,
    seed: int,
    pairs: int = 200,
    on_step: Callable[[str], None] = lambda _step: None,
) -> SplitModel:
    """Learn from pseudo-words of pairs of phrases, and from as many phrases alone, what separates meanings.

    Raises:
        InvalidError: where fewer than eight phrases have contexts enough.
    """
    phrases = sorted(phrase for phrase, found in contexts.items() if len(found) >= policy.min_contexts)
    if len(phrases) < _LEAST_PHRASES:
        raise InvalidError(f"senses need {_LEAST_PHRASES} phrases of {policy.min_contexts} contexts; {len(phrases)} do")
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    on_step(f"learning from {pairs:,} pseudo-words what separates meanings")
    features, several = [], []
    for number in range(2 * pairs):
        chosen = rng.sample(phrases, 2) if number % 2 else [rng.choice(phrases)]
        # Senses are seldom equally frequent.
        share = rng.uniform(_RAREST_SENSE, 0.5)
        shares = [share, 1 - share] if len(chosen) == 2 else []
        drawn = throw_together(contexts, chosen, policy.max_contexts, rng, shares=shares)
        vectors = space.vectors(drawn.contexts)
        sides = split(vectors, trials=policy.trials, seed=seed)
        if sides is not None:
            features.append(judge(vectors, space.weights(drawn.contexts), sides))
            several.append(len(chosen) == 2)
    return _fitted(np.array(features), np.array(several))


def throw_together(
    contexts: Contexts, phrases: Sequence[str], most: int, rng: random.Random, *, shares: Sequence[float] = ()
) -> Drawn:
    """Return contexts of each phrase, at most `most` in all, as many of each or in these shares."""
    parts = shares or [1 / len(phrases)] * len(phrases)
    whole = min(most, *(int(len(contexts[phrase]) / part) for phrase, part in zip(phrases, parts, strict=True)), most)
    some = [
        (context, n)
        for n, (phrase, part) in enumerate(zip(phrases, parts, strict=True))
        for context in rng.sample(list(contexts[phrase]), min(round(whole * part), len(contexts[phrase])))
    ]
    return Drawn(tuple(context for context, _ in some), tuple(n for _, n in some))


def _fitted(features: NDArray[np.float64], several: NDArray[np.bool_]) -> SplitModel:
    if not len(several) or several.all() or not several.any():
        raise InvalidError("senses cannot be learned: the contexts of each phrase are all the same")
    means, deviations = features.mean(axis=0), features.std(axis=0) + _TINY
    regression = LogisticRegression(max_iter=1_000).fit((features - means) / deviations, several)
    return SplitModel(
        tuple(means.tolist()),
        tuple(deviations.tolist()),
        tuple(regression.coef_[0].tolist()),
        float(regression.intercept_[0]),
    )


def _cosine(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + _TINY))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
