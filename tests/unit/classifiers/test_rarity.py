import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from classifiers.kernels.rarity import slip_table, slips
from classifiers.standardize.rarity import SAME_WORDS, compared_words, token_rarities

NAMES = (
    (0, "university of hagen"),
    (0, "fernuniversitat in hagen"),
    (1, "university of manchester"),
    (2, "university of toronto"),
    (3, "nagoya institute of technology"),
    (4, "berlin institute of technology"),
)
RARITIES = token_rarities([name for _, name in NAMES], np.array([entity for entity, _ in NAMES], dtype=np.int32))
WORDS = st.text("abcdeé ", max_size=12)


def test_a_text_that_the_alias_has_whole_lacks_nothing() -> None:
    assert compared_words("university of hagen", "hagen university of", RARITIES) == SAME_WORDS
    found = compared_words("hagen", "university of hagen", RARITIES)
    assert (found.text_share, found.text_unlike) == (1, 0)
    assert found.alias_share == pytest.approx(1 / 3)
    assert found.alias_slip == 0


def test_a_word_of_one_entity_is_as_rare_as_one_of_none() -> None:
    found = compared_words("university of hawaii", "university of hagen", RARITIES)
    assert found.text_unlike == found.alias_unlike == 1


def test_words_of_many_entities_are_less_rare() -> None:
    found = compared_words("institute of nagoya", "university of nagoya", RARITIES)
    assert 0 < found.alias_unlike < found.text_unlike < 1
    assert compared_words("of", "hagen", RARITIES).text_unlike < found.alias_unlike


def test_a_slip_is_not_unlike() -> None:
    found = compared_words("univresity of manchestr", "university of manchester", RARITIES)
    assert (found.text_slip, found.text_unlike, found.alias_unlike) == (1, 0, 0)
    assert found.text_share == pytest.approx(1 / 3)
    assert compared_words("it", "of", RARITIES).text_unlike == 1


def test_words_are_counted_once_an_entity() -> None:
    many = token_rarities(["x y", "x z", "x"], np.zeros(3, dtype=np.int32))
    assert compared_words("x", "q", many) == compared_words("new", "q", many)


@given(WORDS, WORDS)
def test_slips_are_those_of_the_reference(one: str, other: str) -> None:
    left, right = (np.frombuffer(text.encode("latin-1"), dtype=np.uint8) for text in (one, other))
    assert slips(left, right, slip_table()) == OSA.distance(one, other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_every_text_has_an_answer_that_does_not_depend_on_the_side(one: str, other: str) -> None:
    found, turned = compared_words(one, other, RARITIES), compared_words(other, one, RARITIES)
    assert found == (*turned[3:], *turned[:3])
    assert all(0 <= value <= 1 for value in found)


@pytest.mark.parametrize("text", ["", " ", "x" * 10_000, "x " * 10_000])
def test_odd_texts_are_bounded(text: str) -> None:
    assert 0 <= compared_words(text, "university of hagen", RARITIES).text_unlike <= 1


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("software entwickler", "softwareentwickler"),
        ("dataanalyst", "data analyst"),
        ("back end developer", "backend developer"),
    ],
)
def test_words_that_are_joined_or_apart_are_the_same(text: str, alias: str) -> None:
    assert compared_words(text, alias, RARITIES) == SAME_WORDS
    more = compared_words(f"senior {text}", alias, RARITIES)
    assert more._replace(text_share=1) == SAME_WORDS._replace(text_unlike=1)
    assert 0 < more.text_share < 1


def test_a_word_cut_short_is_a_slip() -> None:
    found = compared_words("dir of sales", "director of sales", RARITIES)
    assert (found.text_slip, found.text_unlike, found.alias_slip, found.alias_unlike) == (1, 0, 1, 0)


@pytest.mark.parametrize(("text", "alias"), [("java", "javascript"), ("data", "dataanalyst"), ("hong", "hongkong")])
def test_a_part_of_a_word_alone_is_unlike_the_word(text: str, alias: str) -> None:
    assert compared_words(text, alias, RARITIES).text_unlike == 1


def test_characters_of_scripts_without_blanks_are_no_rare_words() -> None:
    found = compared_words("东 京 大 学", "東 京 大 學", RARITIES)
    assert found == SAME_WORDS._replace(text_share=0.5, alias_share=0.5)


def test_a_joined_word_is_found_wherever_it_stands() -> None:
    long = "senior and then some words before it "
    found = compared_words(f"{long}soft ware entwickler in town", "softwareentwickler", RARITIES)
    assert found.alias_unlike == 0
    assert found.text_share == pytest.approx(3 / 12)


def test_a_long_text_is_not_searched_from_its_start_for_each_word() -> None:
    # 300,000 words, each looked for beside every word of the alias: by the square that would take minutes.
    for word in ("nurse ", "x ", "( "):
        assert compared_words((word * 300_000).strip(), "nursery school teacher", RARITIES).alias_share == 0


@pytest.mark.parametrize(("one", "other", "slip"), [("art", "arts", 1.0), ("arts", "art", 1.0), ("it", "its", 0.0)])
def test_an_s_more_is_a_slip_of_short_words_too(one: str, other: str, slip: float) -> None:
    found = compared_words(one, other, RARITIES)
    assert (found.text_slip > 0) is (slip > 0)
    assert (found.text_unlike > 0) is (slip == 0)
