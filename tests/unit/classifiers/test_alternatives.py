"""Candidates of other readings of a value stand after the best one of the chosen reading."""

from dataclasses import replace
from math import exp, log

import pytest

from classifiers.standardize.alternatives import OTHER_READING, with_other_readings
from classifiers.standardize.model import Candidate, Confidence, Explanation, Query, Similarity
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import AliasKind, EntityType, SourceId


def candidate(name: str, confidence: float) -> Candidate:
    return Candidate(
        entity_id=name,
        source_ids=(SourceId("test", name),),
        name=name,
        type=EntityType.TITLE,
        confidence=Confidence(confidence),
        matched_alias=name,
    )


OWN = (candidate("lecturer", 0.6), candidate("reader", 0.01))


def names(candidates: tuple[Candidate, ...]) -> list[str]:
    return [one.name for one in candidates]


def test_the_best_one_stays_and_others_follow_by_confidence() -> None:
    others = [candidate("engineer", 0.99), candidate("tutor", 0.02), candidate("engineer", 0.5)]
    found = with_other_readings(OWN, others, top=5, floor=0.0001)
    assert names(found) == ["lecturer", "engineer", "reader", "tutor"]
    assert found[1].confidence == pytest.approx(OTHER_READING * 0.99)


def test_none_is_surer_than_the_best_one() -> None:
    found = with_other_readings((candidate("lecturer", 0.1),), [candidate("engineer", 0.9)], top=2, floor=0.0001)
    assert [one.confidence for one in found] == [0.1, 0.1]


def test_no_more_than_asked_for_and_nothing_unlikely() -> None:
    others = [candidate("engineer", 0.9), candidate("tutor", 0.0003)]
    assert names(with_other_readings(OWN, others, top=2, floor=0.0001)) == ["lecturer", "engineer"]
    assert with_other_readings(OWN, others, top=1, floor=0.0001) == OWN
    assert names(with_other_readings(OWN, others[1:], top=5, floor=0.0001)) == ["lecturer", "reader"]
    assert with_other_readings((), others, top=5, floor=0.0001) == ()


def test_what_another_reading_finds_of_the_same_entity_adds_nothing() -> None:
    assert with_other_readings(OWN, [candidate("reader", 0.9)], top=5, floor=0.0001) == OWN


def test_an_explanation_says_that_the_reading_is_another() -> None:
    log_odds = log(0.8 / 0.2)
    explanation = Explanation(False, "en", AliasKind.SYNONYM, Similarity(0.5), None, None, 0.1, 0, (), (), log_odds)
    other = candidate("engineer", 0.8)._replace(explanation=explanation)
    told = with_other_readings(OWN, [other], top=5, floor=0.0001)[1].explanation
    assert told is not None
    assert [one.term for one in told.contributions] == ["another_reading"]
    assert 1 / (1 + exp(-told.log_odds)) == pytest.approx(OTHER_READING * 0.8)
    assert told.contributions[0].log_odds == pytest.approx(told.log_odds - log_odds)
    assert told == replace(explanation, contributions=told.contributions, log_odds=told.log_odds)


def test_a_value_is_answered_alike_whatever_is_asked_beside_it(standardizer: Standardizer) -> None:
    asked = Query("Senior Data Scientist (Machine Learning)", EntityType.TITLE)
    beside = [Query(text, EntityType.TITLE) for text in ("Machine Learning", "Data Scientist", "Senior Data Scientist")]
    alone = standardizer.standardize(asked)
    fresh = Standardizer(standardizer.taxonomy, standardizer.calibration, load_seniority())
    assert fresh.standardize_many([*beside, asked])[-1].mentions == alone.mentions
