"""From the evidence of a candidate to a probability that it is right: logistic regression, explained by its terms."""

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

from classifiers.standardize.features import FEATURES, Evidence, feature_values
from classifiers.standardize.model import Confidence
from core.errors import InvalidError
from taxonomy.model import EntityType

SHIPPED = Path(__file__).parent / "calibration.json"
"""The calibration that comes with the package; `canonym train calibration` makes it again."""

MAX_CONFIDENCE = 0.99
"""Only a person's judgement is worth more."""

_LEAST: Final = 1e-9
_STEEPEST: Final = 30.0


TERMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "prior": "How often a candidate is right of which nothing else is known.",
        **FEATURES,
        "correction": "What makes the sum of the terms above agree with how often such candidates were right.",
        "running_text": "Running text names less of what it happens to spell than a field does.",
        "running_case_mismatch": "A short alias or an abbreviation that stands in running text in another letter case.",
        "misspelt": "A word of the text that nothing knows is read as one that it may be a slip of.",
        "another_reading": "The value is read another way than the surest, with more or fewer of its words.",
        "place_elsewhere": "The value goes on with a region or a country that the place does not lie in.",
        "after_a_better_one": "No candidate is surer than one that scores higher.",
        "sense_in_context": "The context may speak of another sense: the confidence times p(sense | context).",
    }
)
"""Every term of a confidence, in the order of the contributions, with its public documentation."""


@dataclass(frozen=True, slots=True)
class LogOdds:
    """An intercept and the coefficients of the features, then a curve that corrects their sum.

    The curve is given at some sums, `raw`, in rising order, by the log-odds that were found there, `found`; between
    two of them it is a straight line, and beyond the ends it goes on in parallel with the sum.
    """

    intercept: float
    coefficients: tuple[float, ...]
    raw: tuple[float, ...] = (0.0,)
    found: tuple[float, ...] = (0.0,)

    def raw_sum(self, evidence: Evidence) -> float:
        """Return the sum that the curve corrects."""
        total: float = sum(map(mul, self.coefficients, feature_values(evidence)), self.intercept)
        return total

    def corrected(self, total: float) -> float:
        """Return the corrected log-odds of a sum."""
        after = bisect_left(self.raw, total)
        if after == 0:
            return self.found[0] + total - self.raw[0]
        if after == len(self.raw):
            return self.found[-1] + total - self.raw[-1]
        x, next_x, y, next_y = *self.raw[after - 1 : after + 1], *self.found[after - 1 : after + 1]
        return y + (next_y - y) * (total - x) / (next_x - x)


@dataclass(frozen=True, slots=True)
class Regimes:
    """What the features are worth for aliases to the letter, and for aliases that only look alike or mean the same."""

    exact: LogOdds
    alike: LogOdds


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the features are worth for each type, in log-odds; `default` serves types that had too few examples."""

    model_version: str
    by_type: dict[EntityType, Regimes]
    default: Regimes
    running_text: dict[EntityType, float]
    running_text_default: float
    running_case_mismatch: float
    misspelt: dict[EntityType, float]
    misspelt_default: float

    def confidence(self, evidence: Evidence) -> Confidence:
        """Return the calibrated probability that a candidate is right."""
        model = self._model(evidence)
        total = model.corrected(model.raw_sum(evidence))
        if evidence.running_text:
            total += self.running_text.get(evidence.type, self.running_text_default)
            total += 0.0 if evidence.case_matches else self.running_case_mismatch
        return Confidence(min(MAX_CONFIDENCE, probability_of(total)))

    def if_misspelt(self, confidence: float, kind: EntityType) -> Confidence:
        """Return the confidence of a candidate that was found by another text: one that the given one is a slip of."""
        return Confidence(probability_of(log_odds(confidence) + self.misspelt.get(kind, self.misspelt_default)))

    def regimes(self, kind: EntityType) -> Regimes:
        """Return what the features are worth for aliases of a type."""
        return self.by_type.get(kind, self.default)

    def contributions(self, evidence: Evidence) -> list[tuple[str, float]]:
        """Return what each term adds to the log-odds of the confidence, in the order of `TERMS`."""
        model = self._model(evidence)
        terms = [("prior", model.intercept)]
        terms += [
            (name, weight * value)
            for name, weight, value in zip(FEATURES, model.coefficients, feature_values(evidence), strict=True)
        ]
        total = sum(value for _, value in terms)
        terms.append(("correction", model.corrected(total) - total))
        if evidence.running_text:
            terms.append(("running_text", self.running_text.get(evidence.type, self.running_text_default)))
            if not evidence.case_matches:
                terms.append(("running_case_mismatch", self.running_case_mismatch))
        return terms

    def _model(self, evidence: Evidence) -> LogOdds:
        regimes = self.regimes(evidence.type)
        return regimes.exact if evidence.exact else regimes.alike


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability in [0, 1], finite at both ends."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def probability_of(odds: float) -> float:
    """Return the probability of some log-odds."""
    return 1.0 / (1.0 + math.exp(-max(-_STEEPEST, min(_STEEPEST, odds))))


def load_calibration(path: Path = SHIPPED) -> Calibration:
    """Return the calibration in a JSON file.

    Raises:
        InvalidError: where the file is damaged, or was made for other features than this code has.
    """
    try:
        body: dict[str, Any] = orjson.loads(path.read_bytes())
        names, expected = list(body["features"]), list(FEATURES)
        if names != expected:
            raise InvalidError(f"{path} was made for the features {names}; this code has {expected}: train it again")
        if "misspelt" not in body:
            raise InvalidError(f"{path} says nothing of misspelt words, as older ones do: train it again")
        calibration = Calibration(
            model_version=str(body["model_version"]),
            by_type={EntityType(name): _regimes(models) for name, models in body["types"].items()},
            default=_regimes(body["default"]),
            running_text={EntityType(name): float(value) for name, value in body["running_text"].items()},
            running_text_default=float(body["running_text_default"]),
            running_case_mismatch=float(body["running_case_mismatch"]),
            misspelt={EntityType(name): float(value) for name, value in body["misspelt"].items()},
            misspelt_default=float(body["misspelt_default"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidError(f"{path} is not a calibration: {error}") from error
    return calibration


def _regimes(models: dict[str, Any]) -> Regimes:
    return Regimes(_log_odds(models["exact"]), _log_odds(models["alike"]))


def _log_odds(model: dict[str, Any]) -> LogOdds:
    coefficients = tuple(float(model["coefficients"][name]) for name in FEATURES)
    raw, found = (tuple(float(value) for value in model["curve"][name]) for name in ("raw", "found"))
    if not raw or len(raw) != len(found) or any(a >= b for a, b in pairwise(raw)):
        raise ValueError("the curve needs rising sums, each with the log-odds found there")
    return LogOdds(float(model["intercept"]), coefficients, raw, found)
