from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.text import fold
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import PhraseJoiner, fold_phrase, ngrams, segments, sentence_segments, sentences, tokens

typed = st.text(alphabet="aB9é .,-+#/&'()\n", max_size=40)


@given(text=typed)
def test_a_phrase_folds_to_the_key_that_the_standardizer_finds_aliases_by(text: str) -> None:
    assert fold_phrase(text) == fold(text)


@given(text=typed)
def test_segments_hold_all_tokens_of_a_text_in_order(text: str) -> None:
    assert [token for segment in segments(text) for token in segment] == tokens(text)
    assert all(segment for segment in segments(text))


def test_names_with_signs_and_abbreviations_stay_whole() -> None:
    assert tokens("C++, C#, .NET; B.Sc. in Économie") == ["c++", "c#", ".net", "bsc", "in", "economie"]


def test_commas_and_lone_dashes_end_segments_and_hyphens_do_not() -> None:
    assert sentence_segments("Team-leader, nights - weekends. Apply (now)!") == [
        [["team", "leader"], ["nights"], ["weekends"]],
        [["apply"], ["now"]],
    ]


def test_ngrams_are_all_runs_of_words_up_to_a_length() -> None:
    assert list(ngrams(["a", "b", "c"], longest=2)) == ["a", "a b", "b", "b c", "c"]


def test_the_longest_known_phrase_is_joined_first() -> None:
    joiner = PhraseJoiner({"machine learning", "machine learning engineer", "java"})
    assert joiner.join(["a", "machine", "learning", "engineer", "machine", "learning", "machine"]) == [
        "a",
        "machine learning engineer",
        "machine learning",
        "machine",
    ]


def test_the_values_of_a_document_are_each_others_context() -> None:
    document = Document("1", {"titles": ("Chef",), "skills": ("Spring Boot", "Java")}, "We cook. Spring Boot!")
    assert list(sentences([document], frozenset({"spring boot"}))) == [
        ["chef", "spring boot", "java"],
        ["we", "cook"],
        ["spring boot"],
    ]
