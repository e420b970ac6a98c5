"""Word vectors of a corpus: learned by gensim, kept as plain arrays, looked up by folded text.

Word2Vec: Mikolov et al. 2013, "Distributed representations of words and phrases and their compositionality".
FastText: Bojanowski et al. 2017, "Enriching word vectors with subword information".

Use: `train_vectors(lambda: sentences(read(), phrases), policy, seed=7)`, then `as_encode(vectors)` where a step takes
an `Encode`. A phrase that was joined (see `phrases.sentences`) has a vector of its own under its folded text; any
other text is the mean of its known phrases and words.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from gensim.models import FastText, Word2Vec
from gensim.models.fasttext import ft_ngram_hashes
from numpy.typing import NDArray

from core.artefact import read_manifest, verify_files, write_manifest
from core.errors import InvalidError
from taxonomy.corpus.model import Encode
from taxonomy.corpus.phrases import PhraseJoiner, tokens

_KIND: Final = "corpus-vectors"
_FORMAT: Final = 1
_VECTORS: Final = "vectors.npy"
_SUBWORDS: Final = "subwords.npy"
_WORDS: Final = "words.json"

Sentences = Callable[[], Iterable[Sequence[str]]]
"""Gives the token sequences afresh each time it is called, so that they need not be held."""


class VectorMethod(StrEnum):
    """What learns the vectors."""

    WORD2VEC = "word2vec"
    FASTTEXT = "fasttext"
    """Also has vectors for words it never saw, of their character n-grams."""


@dataclass(frozen=True, slots=True)
class VectorPolicy:
    """How vectors are learned: skip-gram with negative sampling, one thread, so that a seed decides everything.

    `window` is the most tokens to each side that count as context, `min_count` how often a token must occur,
    `max_tokens` the most tokens that are kept, the most frequent ones. `buckets` and `subword_lengths` serve
    FastText alone.
    """

    method: VectorMethod = VectorMethod.WORD2VEC
    dimensions: int = 100
    window: int = 8
    min_count: int = 3
    epochs: int = 5
    negative: int = 8
    sample: float = 1e-4
    max_tokens: int = 400_000
    buckets: int = 50_000
    subword_lengths: tuple[int, int] = (3, 5)


@dataclass(frozen=True)
class Vectors:
    """Vectors as learned: `matrix` is tokens x dimensions, `counts` how often each token occurred.

    `subwords` is buckets x dimensions where FastText learned them, else empty.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    matrix: NDArray[np.float32]
    subwords: NDArray[np.float32]
    policy: VectorPolicy

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each token."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def joiner(self) -> PhraseJoiner:
        """Finds the joined phrases that have vectors in longer texts."""
        return PhraseJoiner(word for word in self.words if " " in word)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.matrix.shape[1])

    def of(self, token: str) -> NDArray[np.float32] | None:
        """Return the vector of a folded token or joined phrase; None where nothing is known of it."""
        row = self.index.get(token)
        if row is not None:
            own: NDArray[np.float32] = self.matrix[row]
            return own
        if not len(self.subwords) or " " in token:
            return None
        hashes = ft_ngram_hashes(token, *self.policy.subword_lengths, len(self.subwords))
        if not len(hashes):
            return None
        mean: NDArray[np.float32] = self.subwords[hashes].mean(axis=0, dtype=np.float32)
        return mean


def train_vectors(sentences: Sentences, policy: VectorPolicy, *, seed: int) -> Vectors:
    """Learn vectors from token sequences, which are read once for the vocabulary and once an epoch.

    The same sequences and seed give the same vectors. No token frequent enough gives no vectors, and no error.
    """
    model = _model(policy, seed)
    corpus = _Again(sentences)
    model.build_vocab(corpus)
    if not len(model.wv):
        return empty_vectors(policy)
    model.train(corpus, total_examples=model.corpus_count, epochs=policy.epochs)
    words = tuple(model.wv.index_to_key)
    counts = tuple(int(model.wv.get_vecattr(word, "count")) for word in words)
    subwords = model.wv.vectors_ngrams if policy.method is VectorMethod.FASTTEXT else np.zeros((0, policy.dimensions))
    return Vectors(words, counts, np.asarray(model.wv.vectors, np.float32), np.asarray(subwords, np.float32), policy)


def empty_vectors(policy: VectorPolicy) -> Vectors:
    """Return vectors that know nothing."""
    none = np.zeros((0, policy.dimensions), np.float32)
    return Vectors((), (), none, none, policy)


def as_encode(vectors: Vectors) -> Encode:
    """Return what gives each text its own vector, or the mean of its phrases and words, at length 1; zeros if none."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), vectors.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = _mean(vectors, text)
        return rows

    return encode


def save_vectors(vectors: Vectors, folder: Path) -> None:
    """Write vectors to a folder: arrays as npy, words as JSON, and a manifest with the SHA-256 of each file."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / _VECTORS, vectors.matrix, allow_pickle=False)
    np.save(folder / _SUBWORDS, vectors.subwords, allow_pickle=False)
    (folder / _WORDS).write_bytes(orjson.dumps({"words": vectors.words, "counts": vectors.counts}))
    write_manifest(folder, kind=_KIND, format=_FORMAT, details=asdict(vectors.policy))


def load_vectors(folder: Path) -> Vectors:
    """Return vectors that were saved.

    Raises:
        InvalidError: where a file is missing, was changed, or is of another format.
    """
    manifest = read_manifest(folder, kind=_KIND, format=_FORMAT)
    missing = {_VECTORS, _SUBWORDS, _WORDS} - manifest.files.keys()
    if missing:
        raise InvalidError(f"{folder}: the manifest does not name {', '.join(sorted(missing))}")
    verify_files(folder, manifest)
    words = orjson.loads((folder / _WORDS).read_bytes())
    return Vectors(
        tuple(words["words"]),
        tuple(words["counts"]),
        np.load(folder / _VECTORS, allow_pickle=False),
        np.load(folder / _SUBWORDS, allow_pickle=False),
        _policy_of(manifest.details),
    )


@dataclass(frozen=True, slots=True)
class _Again:
    """Token sequences that can be gone through any number of times, as gensim needs them."""

    sentences: Sentences

    def __iter__(self) -> Iterator[list[str]]:
        return (list(sentence) for sentence in self.sentences())


def _model(policy: VectorPolicy, seed: int) -> Any:  # noqa: ANN401 - gensim has no types
    options = {
        "vector_size": policy.dimensions,
        "window": policy.window,
        "min_count": policy.min_count,
        "epochs": policy.epochs,
        "negative": policy.negative,
        "sample": policy.sample,
        "max_final_vocab": policy.max_tokens,
        "sg": 1,
        "seed": seed,
        "workers": 1,
    }
    if policy.method is VectorMethod.WORD2VEC:
        return Word2Vec(**options)
    shortest, longest = policy.subword_lengths
    return FastText(**options, bucket=policy.buckets, min_n=shortest, max_n=longest)


def _mean(vectors: Vectors, text: str) -> NDArray[np.float32]:
    words = tokens(text)
    own = vectors.index.get(" ".join(words))
    if own is not None:
        return _unit(vectors.matrix[own])
    found = [vector for word in vectors.joiner.join(words) if (vector := vectors.of(word)) is not None]
    return _unit(np.mean(found, axis=0)) if found else np.zeros(vectors.dimensions, np.float32)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector


def _policy_of(details: dict[str, Any]) -> VectorPolicy:
    shortest, longest = details["subword_lengths"]
    return VectorPolicy(**details | {"method": VectorMethod(details["method"]), "subword_lengths": (shortest, longest)})
