from pathlib import Path

import numpy as np
import orjson
import pytest

from classifiers.standardize.calibration import SHIPPED, load_calibration
from classifiers.standardize.features import FEATURES, Evidence
from classifiers.training.calibration import expected_calibration_error
from core.errors import InvalidError
from taxonomy.model import AliasKind, EntityType


def evidence(*, exact: bool, similarity: float, rivals: int = 0) -> Evidence:
    return Evidence(
        type=EntityType.TITLE,
        exact=exact,
        similarity=similarity,
        meaning=similarity,
        centre=similarity,
        score=similarity,
        lead=0.15,
        kind=AliasKind.SYNONYM,
        alias_confidence=1.0,
        rivals=rivals,
        query_tokens=("software", "engineer"),
        alias_tokens=("software", "engineer") if exact else ("software", "enginer"),
        popularity_lead=0.0,
    )


def test_every_feature_has_public_documentation() -> None:
    assert all(feature.__doc__ and len(feature.__doc__) > 20 for feature in FEATURES)


def test_more_similar_is_more_confident_and_rivals_take_confidence_away() -> None:
    calibration = load_calibration()
    low = calibration.confidence(evidence(exact=False, similarity=0.4))
    high = calibration.confidence(evidence(exact=False, similarity=0.9))
    exact = calibration.confidence(evidence(exact=True, similarity=1.0))
    shared = calibration.confidence(evidence(exact=True, similarity=1.0, rivals=2))
    assert low < high
    assert shared < exact < 1.0


def test_the_contributions_add_up_to_the_confidence() -> None:
    calibration = load_calibration()
    item = evidence(exact=False, similarity=0.7)
    log_odds = sum(value for _, value in calibration.contributions(item))
    assert calibration.confidence(item) == pytest.approx(1 / (1 + np.exp(-log_odds)))


def test_a_calibration_for_other_features_is_refused(tmp_path: Path) -> None:
    body = orjson.loads(SHIPPED.read_bytes())
    body["features"] = body["features"][::-1]
    path = tmp_path / "calibration.json"
    path.write_bytes(orjson.dumps(body))
    with pytest.raises(InvalidError, match="train it again"):
        load_calibration(path)


def test_the_calibration_error_of_honest_probabilities_is_small_and_of_boasts_large() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.random(50_000)
    honest = (rng.random(50_000) < probabilities).astype(int)
    assert expected_calibration_error(probabilities, honest) < 0.01
    assert expected_calibration_error(np.full(1_000, 0.9), np.zeros(1_000)) == pytest.approx(0.9)
