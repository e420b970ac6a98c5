from pathlib import Path

import numpy as np
import pytest

from classifiers.encoder.linear import LinearEncoder, load_encoder
from classifiers.learning.evidence import EntityLabels
from classifiers.learning.labelled import LabelledConfig, LabelledRanker, fit_labelled
from classifiers.learning.store import FORMAT, KIND, StoredRanker, load_ranker, save_ranker
from classifiers.standardize.readings import load_seniority
from core.artefact import write_manifest
from core.errors import InvalidError

LABELS = EntityLabels(("software developer", "programmer", "nurse", "baker"), np.array([0, 0, 1, 2], dtype=np.int32))
IDS = ("title/1", "title/2", "title/3")
FEW_ROUNDS = LabelledConfig(rounds=20)
ASKED = ["code wizard in Lyon", "ward angel", "senior bread artist (Bonn)", "", "programmer"]


@pytest.fixture(scope="module")
def encoder() -> LinearEncoder:
    return load_encoder()


def fitted(encoder: LinearEncoder, count: int) -> LabelledRanker:
    names = ("code wizard", "ward angel", "bread artist")
    texts = [f"{names[place % 3]} {place // 3}" for place in range(count)]
    entities = [place % 3 for place in range(count)]
    return fit_labelled(texts, entities, LABELS, encoder, seniority=load_seniority(), config=FEW_ROUNDS)


@pytest.mark.parametrize("count", [30, 240])
def test_what_was_saved_scores_as_before(encoder: LinearEncoder, tmp_path: Path, count: int) -> None:
    ranker = fitted(encoder, count)
    save_ranker(StoredRanker(ranker, IDS), tmp_path / "ranker", details={"texts": count})
    again = load_ranker(tmp_path / "ranker", encoder)
    assert again.entity_ids == IDS
    assert (again.ranker.learned.trees is None) == (count < 200)
    assert again.ranker.learned.config == ranker.learned.config
    assert again.ranker.learned.views.seniority == load_seniority()
    assert np.allclose(again.ranker.scores(ASKED), ranker.scores(ASKED), atol=1e-6)


def test_a_damaged_file_and_another_encoder_are_refused(encoder: LinearEncoder, tmp_path: Path) -> None:
    save_ranker(StoredRanker(fitted(encoder, 30), IDS), tmp_path, details={})
    other = LinearEncoder(
        np.zeros((8, 2), dtype=np.int8), np.ones(2, dtype=np.float32), np.ones(8, dtype=np.float32), name="other"
    )
    with pytest.raises(InvalidError, match="learned with the encoder"):
        load_ranker(tmp_path, other)
    path = tmp_path / "points_meaning.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InvalidError, match=r"points_meaning\.npy does not match"):
        load_ranker(tmp_path, encoder)


def test_ids_that_are_too_few_are_refused(encoder: LinearEncoder, tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="2 ids for 3 entities"):
        save_ranker(StoredRanker(fitted(encoder, 30), IDS[:2]), tmp_path, details={})


def test_a_ranker_of_the_format_before_is_refused(encoder: LinearEncoder, tmp_path: Path) -> None:
    save_ranker(StoredRanker(fitted(encoder, 30), IDS), tmp_path, details={})
    write_manifest(tmp_path, kind=KIND, format=FORMAT - 1, details={})
    with pytest.raises(InvalidError, match="is labelled-ranker format 1; needed is labelled-ranker format 2"):
        load_ranker(tmp_path, encoder)
