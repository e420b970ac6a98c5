"""The compiled loops against plain Python and NumPy."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from classifiers.hashing import FeatureScheme, code_points, hashed_counts, weighted
from classifiers.kernels.features import MAX_TOKEN_CHARACTERS, MAX_TOKENS, decoded
from classifiers.kernels.meaning import Groups, Heads, head_of, nearest_centres
from classifiers.kernels.search import PART, best_postings, project
from classifiers.standardize.postings import posting_lists
from classifiers.standardize.text import utf8_texts

MASK = (1 << 64) - 1
MULTIPLIER = 0x100000001B3
SCHEMES = [FeatureScheme(1 << 18, (2, 3, 4), 2), FeatureScheme(997, (2, 3, 4, 5), word_pairs=True)]
WORDS = st.text(alphabet="abé数+#😀", min_size=1, max_size=50)
KEYS = st.lists(st.lists(WORDS, max_size=45).map(" ".join), max_size=4)


def bucket(code: int, features: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        code = ((code ^ (code >> 33)) * factor) & MASK
    return (code ^ (code >> 33)) % features


def plain_features(key: str, scheme: FeatureScheme) -> Counter[int]:
    found: Counter[int] = Counter()
    before: int | None = None
    for token in key.split(" ")[:MAX_TOKENS] if key else []:
        word = [ord(character) for character in f"^{token[:MAX_TOKEN_CHARACTERS]}$"]
        code = sum(value * pow(MULTIPLIER, place + 1, 1 << 64) for place, value in enumerate(word)) & MASK
        found[bucket(code, scheme.features)] += scheme.word_weight
        if scheme.word_pairs and before is not None:
            found[bucket((before * MULTIPLIER + code + 77) & MASK, scheme.features)] += 1
        for length in scheme.ngram_lengths:
            for start in range(len(word) - length + 1):
                ngram = length
                for value in word[start : start + length]:
                    ngram = (ngram * MULTIPLIER + value) & MASK
                found[bucket(ngram, scheme.features)] += 1
        before = code
    return found


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=5))
def test_code_points_of_utf8_are_those_of_the_texts(texts: list[str]) -> None:
    found, expected = decoded(utf8_texts(texts)), code_points(texts)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]


@settings(deadline=None, max_examples=60)
@given(keys=KEYS, scheme=st.sampled_from(SCHEMES))
def test_features_are_those_of_plain_python(keys: list[str], scheme: FeatureScheme) -> None:
    counts = hashed_counts(keys, scheme)
    for row, key in enumerate(keys):
        span = slice(counts.indptr[row], counts.indptr[row + 1])
        assert list(counts.indices[span]) == sorted(counts.indices[span])
        found = dict(zip(counts.indices[span].tolist(), counts.data[span].tolist(), strict=True))
        assert found == plain_features(key, scheme)


@settings(deadline=None, max_examples=40)
@given(keys=KEYS, seed=st.integers(0, 9))
def test_weights_are_log_counts_times_rarity_of_length_one(keys: list[str], seed: int) -> None:
    counts = hashed_counts(keys, SCHEMES[1])
    idf = np.random.default_rng(seed).random(SCHEMES[1].features).astype(np.float32) + 0.1
    dense = counts.toarray()
    expected = np.where(dense > 0, (1 + np.log(np.maximum(dense, 1))) * idf, 0)
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    assert weighted(counts, idf).toarray() == pytest.approx(expected / np.where(lengths > 0, lengths, 1), abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 50),
    top=st.integers(1, 7),
    floor=st.sampled_from([0.0, 0.2, 0.9]),
    share=st.sampled_from([0.4, 0.02, 0.004]),
)
def test_the_best_postings_are_those_of_a_full_product(seed: int, top: int, floor: float, share: float) -> None:
    rng = np.random.default_rng(seed)
    # With few postings those that are touched are noted, with many all aliases are looked at: in one call some queries
    # may go each way. Beyond the first part of the aliases there are others. Products are sixty-fourths, so that no
    # floor is as near to one as weights are rounded.
    count = 300 if seed % 4 else 2 * PART + 300
    queries = np.where(rng.random((4, 8)) < 0.5, rng.integers(1, 8, (4, 8)) / 8, 0).astype(np.float32)
    aliases = np.where(rng.random((8, count)) < share, rng.integers(1, 8, (8, count)) / 8, 0).astype(np.float32)
    allowed = rng.random(count) < 0.7
    lists = posting_lists(sparse.csr_matrix(aliases))
    assert lists.as_matrix(count).toarray() == pytest.approx(aliases, abs=1e-5)
    counts, rows, products = best_postings(csr(queries), lists, allowed, top, floor)
    for query, product in enumerate(queries @ aliases):
        found, similar = rows[query, : counts[query]], products[query, : counts[query]]
        possible = np.sort(product[allowed & (product > floor)])[::-1]
        assert similar == pytest.approx(possible[:top], abs=1e-4)
        assert product[found] == pytest.approx(similar, abs=1e-4)
        assert allowed[found].all()
        # Best first, and of equals the lower alias: no one is found twice.
        assert list(zip(-similar, found, strict=True)) == sorted(set(zip(-similar, found, strict=True)))


def test_of_equal_products_the_lower_aliases_are_found() -> None:
    count = 2 * PART + 300
    for step in (3, 1_000):
        aliases = sparse.csr_matrix((np.arange(count) % step == 0).astype(np.float32)[None, :])
        query = csr(np.full((1, 1), 0.5, dtype=np.float32))
        counts, rows, products = best_postings(query, posting_lists(aliases), np.ones(count, dtype=np.bool_), 5, 0.2)
        assert counts.tolist() == [5]
        assert rows.tolist() == [[0, step, 2 * step, 3 * step, 4 * step]]
        assert products[0] == pytest.approx(np.full(5, 0.5))


def unit_rows(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def small(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    scales = np.abs(rows).max(axis=1) / np.float32(127)
    return np.round(rows / scales[:, None]).astype(np.int8), scales


class Near:
    """Searches centres by their first directions; the groups are runs of `size` centres."""

    def __init__(self, centres: NDArray[np.float32], directions: int, *, size: int, share: float = 1.0) -> None:
        self.centres = centres
        self.directions = np.ascontiguousarray(np.linalg.svd(centres, full_matrices=False)[2][:directions])
        heads = centres @ self.directions.T
        self.heads: Heads = (*small(heads), np.sqrt(np.maximum(0, 1 - np.square(heads).sum(axis=1))))
        starts = np.array([*range(0, len(centres), size), len(centres)], dtype=np.int32)
        middles = unit_rows(np.add.reduceat(centres, starts[:-1]).astype(np.float64)) @ self.directions.T
        self.groups: Groups = (*small(middles), starts, int(share * len(centres)))

    def to(
        self, vector: NDArray[np.float32], allowed: NDArray[np.bool_], top: int, looked: tuple[int, ...] = ()
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        both, also = (vector, head_of(vector, self.directions)), np.array(looked, dtype=np.int32)
        return nearest_centres(both, self.centres, self.heads, self.groups, allowed, also, top)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 50), top=st.integers(1, 6), looked=st.lists(st.integers(0, 29), max_size=4))
def test_the_nearest_centres_are_those_of_a_full_product(seed: int, top: int, looked: list[int]) -> None:
    rng = np.random.default_rng(seed)
    centres = unit_rows(rng.normal(size=(30, 16)))
    vector = unit_rows(centres[rng.integers(30)] + 0.5 * rng.normal(size=16))
    allowed = rng.random(30) < 0.8
    places, cosines = Near(centres, 16, size=7).to(vector, allowed, top, tuple(looked))
    order = [place for place in np.argsort(-(centres @ vector), kind="stable") if allowed[place]]
    assert places.tolist() == sorted({*order[:top], *looked})
    assert cosines == pytest.approx(centres[places] @ vector, abs=1e-6)


def test_few_directions_find_nearly_all_of_the_nearest_centres() -> None:
    rng = np.random.default_rng(4)
    # Most of what tells centres apart lies in few directions, as it does with texts.
    spread = np.diag(np.exp(-np.arange(64) / 20))
    centres = unit_rows(rng.normal(size=(5_000, 64)) @ spread)
    vectors = unit_rows(centres[:200] + rng.normal(size=(200, 64)) @ spread / 12)
    near, allowed = Near(centres, 24, size=5_000), np.ones(5_000, bool)
    found = [set(near.to(vector, allowed, 18)[0].tolist()) for vector in vectors]
    nearest = np.argsort(-(vectors @ centres.T), axis=1)[:, :18]
    shares = [len(one & set(wanted)) / 18 for one, wanted in zip(found, nearest.tolist(), strict=True)]
    assert np.mean(shares) > 0.95
    assert np.mean([wanted[0] in one for one, wanted in zip(found, nearest.tolist(), strict=True)]) > 0.99


@pytest.mark.parametrize("allowed_count", [0, 3, 3_000])
def test_equally_near_centres_are_found_in_their_order(allowed_count: int) -> None:
    centres = np.tile(unit_rows(np.ones(8)), (3_000, 1))
    allowed = np.arange(3_000) < allowed_count
    places, _ = Near(centres, 4, size=3_000).to(centres[0], allowed, 5)
    assert places.tolist() == list(range(min(allowed_count, 5)))


def test_the_nearest_groups_alone_are_looked_at() -> None:
    rng = np.random.default_rng(5)
    middles = unit_rows(rng.normal(size=(8, 16)))
    centres = unit_rows(np.repeat(middles, 25, axis=0) + rng.normal(size=(200, 16)) / 20)
    near, allowed = Near(centres, 16, size=25, share=0.2), np.ones(200, dtype=np.bool_)
    for group, middle in enumerate(middles):
        places, _ = near.to(middle, allowed, 40)
        assert set(range(25 * group, 25 * group + 25)) < set(places.tolist())
        # Forty are wanted: those of two groups, but no more.
        assert len(places) == 40
        assert len({place // 25 for place in places.tolist()}) == 2
    places, _ = near.to(middles[0], allowed, 3, looked=(180,))
    assert places[-1] == 180


def test_a_projection_is_a_product_with_the_weights() -> None:
    rng = np.random.default_rng(1)
    rows = np.where(rng.random((4, 30)) < 0.3, rng.random((4, 30)), 0).astype(np.float32)
    rows[2] = 0
    weights = rng.integers(-127, 127, (30, 6)).astype(np.int8)
    scales = rng.random(6).astype(np.float32)
    expected = (rows @ weights.astype(np.float32)) * scales
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    assert project(csr(rows), weights, scales) == pytest.approx(expected / np.where(lengths > 0, lengths, 1), abs=1e-5)


def csr(dense: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    starts = np.concatenate(([0], np.cumsum((dense != 0).sum(axis=1)))).astype(np.int32)
    return starts, np.nonzero(dense)[1].astype(np.int32), dense[dense != 0]
