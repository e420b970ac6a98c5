import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.ngrams import BESIDE_MEANING, FEATURES, build_index

KEYS = ["software engineer", "software developer", "data scientist", "registered nurse", "数 据"]


def test_the_alias_itself_comes_first_with_similarity_one() -> None:
    index = build_index(KEYS, np.arange(len(KEYS), dtype=np.int32))
    for row, matches in enumerate(index.search(KEYS, top=3)):
        assert matches[0].row == row
        assert matches[0].similarity == pytest.approx(1.0, abs=1e-4)


def test_the_search_is_the_exact_top_k_of_brute_force() -> None:
    rng = np.random.default_rng(1)
    words = ["senior", "data", "software", "nurse", "engineer", "analyst", "lead", "clinical"]
    keys = sorted({" ".join(rng.choice(words, size=3)) for _ in range(200)})
    index = build_index(keys, np.arange(len(keys), dtype=np.int32))
    queries = ["data engineer lead", "clinical nurse", "sofware analyst"]
    dense = index.postings.as_matrix(len(keys)).toarray()
    vectors = index.vectors(queries).toarray()
    for query, matches in zip(vectors, index.search(queries, top=5, floor=0.0), strict=True):
        expected = np.sort(query @ dense)[::-1][:5]
        assert [match.similarity for match in matches] == pytest.approx(list(expected), abs=1e-4)


def test_frequent_features_have_no_posting_list() -> None:
    keys = [f"engineer {number}" for number in range(40_000)]
    index = build_index(keys, np.arange(len(keys), dtype=np.int32))
    lengths = index.postings.starts[:, -1] - index.postings.starts[:, 0]
    assert 0 < max(lengths) <= 0.06 * len(keys)


def test_beside_meaning_frequent_features_weigh_nothing() -> None:
    keys = [f"engineer {number}" for number in range(2_000)]
    rows = np.arange(len(keys), dtype=np.int32)
    index = build_index(keys, rows, lists=BESIDE_MEANING)
    lengths = index.postings.starts[:, -1] - index.postings.starts[:, 0]
    assert 0 < max(lengths) <= BESIDE_MEANING.longest(len(keys))
    assert index.search(["engineer"], top=3) == [[]]
    # Two texts are compared by all features all the same.
    assert index.vectors(["engineer"]).multiply(index.vectors(["engineers"])).sum() > 0.1
    ((best, *_),) = index.search(["engineer 1234"], top=3)
    assert best.row == 1234
    assert best.similarity == pytest.approx(1.0, abs=1e-4)


@given(st.lists(st.text(alphabet="ab cé数", max_size=30).map(lambda text: " ".join(text.split())), max_size=8))
def test_any_folded_text_becomes_a_row_of_length_one_or_nothing(keys: list[str]) -> None:
    index = build_index(["a b c"], np.zeros(1, dtype=np.int32))
    vectors = index.vectors(keys)
    assert vectors.shape == (len(keys), FEATURES)
    for number, key in enumerate(keys):
        assert np.linalg.norm(vectors[[number]].toarray()) == pytest.approx(1.0 if key else 0.0, abs=1e-5)
