"""How much a context says of its sense: the concentration of the mixture, fitted where the truth is known."""

import random
from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from core.errors import InvalidError
from taxonomy.senses.contexts import ContextSpace, unit
from taxonomy.senses.model import Contexts, SensePolicy
from taxonomy.senses.splitting import throw_together

_MOST_CONCENTRATION: Final = 60.0


def fit_concentration(
    contexts: Contexts, space: ContextSpace, policy: SensePolicy, *, seed: int, pairs: int = 100
) -> float:
    """Return the concentration with the least log-loss on pseudo-words: half the contexts place the centres.

    Raises:
        InvalidError: where fewer than two phrases have contexts enough.
    """
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    phrases = sorted(phrase for phrase, some in contexts.items() if len(some) >= policy.min_contexts)
    if len(phrases) < 2:
        raise InvalidError(f"senses need two phrases of {policy.min_contexts} contexts")
    found = []
    for _ in range(pairs):
        drawn = throw_together(contexts, rng.sample(phrases, 2), policy.max_contexts, rng)
        vectors, source = space.vectors(drawn.contexts), np.array(drawn.source)
        half = np.arange(len(source)) % 2 == 0
        centres = unit(np.stack([vectors[half & (source == side)].mean(axis=0) for side in (0, 1)]))
        right_first = np.stack([source[~half], 1 - source[~half]], axis=1)
        found.append(np.take_along_axis(vectors[~half] @ centres.T, right_first, axis=1))
    cosines = np.concatenate(found).astype(np.float64)
    best = minimize_scalar(
        lambda value: -log_softmax(value * cosines, axis=1)[:, 0].mean(),
        bounds=(0.0, _MOST_CONCENTRATION),
        method="bounded",
    )
    return float(best.x)
