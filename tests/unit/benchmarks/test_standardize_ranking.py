from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from benchmarks.standardize import matcher as matching
from benchmarks.standardize.floors import Bm25Matcher, floor_matchers
from benchmarks.standardize.matcher import Matcher, score_in_chunks
from benchmarks.standardize.ours import our_matchers
from benchmarks.standardize.ranking import entity_scores, labels_of, ranks_of_gold, top_hits, vote_scores
from benchmarks.standardize.rows import PRETRAINED, Figures, Reference, compare, mean_of_sets

CORPUS = ("software engineer", "registered nurse", "data analyst", "Krankenschwester", "analyst of data")


class Fixed:
    """Scores that are written down."""

    name = "fixed"

    def __init__(self, scores: list[list[float]]) -> None:
        self._scores = np.array(scores, dtype=np.float32)
        self.calls = 0

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,  # noqa: ARG002 - the protocol has it
        corpus_language: str,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        self.calls += 1
        return self._scores[[int(query) for query in queries]][:, : len(corpus)]


MATCHERS = [*floor_matchers(), *our_matchers(Path(), with_pretrained=False)]


@pytest.mark.parametrize("matcher", MATCHERS, ids=lambda one: one.name)
def test_every_matcher_finds_the_text_itself_first(matcher: Matcher) -> None:
    scores = matcher.score(list(CORPUS), CORPUS, query_language="en", corpus_language="en")
    assert scores.shape == (5, 5)
    assert scores.dtype == np.float32
    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("matcher", MATCHERS, ids=lambda one: one.name)
def test_a_new_corpus_is_not_answered_from_the_last_one(matcher: Matcher) -> None:
    first = matcher.score(["nurse"], CORPUS, query_language="en", corpus_language="en")
    other = matcher.score(["nurse"], ("nurse", "teacher"), query_language="en", corpus_language="en")
    again = matcher.score(["nurse"], CORPUS, query_language="en", corpus_language="en")
    assert other.argmax() == 0
    assert np.array_equal(first, again)


@pytest.mark.parametrize("matcher", MATCHERS, ids=lambda one: one.name)
def test_texts_without_words_score_and_do_not_fail(matcher: Matcher) -> None:
    scores = matcher.score(["", "!!!"], CORPUS, query_language="en", corpus_language="en")
    assert np.isfinite(scores).all()


def test_the_character_floor_is_the_cosine_of_scikit_learn() -> None:
    ours = floor_matchers()[0].score(["Data Analyste"], CORPUS, query_language="en", corpus_language="en")
    model = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), strip_accents="unicode", sublinear_tf=True)
    expected = cosine_similarity(model.fit(CORPUS).transform(["Data Analyste"]), model.transform(CORPUS))
    assert ours == pytest.approx(expected, abs=1e-5)


def test_bm25_by_hand() -> None:
    scores = Bm25Matcher().score(["a b"], ["a b", "a c c"], query_language="en", corpus_language="en")
    idf_a, idf_b = np.log1p(0.5 / 2.5), np.log1p(1.5 / 1.5)
    short, long = 1.2 * (0.25 + 0.75 * 2 / 2.5), 1.2 * (0.25 + 0.75 * 3 / 2.5)
    expected = [(idf_a + idf_b) * 2.2 / (1 + short), idf_a * 2.2 / (1 + long)]
    assert scores[0] == pytest.approx(expected, abs=1e-5)


def test_chunks_cover_all_queries_and_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_CELLS", 4)
    matcher = Fixed([[n, n + 1] for n in range(5)])
    parts = list(score_in_chunks(matcher, list("01234"), ("x", "y"), query_language="en", corpus_language="en"))
    assert matcher.calls == 3
    assert np.concatenate([scores for _, scores in parts])[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_a_matcher_that_returns_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="fixed returned"):
        list(score_in_chunks(Fixed([[np.nan, 1]]), ["0"], ("x", "y"), query_language="en", corpus_language="en"))


def test_an_entity_scores_as_its_best_label() -> None:
    labels = labels_of([["a", "b"], ["c"], ["d", "e"]])
    scores = np.array([[0.1, 0.9, 0.5, 0.2, 0.3]], dtype=np.float32)
    assert entity_scores(scores, labels)[0] == pytest.approx([0.9, 0.5, 0.3])


def test_near_labels_vote_for_their_entity() -> None:
    labels = labels_of([["a"], ["b", "c"]])
    votes = vote_scores(np.array([[0.8, 0.5, 0.4]], dtype=np.float32), labels)
    assert votes[0] == pytest.approx([0.8 + 0.8, 0.5 + 0.9])


def test_only_the_nearest_labels_vote() -> None:
    labels = labels_of([[f"label {n}" for n in range(30)], ["other"]])
    scores = np.array([[0.1] * 30 + [0.9]], dtype=np.float32)
    votes = vote_scores(scores, labels)
    assert votes[0] == pytest.approx([0.1 + 0.9, 0.9 + 0.9])


def test_ranks_go_over_entities_and_unknown_gold_is_never_found() -> None:
    labels = labels_of([["a", "b"], ["c"]])
    matcher = Fixed([[0.1, 0.9, 0.5], [0.1, 0.2, 0.5], [0.3, 0.2, 0.1]])
    ranks = ranks_of_gold(matcher, list("012"), [(0,), (0,), ()], labels)
    assert ranks.tolist() == [1.0, 2.0, float("inf")]


def test_of_equal_scores_the_earlier_item_comes_first() -> None:
    hits = top_hits(np.array([0.5, 0.9, 0.5], dtype=np.float32), [2], top=2)
    assert hits.tolist() == [False, False]


def test_ours_stands_beside_the_best_floor_and_every_part_has_a_row() -> None:
    figures = Figures(
        {"weak": np.zeros(4), "strong": np.array([0.0, 0, 1, 1])},
        {"part": np.array([1.0, 0, 1, 1]), "whole": np.ones(4)},
    )
    rows = compare("case", "MRR", figures, Reference(0.6, 0.7))
    assert [row.case for row in rows] == ["case", "case / weak", "case / strong", "case / part", "case / whole"]
    first = rows[0]
    assert (first.ours, first.baseline, first.baseline_name) == (1.0, 0.5, "strong")
    assert (first.published, first.target, first.rows, first.low, first.high) == (0.6, 0.7, 4, 1.0, 1.0)


def test_each_set_counts_the_same_in_a_mean() -> None:
    small, large = (
        Figures({"floor": np.zeros(size)}, {"ours": np.full(size, value)}) for size, value in ((2, 1.0), (8, 0.5))
    )
    [row] = mean_of_sets("all", "mean MRR", [small, large], Reference())
    assert (row.ours, row.baseline, row.rows) == (0.75, 0.0, 10)
    assert mean_of_sets("all", "mean MRR", [small], Reference()) == []


def test_pretrained_encoders_stand_beside_the_whole_and_not_beside_what_learned() -> None:
    values = {name: np.array([value]) for name, value in (("whole", 0.5), (PRETRAINED, 0.6), ("learned", 0.9))}
    floors = {"floor": np.array([0.1])}
    reference = Reference(0.4, 0.7, 0.8)
    whole = compare("case", "MRR", Figures(floors, {name: values[name] for name in ("whole", PRETRAINED)}), reference)
    assert [(row.case, row.ours, row.target) for row in whole[:2]] == [
        ("case", 0.5, 0.7),
        ("case, with pretrained encoders", 0.6, 0.8),
    ]
    learned = compare("case", "MRR", Figures(floors, values), reference)
    assert "case, with pretrained encoders" not in {row.case for row in learned}
