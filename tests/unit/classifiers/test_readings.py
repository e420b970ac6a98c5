import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.readings import MAX_FIELD_CHARACTERS, load_seniority, readings
from taxonomy.model import EntityType

SENIORITY = load_seniority()


def parts(text: str, kind: EntityType) -> list[list[str]]:
    return [[text[part.start : part.end] for part in reading] for reading in readings(text, kind, SENIORITY)[1]]


@pytest.mark.parametrize(
    ("text", "level", "core"),
    [
        ("Sr. Software Engineer", "senior", "Software Engineer"),
        ("Junior Data Analyst", "junior", "Data Analyst"),
        ("Software Engineer (m/w/d)", None, "Software Engineer"),
        ("Nurse", None, "Nurse"),
    ],
)
def test_seniority_and_brackets_are_parsed_off_a_title(text: str, level: str | None, core: str) -> None:
    found, _ = readings(text, EntityType.TITLE, SENIORITY)
    assert found == level
    assert [core] in parts(text, EntityType.TITLE)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Python/Django, C++", EntityType.SKILL, ["Python", "Django", "C++"]),
        ("Noida, Uttar Pradesh", EntityType.LOCATION, ["Noida", "Uttar Pradesh"]),
        ("Engineer @ Google", EntityType.TITLE, ["Engineer", "Google"]),
        ("B.Sc. in Physics", EntityType.DEGREE, ["B.Sc.", "Physics"]),
    ],
)
def test_lists_are_read_as_parts_too(text: str, kind: EntityType, expected: list[str]) -> None:
    assert expected in parts(text, kind)


@given(st.text(max_size=2_000), st.sampled_from(list(EntityType)))
def test_parts_lie_within_the_text_in_order(text: str, kind: EntityType) -> None:
    for reading in readings(text, kind, SENIORITY)[1]:
        position = 0
        for part in reading:
            assert position <= part.start < part.end <= min(len(text), MAX_FIELD_CHARACTERS)
            assert part.key
            position = part.end
