import numpy as np
import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.learning.evidence import EntityLabels
from classifiers.learning.phrases import MOST_TOKENS, MOST_WORDS, LabelPhrases, phrases_of, stems_of

LABELS = EntityLabels(("manage staff", "manage a team of musicians", "Go (game)"), np.array([0, 1, 2], dtype=np.int32))


def test_phrases_neither_start_nor_end_with_a_function_word() -> None:
    assert phrases_of("Skilled in SQL") == ["skilled", "skilled in sql", "sql"]


def test_phrases_are_bounded_in_length_and_number() -> None:
    found = phrases_of("word " * 10_000)
    assert max(len(phrase.split()) for phrase in found) == MOST_WORDS
    assert len(phrases_of(" ".join(f"w{n}" for n in range(10_000)))) <= MOST_TOKENS * MOST_WORDS


def test_a_sentence_of_function_words_is_its_own_phrase() -> None:
    assert phrases_of("of the") == ["of the"]
    assert phrases_of("") == [""]


@pytest.mark.parametrize(
    "words",
    [("manage", "managing", "manages", "managed"), ("test", "testing", "tests", "tester"), ("code", "coding", "coded")],
)
def test_forms_of_a_word_have_one_stem(words: tuple[str, ...]) -> None:
    assert len({stem for word in words for stem in stems_of(word)}) == 1


def only_coverage(sentence: str) -> list[float]:
    return LabelPhrases(LABELS, load_encoder(), (1, 0, 0)).scores(sentence).tolist()


def test_words_far_apart_and_in_other_forms_cover_a_label() -> None:
    staff, team, _ = only_coverage("You enjoy managing a large and international staff")
    assert staff > team > 0


def test_what_stands_in_brackets_need_not_be_said() -> None:
    assert only_coverage("Services in Go")[2] == pytest.approx(max(only_coverage("Go as a game")))


def test_more_of_a_label_is_better() -> None:
    assert only_coverage("team of musicians")[1] > only_coverage("musicians")[1] > 0
