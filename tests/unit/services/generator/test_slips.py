"""Slips of the key and other habits."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.generator import slips
from taxonomy.model import EntityType


def chance(seed: int) -> random.Random:
    return random.Random(seed)


@given(st.text(max_size=40), st.integers())
def test_a_typo_is_one_small_slip_behind_the_first_letter(text: str, seed: int) -> None:
    wrong = slips.with_typo(text, chance(seed))
    assert abs(len(wrong) - len(text)) <= 1
    assert wrong[:1] == text[:1]
    if len(text) < 4:
        assert wrong == text


def test_all_kinds_of_typo_occur() -> None:
    found = {slips.with_typo("python", chance(seed)) for seed in range(400)}
    assert {"pyhton", "pyton", "pytthon"} <= found
    assert any(len(text) == 6 and sorted(text) != sorted("python") for text in found)


def test_letter_case_changes_and_letters_stay() -> None:
    found = {slips.with_other_case("Data Scientist", chance(seed)) for seed in range(50)}
    assert found == {"data scientist", "DATA SCIENTIST", "Data Scientist"}


def test_a_title_gets_a_word_of_seniority_in_its_language() -> None:
    found = {slips.with_seniority("Koch", "de", chance(seed)).split()[0] for seed in range(100)}
    assert found == set(slips.SENIORITY["de"])


@pytest.mark.parametrize("entity_type", list(EntityType))
def test_words_can_be_invented_for_every_type(entity_type: EntityType) -> None:
    found = {slips.invented(entity_type, chance(seed)) for seed in range(50)}
    assert len(found) > 40
    assert all(text.strip() and "{" not in text for text in found)
