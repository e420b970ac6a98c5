"""How many candidates are asked for changes how many there are, and nothing else."""

import math
import random
from pathlib import Path

import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.calibration import MAX_CONFIDENCE, load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

WHERE = (
    *("ward", "staff", "night", "school", "theatre", "clinic", "home", "ship"),
    *("senior", "head", "hotel", "train", "day", "forest", "court", "bank"),
)
WHO = (
    *("nurse", "carer", "midwife", "doctor", "porter", "cook", "clerk", "driver"),
    *("guard", "guide", "teacher", "trainer", "keeper", "ranger", "usher", "teller"),
)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    """A taxonomy of 256 titles that look alike."""
    rng = random.Random(1)
    entities = []
    for where in WHERE:
        for who in WHO:
            names = dict.fromkeys([f"{where} {who}", *(f"{rng.choice(WHERE)} {where} {who}" for _ in range(4))])
            aliases = tuple(Alias(name, "en", AliasKind.SYNONYM, "test") for name in names)
            source = SourceId("test", f"{where}-{who}")
            entities.append(Entity(f"title_{where}_{who}", EntityType.TITLE, f"{where} {who}", (source,), aliases))
    folder: Path = tmp_path_factory.mktemp("crowded")
    save(compile_snapshot(Snapshot(1, tuple(entities))), folder, load_encoder())
    return Standardizer(load(folder, load_encoder()), load_calibration(), load_seniority())


def test_the_best_candidate_is_the_same_however_many_are_asked_for(crowded: Standardizer) -> None:
    rng = random.Random(2)
    for _ in range(200):
        text = " ".join((rng.choice(WHERE), rng.choice(WHERE), f"{rng.choice(WHO)}s", rng.choice(WHO)))
        query = Query(text, EntityType.TITLE)
        alone, *others = (crowded.standardize(query, top=top).mentions for top in (1, 2, 5))
        for mentions in others:
            assert [mention.candidates[:1] for mention in mentions] == [mention.candidates for mention in alone], text


def test_no_candidate_is_surer_than_one_before_it_and_its_explanation_says_so(crowded: Standardizer) -> None:
    rng = random.Random(3)
    held_back = 0
    for _ in range(200):
        text = " ".join((rng.choice(WHERE), rng.choice(WHERE), f"{rng.choice(WHO)}s"))
        (plain,) = crowded.standardize(Query(text, EntityType.TITLE)).mentions
        (mention,) = crowded.standardize(Query(text, EntityType.TITLE, options=AnswerOptions(explain=True))).mentions
        confidences = [candidate.confidence for candidate in plain.candidates]
        assert confidences == sorted(confidences, reverse=True), text
        assert confidences == pytest.approx([candidate.confidence for candidate in mention.candidates], abs=1e-12)
        for candidate in mention.candidates:
            assert candidate.explanation is not None
            told = 1 / (1 + math.exp(-candidate.explanation.log_odds))
            assert candidate.confidence == pytest.approx(min(MAX_CONFIDENCE, told))
            held_back += any(one.term == "after_a_better_one" for one in candidate.explanation.contributions)
    assert held_back
