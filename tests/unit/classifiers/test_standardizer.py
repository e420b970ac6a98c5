import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import StandardizePolicy, Standardizer
from taxonomy.model import EntityType


def names(standardizer: Standardizer, text: str, kind: EntityType | None = None) -> list[str | None]:
    answer = standardizer.standardize(Query(text, kind))
    return [m.candidates[0].name if standardizer.is_linked(m) else None for m in answer.mentions]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("software engineer", EntityType.TITLE, ["Software Engineer"]),
        ("SENIOR SOFTWARE DEVELOPER", EntityType.TITLE, ["Software Engineer"]),
        ("Sofware Engineer", EntityType.TITLE, ["Software Engineer"]),
        ("Zookeeper of the moon", EntityType.TITLE, [None]),
        ("Python, Django, ML", EntityType.SKILL, ["Python", "Django", "Machine Learning"]),
        ("TU Munchen", EntityType.COMPANY, [None]),
        ("technische universitaet münchen", EntityType.SCHOOL, ["Technische Universität München"]),
        ("Paris", EntityType.LOCATION, ["Paris"]),
        ("東京", EntityType.LOCATION, ["東京"]),
        ("", EntityType.TITLE, []),
        ("!!!", EntityType.SKILL, []),
    ],
)
def test_a_field_finds_its_entity_or_nil(
    standardizer: Standardizer, text: str, kind: EntityType, expected: list[str | None]
) -> None:
    assert names(standardizer, text, kind) == expected


def test_running_text_gives_offsets_and_the_alias_that_matched(standardizer: Standardizer) -> None:
    text = "We look for a Registered Nurse who knows python programming and C++ in Tokyo."
    mentions = standardizer.standardize(Query(text)).mentions
    assert [(m.text, m.candidates[0].matched_alias) for m in mentions] == [
        ("Registered Nurse", "Registered Nurse"),
        ("python programming", "Python programming"),
        ("C++", "C++"),
        ("Tokyo", "Tokyo"),
    ]
    assert all(text[m.start : m.end] == m.text for m in mentions)


def test_an_abbreviation_in_running_text_needs_its_own_case(standardizer: Standardizer) -> None:
    assert names(standardizer, "the ml of the pm was rn in the shade of a large and very old tree") == []


def test_a_shared_abbreviation_is_less_certain_than_a_full_name(standardizer: Standardizer) -> None:
    shared = standardizer.standardize(Query("PM", EntityType.TITLE)).mentions[0]
    full = standardizer.standardize(Query("Project Manager", EntityType.TITLE)).mentions[0]
    assert {c.name for c in shared.candidates} >= {"Project Manager", "Product Manager"}
    assert shared.candidates[0].confidence < 0.6 < full.candidates[0].confidence


def test_the_better_known_of_two_places_comes_first(standardizer: Standardizer) -> None:
    candidates = standardizer.standardize(Query("Paris", EntityType.LOCATION)).mentions[0].candidates
    assert [c.name for c in candidates][:2] == ["Paris", "Paris, Texas"]


def test_answers_carry_source_ids_and_versions(standardizer: Standardizer) -> None:
    answer = standardizer.standardize(Query("Data Scientist", EntityType.TITLE))
    assert answer.taxonomy_version == 1
    assert answer.model_version == standardizer.calibration.model_version
    assert answer.mentions[0].candidates[0].source_ids[0].value == "title/Data Scientist"


def test_a_batch_answers_as_each_text_alone(standardizer: Standardizer) -> None:
    texts = ["sofware engneer", "Python/Django dev", "RN", "nothing at all like it", "Data Scientist"]
    queries = [Query(text, kind) for text in texts for kind in (None, EntityType.TITLE, EntityType.SKILL)]
    fresh = Standardizer(standardizer.taxonomy, standardizer.calibration, standardizer._seniority)
    assert fresh.standardize_many(queries) == [standardizer.standardize(query) for query in queries]


def test_from_which_confidence_on_is_linked_may_differ_by_type(standardizer: Standardizer) -> None:
    policy = StandardizePolicy(link_threshold=0.3, link_thresholds={EntityType.SKILL: 0.995})
    strict = Standardizer(standardizer.taxonomy, standardizer.calibration, standardizer._seniority, policy)
    for kind, text, usually, then in (
        (EntityType.SKILL, "Django", True, False),
        (EntityType.TITLE, "Data Scientist", True, True),
        (EntityType.LOCATION, "Paris", True, True),
    ):
        (usual,), (own,) = (one.standardize(Query(text, kind)).mentions for one in (standardizer, strict))
        assert usual == own
        assert (standardizer.is_linked(usual), strict.is_linked(own)) == (usually, then)
    text = "We look for a Data Scientist who knows Django."
    types = {mention.type for mention in standardizer.standardize(Query(text)).mentions}
    assert types == {EntityType.TITLE, EntityType.SKILL}
    assert {mention.type for mention in strict.standardize(Query(text)).mentions} == {EntityType.TITLE}


def test_more_candidates_never_change_the_best_one(standardizer: Standardizer) -> None:
    for text in ("PM", "Paris", "sofware engineer", "Nurse"):
        for kind in (EntityType.TITLE, EntityType.LOCATION):
            one = standardizer.standardize(Query(text, kind), top=1).mentions
            many = standardizer.standardize(Query(text, kind), top=10).mentions
            assert [m.candidates[:1] for m in one] == [m.candidates[:1] for m in many]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.text(max_size=400), st.sampled_from([None, *EntityType]))
def test_any_text_is_answered_with_offsets_and_probabilities(
    standardizer: Standardizer, text: str, kind: EntityType | None
) -> None:
    for mention in standardizer.standardize(Query(text, kind)).mentions:
        assert text[mention.start : mention.end] == mention.text
        confidences = [candidate.confidence for candidate in mention.candidates]
        assert all(0 < confidence < 1 for confidence in confidences)


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "\x01" * 1_000_000, "😀" * 10_000, "مرحبا " * 50_000, "python " * 150_000, "\u0301" * 100_000],
)
def test_hostile_text_is_answered_in_bounded_time(standardizer: Standardizer, text: str) -> None:
    started = time.monotonic()
    for kind in (None, EntityType.TITLE):
        standardizer.standardize(Query(text, kind))
    assert time.monotonic() - started < 30
