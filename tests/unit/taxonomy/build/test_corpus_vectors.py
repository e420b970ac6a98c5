import random
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidError
from taxonomy.corpus.vectors import VectorMethod, VectorPolicy, as_encode, load_vectors, save_vectors, train_vectors

SMALL = {"dimensions": 16, "min_count": 2, "epochs": 8, "sample": 0.0, "buckets": 100}
KITCHEN = ("chef", "menu", "pastry", "food safety")
OFFICE = ("excel", "ledger", "audit", "tax return")


def made_up() -> list[list[str]]:
    rng = random.Random(3)
    return [rng.sample(topic, 4) for _ in range(60) for topic in (KITCHEN, OFFICE)]


@pytest.mark.parametrize("method", list(VectorMethod))
def test_the_same_seed_gives_the_same_vectors(method: VectorMethod) -> None:
    policy = VectorPolicy(method=method, **SMALL)  # type: ignore[arg-type]
    one, two, other = (train_vectors(made_up, policy, seed=seed) for seed in (5, 5, 6))
    assert one.words == two.words
    assert np.array_equal(one.matrix, two.matrix)
    assert not np.array_equal(one.matrix, other.matrix)


def test_what_keeps_the_same_company_is_near() -> None:
    encode = as_encode(train_vectors(made_up, VectorPolicy(**SMALL), seed=5))  # type: ignore[arg-type]
    chef, menu, audit = encode(["Chef", "menu", "audit"])
    assert chef @ menu > chef @ audit


def test_a_joined_phrase_has_its_own_vector_and_other_texts_the_mean_of_their_parts() -> None:
    vectors = train_vectors(made_up, VectorPolicy(**SMALL), seed=5)  # type: ignore[arg-type]
    own, mixed, unknown = as_encode(vectors)(["Food Safety", "chef food safety", "xyzzy"])
    assert np.allclose(own, vectors.matrix[vectors.index["food safety"]] / np.linalg.norm(own_row(vectors)), atol=1e-5)
    assert np.linalg.norm(mixed) == pytest.approx(1.0, abs=1e-5)
    assert not unknown.any()


def own_row(vectors: object) -> np.ndarray:
    return np.asarray(vectors.matrix[vectors.index["food safety"]])


def test_fasttext_knows_words_it_never_saw() -> None:
    policy = VectorPolicy(method=VectorMethod.FASTTEXT, **SMALL)  # type: ignore[arg-type]
    assert as_encode(train_vectors(made_up, policy, seed=5))(["ledgers"])[0].any()


def test_nothing_frequent_enough_gives_vectors_that_know_nothing() -> None:
    vectors = train_vectors(lambda: [["once"]], VectorPolicy(**SMALL), seed=5)  # type: ignore[arg-type]
    assert vectors.words == ()
    assert as_encode(vectors)(["once"]).shape == (1, 16)


def test_saved_vectors_come_back_and_changed_files_are_refused(tmp_path: Path) -> None:
    policy = VectorPolicy(method=VectorMethod.FASTTEXT, **SMALL)  # type: ignore[arg-type]
    vectors = train_vectors(made_up, policy, seed=5)
    save_vectors(vectors, tmp_path / "v")
    loaded = load_vectors(tmp_path / "v")
    assert (loaded.words, loaded.counts, loaded.policy) == (vectors.words, vectors.counts, policy)
    assert np.array_equal(as_encode(loaded)(["Chef", "ledgers"]), as_encode(vectors)(["Chef", "ledgers"]))
    (tmp_path / "v" / "words.json").write_bytes(b"{}")
    with pytest.raises(InvalidError, match="SHA-256"):
        load_vectors(tmp_path / "v")
