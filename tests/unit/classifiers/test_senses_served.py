"""A context chooses among the senses of a text by p(sense | context), where a build on this machine found them."""

from pathlib import Path

import numpy as np
import pytest

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.senses import KnownSenses
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import COMPANY_WORDS, Alias, AliasKind, Entity, EntityType, Snapshot, SourceId
from taxonomy.proposals.changes import sense_entity_id
from taxonomy.senses.contexts import ContextSpace
from taxonomy.senses.serving import SenseModel

JAVA, GARDEN = (sense_entity_id("spring", EntityType.SKILL, head) for head in ("java", "garden tools"))
OTHER = "skill_other"


def entity(entity_id: str, company: str = "") -> Entity:
    attributes = ((COMPANY_WORDS, company),) if company else ()
    alias = Alias("spring", "en", AliasKind.CANONICAL, "review")
    return Entity(entity_id, EntityType.SKILL, "spring", (SourceId("review", entity_id),), (alias,), (), attributes)


def model(phrase: str = "spring") -> SenseModel:
    """Two senses of one phrase: three tokens beside each of two axes, one of them of two words."""
    tokens = ("java", "hibernate", "orm", "garden tools", "flowers", "soil")
    axes = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    index = {token: row for row, token in enumerate(tokens)}
    space = ContextSpace(tokens, np.ones(6, np.float32), axes, np.full(2, 0.1, np.float32), index)
    shares = np.array([0.7, 0.3], np.float32)
    centres = np.eye(2, dtype=np.float32)
    return SenseModel(space, (phrase,), (0, 2), ("java", "garden tools"), centres, shares, 3.0, {phrase: 0})


def standardizer(tmp_path: Path, senses: KnownSenses | None, *others: Entity) -> Standardizer:
    entities = (entity(JAVA, "java, hibernate"), entity(GARDEN, "garden tools, flowers"), *others)
    save(compile_snapshot(Snapshot(1, entities)), tmp_path)
    return Standardizer(load(tmp_path), load_calibration(), load_seniority(), senses=senses)


def answer(one: Standardizer, context: str | None, *, explain: bool = False) -> list[tuple[str, float]]:
    query = Query("Spring", EntityType.SKILL, context=context, options=AnswerOptions(explain=explain))
    return [(found.entity_id, found.confidence) for found in one.standardize(query).mentions[0].candidates]


def test_words_that_no_label_has_decide_too_and_the_confidence_says_how_surely(tmp_path: Path) -> None:
    served = standardizer(tmp_path, KnownSenses((model(),)))
    for context, expected in (("ORM", JAVA), ("We sell garden tools, and soil.", GARDEN)):
        (first, confidence), *_ = answer(served, context)
        assert first == expected
        assert confidence > 0.8
    # Short words and tokens of two words are known to the model alone.
    assert [one for one, _ in answer(standardizer(tmp_path, None), "ORM")] == [
        one for one, _ in answer(standardizer(tmp_path, None), None)
    ]


def test_a_context_that_says_nothing_leaves_the_shares(tmp_path: Path) -> None:
    served = standardizer(tmp_path, KnownSenses((model(),)))
    (first, confidence), *_ = answer(served, "qwv xzq")
    assert first == JAVA
    assert confidence == pytest.approx(0.7 * 0.99, abs=0.1)
    assert answer(served, None) == answer(standardizer(tmp_path, None), None)


def test_an_entity_that_is_no_sense_comes_after_those_that_are(tmp_path: Path) -> None:
    served = standardizer(tmp_path, KnownSenses((model(),)), entity(OTHER))
    found = [one for one, _ in answer(served, "flowers, soil")]
    assert found[0] == GARDEN
    assert found[-1] == OTHER


def test_a_model_of_other_phrases_or_entities_changes_nothing(tmp_path: Path) -> None:
    plain = answer(standardizer(tmp_path, None), "flowers hibernate garden")
    assert answer(standardizer(tmp_path, KnownSenses((model("autumn"),))), "flowers hibernate garden") == plain
    assert model().heads_of("spring") == ("java", "garden tools")
    assert KnownSenses((model(),)).in_context("") is None
    assert KnownSenses().in_context("java") is None


def test_an_explanation_adds_up_with_the_sense(tmp_path: Path) -> None:
    served = standardizer(tmp_path, KnownSenses((model(),)))
    query = Query("Spring", EntityType.SKILL, context="ORM", options=AnswerOptions(explain=True))
    for candidate in served.standardize(query).mentions[0].candidates:
        assert candidate.explanation is not None
        terms = {one.term: one.log_odds for one in candidate.explanation.contributions}
        assert "sense_in_context" in terms
        assert sum(terms.values()) == pytest.approx(candidate.explanation.log_odds)
        assert 1 / (1 + np.exp(-candidate.explanation.log_odds)) == pytest.approx(candidate.confidence)


def test_a_short_text_without_a_type_is_read_by_its_context_too(tmp_path: Path) -> None:
    served = standardizer(tmp_path, KnownSenses((model(),)))
    for context, expected in (("soil and flowers", GARDEN), ("hibernate", JAVA)):
        (mention,) = served.standardize(Query("spring", context=context)).mentions
        assert mention.candidates[0].entity_id == expected
