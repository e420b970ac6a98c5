"""Boilerplate of adverts: found where it stands, and nowhere else."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.boilerplate import Kind, boilerplate
from classifiers.standardize.text import running_words


def found(text: str) -> list[tuple[str, Kind]]:
    return [(text[one.start : one.end].strip(), one.kind) for one in boilerplate(text, running_words(text))]


@pytest.mark.parametrize(
    "sentence",
    [
        "We hire without regard to race, color, religion, sex, national origin, disability or veteran status.",
        "Wir freuen uns auf alle, unabhängig von Geschlecht, Herkunft, Religion, Alter oder Behinderung.",
        "Valoramos a todas las personas sin distinción de raza, sexo, edad, religión o discapacidad.",
    ],
)
def test_a_sentence_of_equal_opportunity_is_found_between_others(sentence: str) -> None:
    text = f"You write Python all day long. {sentence} Java is a plus."
    assert found(text) == [(sentence, Kind.EMPLOYER)]


@pytest.mark.parametrize(
    "text",
    [
        "The nurse cares for patients of any age and gender, in a ward for sexual health, day and night.",
        "Python, SQL and Java are what you use, and you know religion as a field of study.",
        "About us",
        "",
    ],
)
def test_other_texts_have_none(text: str) -> None:
    assert found(text) == []


def test_a_heading_opens_a_section_up_to_the_next_one() -> None:
    text = (
        "Job description\nYou write Python and SQL.\n\nAbout us:\nWe build Excel tools.\nWe live in Berlin.\n"
        "Requirements\nJava is needed here."
    )
    assert found(text) == [
        ("Job description", Kind.HEADING),
        ("About us:", Kind.HEADING),
        ("We build Excel tools.", Kind.EMPLOYER),
        ("We live in Berlin.", Kind.EMPLOYER),
        ("Requirements", Kind.HEADING),
    ]


def test_equal_opportunity_within_a_section_is_found_once() -> None:
    text = "Benefits\nOur people of every race, religion, age, gender and origin have a gym. And a canteen, too."
    stretches = boilerplate(text, running_words(text))
    assert [stretch.kind for stretch in stretches] == [Kind.HEADING, Kind.EMPLOYER]
    assert (stretches[-1].start, stretches[-1].end) == (len("Benefits\n"), len(text))


@given(
    st.text(alphabet="ab \n.,:", max_size=60).map(
        lambda noise: f"About us\n{noise}race religion age sex origin. {noise}"
    )
)
def test_stretches_are_in_order_and_apart(text: str) -> None:
    stretches = boilerplate(text, running_words(text))
    assert all(one.start < one.end <= len(text) for one in stretches)
    assert all(one.end <= other.start for one, other in pairwise(stretches))
