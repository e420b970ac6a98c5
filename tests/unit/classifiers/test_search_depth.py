"""How many candidates are asked for changes how many there are, and nothing else."""

import math
import random

import pytest

from benchmarks.standardize.taxonomies import compiled_snapshot, standardizer_of
from classifiers.standardize.calibration import MAX_CONFIDENCE
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.model import AnswerOptions, Query
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
    return standardizer_of(compiled_snapshot(Snapshot(1, tuple(entities)), tmp_path_factory.mktemp("crowded")))


def test_the_best_candidate_is_the_same_however_many_are_asked_for(crowded: Standardizer) -> None:
    rng = random.Random(2)
    for _ in range(200):
        text = " ".join((rng.choice(WHERE), rng.choice(WHERE), f"{rng.choice(WHO)}s", rng.choice(WHO)))
        query = Query(text, EntityType.TITLE)
        alone, *others = (crowded.standardize(query, top=top).mentions for top in (1, 2, 5))
        for mentions in others:
            assert [mention.candidates[:1] for mention in mentions] == [mention.candidates for mention in alone], text


@pytest.fixture(scope="module")
def in_common(tmp_path_factory: pytest.TempPathFactory) -> CompiledTaxonomy:
    """A taxonomy of titles of twelve sources, of which many have a name in common."""
    rng = random.Random(5)
    entities = []
    for number in range(120):
        source = f"source {number % 12}"
        names = dict.fromkeys(f"{rng.choice(WHERE[:6])} {rng.choice(WHO[:6])}" for _ in range(6))
        aliases = tuple(Alias(name, "en", AliasKind.SYNONYM, source) for name in names)
        source_id = SourceId(source, str(number))
        entities.append(Entity(f"title_{number}", EntityType.TITLE, next(iter(names)), (source_id,), aliases))
    return compiled_snapshot(Snapshot(1, tuple(entities)), tmp_path_factory.mktemp("in_common"))


@pytest.mark.parametrize("options", [AnswerOptions(), AnswerOptions(explain=True)])
def test_what_is_asked_together_changes_no_answer(in_common: CompiledTaxonomy, options: AnswerOptions) -> None:
    rng = random.Random(6)
    texts = [f"{rng.choice(WHERE[:6])} {rng.choice(WHO[:8])}s" for _ in range(100)]
    # One that many entities have to the letter, beside each that is only alike.
    batches = [[Query(text, EntityType.TITLE, options=options) for text in (one, "ward nurse")] for one in texts]
    for batch in batches:
        together, apart = standardizer_of(in_common), standardizer_of(in_common)
        assert together.standardize_many(batch) == [apart.standardize(query) for query in batch]


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
