"""How likely it is that people would prefer exactly this translation: a logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein
from sklearn.linear_model import LogisticRegression

from taxonomy.translation.candidates import FEATURES as RANKED
from taxonomy.translation.candidates import Asked, Candidate
from taxonomy.translation.rank import Array

_TAKEN: Final = (
    "copied",
    "guessed",
    "score",
    "own",
    "votes",
    "alternative",
    "form",
    "letters",
    "covered",
    "explained",
    "length",
    "meaning",
    "all_meanings",
    "like_neighbours",
    "first_word",
    "last_word",
)
FEATURES: Final = ("probability", "margin", "back", "words", *_TAKEN)
"""`probability` is the logit of the choice, `margin` its distance to the next, `back` how much the translation back is
like a label of the entity, `words` the length of the source; the others are those of candidates. Kinds follow."""
_PLACES: Final = [RANKED.index(name) for name in _TAKEN]
_EDGE: Final = 1e-4
_STRENGTH: Final = 0.1
_EVEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Confidence:
    """Weights of standardised features; `kinds` get one more feature each."""

    kinds: tuple[str, ...]
    weights: Array
    intercept: float
    centre: Array
    scale: Array

    def contributions(self, row: Array) -> Array:
        """Return what each feature adds to the logit of the confidence."""
        return np.asarray((row - self.centre) / self.scale * self.weights)

    def probability(self, row: Array) -> float:
        """Return the probability that the translation is exactly right."""
        logit = self.intercept + float(self.contributions(row).sum())
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def confidence_row(
    asked: Asked, chosen: Candidate, chances: tuple[float, float], *, back: str, kinds: Sequence[str]
) -> Array:
    """Return the values of `FEATURES` and of the kinds for a candidate; `chances` are its own and the best other."""
    first = float(np.clip(chances[0], _EDGE, 1 - _EDGE))
    second = float(np.clip(chances[1], _EDGE, 1))
    likeness = max((Levenshtein.normalized_similarity(back, label.lower()) for label in asked.labels), default=0.0)
    values = [log(first / (1 - first)), log(first / second), likeness, float(len(asked.labels[0].split()))]
    values += [chosen.values[place] for place in _PLACES]
    return np.array([*values, *(float(kind == asked.kind) for kind in kinds)])


def learn_confidence(rows: Sequence[Array], right: Sequence[bool], kinds: Sequence[str]) -> Confidence:
    """Learn the probability of being right; where all were right or none, it is the share alone."""
    table, answers = np.array(rows), np.array(right)
    centre, scale = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    if answers.all() or not answers.any():
        share = (answers.sum() + _EVEN) / (len(answers) + 1)
        return Confidence(tuple(kinds), np.zeros(table.shape[1]), log(share / (1 - share)), centre, scale)
    model = LogisticRegression(C=_STRENGTH, max_iter=1_000).fit((table - centre) / scale, answers)
    return Confidence(tuple(kinds), model.coef_[0], float(model.intercept_[0]), centre, scale)
