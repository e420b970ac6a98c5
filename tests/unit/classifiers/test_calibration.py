from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from classifiers.kernels.scoring import share_of
from classifiers.standardize.calibration import SHIPPED, load_calibration
from classifiers.standardize.features import FEATURES, Evidence, feature_values
from classifiers.standardize.rarity import SAME_WORDS, Words
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
        share=share_of(similarity, np.array([similarity, similarity - 0.15]), np.zeros(2, dtype=np.bool_)),
        kind=AliasKind.SYNONYM,
        alias_confidence=1.0,
        rivals=rivals,
        query_tokens=("software", "engineer"),
        words=SAME_WORDS if exact else Words(0.5, 1.0, 0.0, 0.5, 1.0, 0.0),
        popularity_lead=0.0,
    )


def test_every_feature_has_public_documentation() -> None:
    assert all(len(documentation) > 20 for documentation in FEATURES.values())


def test_features_of_an_alias_that_is_alike() -> None:
    item = evidence(exact=False, similarity=0.9, rivals=3)._replace(kind=AliasKind.ABBREVIATION, popularity_lead=0.1)
    assert {name: value for name, value in named(item).items() if value} == pytest.approx(
        {
            "similarity": 0.9,
            "similarity_squared": 0.81,
            "meaning": 0.9,
            "meaning_squared": 0.81,
            "centre": 0.9,
            "margin": 0.15,
            "clear_margin": 0.05,
            "blend": 0.9,
            "blend_high": 0.1,
            "popularity_lead": np.tanh(1.0),
            "abbreviation": 1.0,
            "query_coverage": 0.5,
            "alias_coverage": 0.5,
            "tokens": 1 / 3,
            "share": 1 / (1 + np.exp(25 * (0.7 - 0.9)) + np.exp(25 * -0.15)),
            "text_slip": 1.0,
            "alias_slip": 1.0,
        }
    )


def test_features_of_an_alias_to_the_letter_that_others_share() -> None:
    item = evidence(exact=True, similarity=1.0, rivals=3)._replace(
        kind=AliasKind.CANONICAL, meaning=None, query_tokens=("r",), alias_confidence=0.75
    )
    assert {name: value for name, value in named(item).items() if value} == pytest.approx(
        {
            "similarity": 1.0,
            "similarity_squared": 1.0,
            "meaningless": 1.0,
            "shared": 1.0,
            "rivals": np.log(3),
            "canonical": 1.0,
            "query_coverage": 1.0,
            "alias_coverage": 1.0,
            "single_short_token": 1.0,
            "tokens": 1 / 6,
            "alias_doubt": 0.25,
        }
    )


def named(item: Evidence) -> dict[str, float]:
    return dict(zip(FEATURES, feature_values(item), strict=True))


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


def test_an_older_calibration_is_refused(tmp_path: Path) -> None:
    body = orjson.loads(SHIPPED.read_bytes())
    del body["misspelt"]
    path = tmp_path / "calibration.json"
    path.write_bytes(orjson.dumps(body))
    with pytest.raises(InvalidError, match=r"says nothing of misspelt words.*train it again"):
        load_calibration(path)


def test_what_another_spelling_finds_is_doubted() -> None:
    calibration = replace(load_calibration(), misspelt={EntityType.SKILL: -2.0}, misspelt_default=-1.0)
    assert calibration.if_misspelt(0.5, EntityType.TITLE) == pytest.approx(1 / (1 + np.exp(1)))
    assert calibration.if_misspelt(0.5, EntityType.SKILL) == pytest.approx(1 / (1 + np.exp(2)))
    assert calibration.if_misspelt(0.0, EntityType.SKILL) < 1e-8


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
