"""From the evidence of a candidate to a probability that it is right: logistic regression, explained by its terms."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from classifiers.standardize.features import FEATURES, Evidence
from classifiers.standardize.model import Confidence
from core.errors import InvalidError
from taxonomy.model import EntityType

SHIPPED = Path(__file__).parent / "calibration.json"
"""The calibration that comes with the package; `canonym train calibration` makes it again."""

MAX_CONFIDENCE = 0.99
"""Only a person's judgement is worth more."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients of the features, an intercept, and an offset for each type; all in log-odds."""

    model_version: str
    intercept: float
    coefficients: tuple[float, ...]
    type_offsets: dict[EntityType, float]
    running_text: dict[EntityType, float]
    running_text_default: float
    running_case_mismatch: float

    def confidence(self, evidence: Evidence) -> Confidence:
        """Return the calibrated probability that a candidate is right."""
        log_odds = self.intercept + self.type_offsets.get(evidence.type, 0.0)
        for feature, weight in zip(FEATURES, self.coefficients, strict=True):
            log_odds += weight * feature(evidence)
        if evidence.running_text:
            log_odds += self.running_text.get(evidence.type, self.running_text_default)
            log_odds += 0.0 if evidence.case_matches else self.running_case_mismatch
        probability = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))
        return Confidence(min(MAX_CONFIDENCE, probability))

    def contributions(self, evidence: Evidence) -> list[tuple[str, float]]:
        """Return what each feature adds to the log-odds, in the order of the features."""
        terms = [("prior", self.intercept + self.type_offsets.get(evidence.type, 0.0))]
        terms += [
            (feature.__name__, weight * feature(evidence))
            for feature, weight in zip(FEATURES, self.coefficients, strict=True)
        ]
        if evidence.running_text:
            terms.append(("running_text", self.running_text.get(evidence.type, self.running_text_default)))
            if not evidence.case_matches:
                terms.append(("running_case_mismatch", self.running_case_mismatch))
        return terms


def load_calibration(path: Path = SHIPPED) -> Calibration:
    """Return the calibration in a JSON file.

    Raises:
        InvalidError: where the file is damaged, or was made for other features than this code has.
    """
    try:
        body: dict[str, Any] = orjson.loads(path.read_bytes())
        names, coefficients = list(body["features"]), tuple(float(c) for c in body["coefficients"])
        offsets = {EntityType(name): float(value) for name, value in body["type_offsets"].items()}
        calibration = Calibration(
            model_version=str(body["model_version"]),
            intercept=float(body["intercept"]),
            coefficients=coefficients,
            type_offsets=offsets,
            running_text={EntityType(name): float(value) for name, value in body["running_text"].items()},
            running_text_default=float(body["running_text_default"]),
            running_case_mismatch=float(body["running_case_mismatch"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidError(f"{path} is not a calibration: {error}") from error
    expected = [feature.__name__ for feature in FEATURES]
    if names != expected:
        raise InvalidError(f"{path} was made for the features {names}; this code has {expected}: train it again")
    return calibration
