import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.standardize.letters import lettered

OTHERS = ["kovrin arbido", "melte arbido", "sund arbido", "kovrine"]
WORDS = st.lists(st.text(alphabet="abcdeö 工程師", max_size=24), min_size=1, max_size=8)


def test_what_is_rare_among_the_others_counts_more_than_what_all_have() -> None:
    scores = lettered(OTHERS).likeness(["kovrin"])[0]
    assert scores[0] > scores[1] + 0.3
    (shared,) = lettered(OTHERS).likeness(["kovrin arbido"])
    assert shared[3] > shared[1]


def test_a_text_is_most_like_itself_and_a_longer_one_is_not_put_off_by_its_length() -> None:
    long = "kovrin arbido peltro sundal"
    scores = lettered([long, "arbido peltro", "sund"]).likeness(["kovrin arbido peltro sundal", "sundal kovrin"])
    assert scores[0].argmax() == 0
    assert scores[0, 0] == 1
    assert scores[1, 0] > scores[1, 2]


def test_what_has_no_letters_is_like_nothing() -> None:
    assert lettered(["", "abc"]).likeness(["", "abc"]).tolist() == [[0, 0], [0, pytest.approx(1)]]
    assert lettered([""]).likeness(["abc"]).tolist() == [[0]]


@settings(max_examples=60)
@given(texts=WORDS, others=WORDS)
def test_likeness_is_a_number_between_nothing_and_one(texts: list[str], others: list[str]) -> None:
    scores = lettered(others).likeness(texts)
    assert scores.shape == (len(texts), len(others))
    assert np.isfinite(scores).all()
    assert scores.min() >= 0
    assert scores.max() <= 1
