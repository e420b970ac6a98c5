"""A process standardizes with the calibration that it is told, and with no damaged one."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from classifiers.standardize.calibration import SHIPPED, load_calibration
from classifiers.standardize.opener import chosen_calibration, linking_policy
from core.artefact import sealed_json
from core.errors import InvalidError
from taxonomy.model import EntityType


def test_without_a_file_it_is_the_one_that_comes_along() -> None:
    assert chosen_calibration(None) == load_calibration()


def test_a_trained_file_is_used(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(sealed_json(orjson.loads(SHIPPED.read_bytes()) | {"model_version": "mine"}))
    assert chosen_calibration(path) == replace(load_calibration(), model_version="mine")


def test_a_file_that_was_changed_or_is_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    with pytest.raises(InvalidError, match=r"calibration\.json is missing"):
        chosen_calibration(path)
    body = sealed_json(orjson.loads(SHIPPED.read_bytes()))
    path.write_bytes(body.replace(b'"model_version": "', b'"model_version": "other', 1))
    with pytest.raises(InvalidError, match="it was changed"):
        chosen_calibration(path)


def test_a_file_for_other_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(sealed_json(orjson.loads(SHIPPED.read_bytes()) | {"features": ["exact"]}))
    with pytest.raises(InvalidError, match="train it again"):
        chosen_calibration(path)


def test_each_type_may_have_a_threshold_of_its_own() -> None:
    policy = linking_policy(0.4, [("title", 0.6), ("company", 0.7)])
    assert policy.threshold_of(EntityType.TITLE) == 0.6
    assert policy.threshold_of(EntityType.COMPANY) == 0.7
    assert policy.threshold_of(EntityType.SKILL) == 0.4


def test_a_threshold_of_what_is_no_type_is_refused_with_the_types_there_are() -> None:
    with pytest.raises(InvalidError, match=r"'titel' is none of the types .*skill, title"):
        linking_policy(0.5, [("titel", 0.6)])
