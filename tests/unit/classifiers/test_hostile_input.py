"""What nobody means well with: no error, offsets that fit, one entity a type and span, work linear in the length."""

import sys
from types import FrameType
from typing import Any

import pytest
from fuzz_standardize import TYPES, check
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import EntityType

KINDS = {
    "control": "\x00\x01\x1b\x7f\x85",
    "right to left": "\u05de\u05d4\u05e0\u05d3\u05e1 \u202epython\u202c ",
    "combining marks": "e\u0301\u0327\u20dd",
    "only marks": "\u0301",
    "zero width": "py\u200bth\u200don \ufeff",
    "lone surrogates": "a\ud800 \udfff",
    "one word": "machine ",
    "an alias": "python ",
    "no space": "a",
    "brackets": "(a[",
    "refusals": "no python, not required ",
    "dots": "B.Sc.",
    "no spaces": "\u6771\u4eac",
    "ligature": "\ufdfa",
    "emoji": "\U0001f469\u200d\U0001f4bb ",
    "list": "python, ",
    "signs": "c++#",
}
PIECES = [*KINDS.values(), "Software Engineer", "PM", "Paris, Texas", "TUM", " @ ", " and ", "\u0130", "\u00df", "\r\n"]
ANY_CHARACTER = st.characters(exclude_categories=())
"""Lone surrogates too."""
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.text(ANY_CHARACTER, max_size=12)), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(HOSTILE, st.sampled_from(TYPES))
def test_any_text_has_an_answer_whose_offsets_fit(
    standardizer: Standardizer, text: str, kind: EntityType | None
) -> None:
    check(standardizer.standardize(Query(text, kind)), text, kind)


@settings(max_examples=30, deadline=None)
@given(HOSTILE)
def test_a_field_has_the_same_answer_alone_and_among_others(standardizer: Standardizer, text: str) -> None:
    queries = [Query(text, kind) for kind in EntityType]
    together = standardizer.standardize_many(queries)
    assert together == [standardizer.standardize(query) for query in queries]


@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_repeats_have_an_answer_of_every_type(standardizer: Standardizer, kind: str) -> None:
    text = KINDS[kind] * 10_000
    for entity_type in EntityType:
        check(standardizer.standardize(Query(text, entity_type)), text, entity_type)
    short = KINDS[kind] * 2_000
    check(standardizer.standardize(Query(short)), short, None)


def test_ten_thousand_repeats_of_an_alias_are_ten_thousand_mentions(standardizer: Standardizer) -> None:
    text = "python, " * 10_000
    answer = standardizer.standardize(Query(text))
    assert len(answer.mentions) == 10_000
    check(answer, text, None)


@pytest.mark.parametrize("entity_type", [None, EntityType.SKILL, EntityType.TITLE])
@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_text_is_at_most_twice_the_work(
    standardizer: Standardizer, kind: str, entity_type: EntityType | None
) -> None:
    unit = KINDS[kind]
    repeats = 600 // len(unit)
    once, twice = (calls(standardizer, Query(unit * n, entity_type)) for n in (repeats, 2 * repeats))
    assert twice <= 2.1 * once + 200


def calls(standardizer: Standardizer, query: Query) -> int:
    """Return how many functions are called for a query; the work inside compiled ones is not seen."""
    standardizer.standardize(query)
    counted = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:  # noqa: ANN401 - what it is depends on the event
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        standardizer.standardize(query)
    finally:
        sys.setprofile(before)
    return counted
