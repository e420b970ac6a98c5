"""Find the aliases that look like a text: TF-IDF over character n-grams and words, exact top k by sparse products.

Rows are L2-normalised, so a product of two rows is their cosine. Features are hashed: there is no vocabulary to
keep, and a text from anywhere can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

FEATURES: Final = 1 << 18
NGRAM_LENGTHS: Final = (2, 3, 4)
MAX_TOKENS: Final = 40
"""Tokens of a text beyond this many are not compared, which bounds the time of one look-up."""
MAX_TOKEN_CHARACTERS: Final = 40
_WORD_WEIGHT: Final = 2
"""A word counts as often as this many of its n-grams."""
_MULTIPLIER: Final = np.uint64(0x100000001B3)
_FREQUENT_SHARE: Final = 0.06
"""Features in more than this share of the aliases tell little and cost most: their posting lists are left out."""

_ALWAYS_KEPT: Final = 2_000
"""Posting lists up to this length cost nothing and are kept whatever their share."""


@dataclass(frozen=True, slots=True)
class Match:
    """An alias row and its cosine to the text, in [0, 1]."""

    row: int
    similarity: float


class NgramIndex:
    """Aliases of one type as sparse vectors, searched by cosine.

    `postings` is features x aliases in CSR form, so that a feature's row is its posting list; `rows` are the
    aliases' rows in the taxonomy.
    """

    __slots__ = ("idf", "postings", "rows")

    def __init__(self, postings: "sparse.csr_matrix", idf: NDArray[np.float32], rows: NDArray[np.int32]) -> None:
        self.postings = postings
        self.idf = idf
        self.rows = rows

    def search(self, keys: Sequence[str], *, top: int, floor: float = 0.2) -> list[list[Match]]:
        """Return, for each folded text, its `top` most similar aliases above `floor`, best first."""
        if not keys:
            return []
        queries = self.vectors(keys)
        found = sp_matmul_topn(queries, self.postings, top_n=top, threshold=floor, sort=True)
        answers = []
        for i in range(len(keys)):
            span = slice(found.indptr[i], found.indptr[i + 1])
            answers.append(
                [
                    Match(int(self.rows[column]), min(1.0, float(similarity)))
                    for column, similarity in zip(found.indices[span], found.data[span], strict=True)
                ]
            )
        return answers

    def vectors(self, keys: Sequence[str]) -> "sparse.csr_matrix":
        """Return the vectors of folded texts, texts x features."""
        return _weighted(_counts(keys), self.idf)

    def save(self, folder: Path, *, prefix: str) -> None:
        """Write the arrays of the index as `.npy` files."""
        for name, array in self._arrays().items():
            np.save(folder / f"{prefix}.{name}.npy", array, allow_pickle=False)

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        return {
            "data": self.postings.data,
            "indices": self.postings.indices.astype(np.int32),
            "indptr": self.postings.indptr.astype(np.int32),
            "idf": self.idf,
            "rows": self.rows,
        }

    @staticmethod
    def exists(folder: Path, *, prefix: str) -> bool:
        """Whether a folder holds an index of this name."""
        return (folder / f"{prefix}.rows.npy").is_file()

    @classmethod
    def load(cls, folder: Path, *, prefix: str) -> "NgramIndex":
        """Return the index of this name, its large arrays memory-mapped."""
        arrays = {
            # Copy on write: the search library takes writable arrays only, though it never writes.
            name: np.asarray(np.load(folder / f"{prefix}.{name}.npy", mmap_mode="c", allow_pickle=False))
            for name in ("data", "indices", "indptr", "idf", "rows")
        }
        postings = sparse.csr_matrix(
            (arrays["data"], arrays["indices"], arrays["indptr"]),
            shape=(FEATURES, len(arrays["rows"])),
            copy=False,
        )
        return cls(postings, arrays["idf"], arrays["rows"])


def build_index(keys: Sequence[str], rows: NDArray[np.int32], *, most_postings: int | None = None) -> NgramIndex:
    """Return the index of folded aliases; `rows` are their rows in the taxonomy.

    A feature in more aliases than `most_postings` weighs nothing, in texts and aliases alike; without that limit
    frequent features keep their weight in the lengths of the vectors, but have no posting list.
    """
    counts = _counts(keys)
    frequencies = np.bincount(counts.indices, minlength=FEATURES)
    idf = (np.log((1 + len(keys)) / (1 + frequencies)) + 1).astype(np.float32)
    if most_postings is not None:
        idf[frequencies > most_postings] = 0.0
    vectors = _weighted(counts, idf)
    frequent = frequencies > max(_ALWAYS_KEPT, _FREQUENT_SHARE * len(keys))
    postings = vectors.T.tocsr()
    keep = sparse.diags((~frequent).astype(np.float32)).tocsr()
    postings = (keep @ postings).tocsr()
    postings.eliminate_zeros()
    postings.sort_indices()
    return NgramIndex(postings.astype(np.float32), idf, rows)


def _weighted(counts: "sparse.csr_matrix", idf: NDArray[np.float32]) -> "sparse.csr_matrix":
    """Return rows of log-scaled counts times idf, each of length 1."""
    weighted = counts.copy()
    weighted.data = ((1 + np.log(weighted.data)) * idf[weighted.indices]).astype(np.float32)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(weighted.indptr))
    norms = np.sqrt(np.bincount(rows, weights=weighted.data**2, minlength=counts.shape[0]))
    weighted.data /= np.where(norms > 0, norms, 1.0)[rows].astype(np.float32)
    return weighted


def _counts(keys: Sequence[str]) -> "sparse.csr_matrix":
    """Return how often each hashed feature stands in each text: n-grams inside words, and the words themselves.

    All texts are hashed together, as one array of characters: a word is a polynomial in its characters modulo
    2^64, and so is each n-gram, mixed and cut to the number of features.
    """
    if not keys:
        return sparse.csr_matrix(np.zeros((0, FEATURES), dtype=np.float32))
    words = [[f"^{word[:MAX_TOKEN_CHARACTERS]}$" for word in key.split(" ")[:MAX_TOKENS]] for key in keys]
    row_of_word = np.repeat(np.arange(len(keys)), [len(found) for found in words])
    flat = [word for found in words for word in found]
    lengths = np.array([len(word) for word in flat], dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    characters = np.frombuffer("".join(flat).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    word_of = np.repeat(np.arange(len(flat)), lengths)
    rows, features = [row_of_word] * _WORD_WEIGHT, [_word_hashes(characters, starts, word_of)] * _WORD_WEIGHT
    for length in NGRAM_LENGTHS:
        count = len(characters) - length + 1
        if count <= 0:
            continue
        hashes = np.full(count, length, dtype=np.uint64)
        for step in range(length):
            hashes = hashes * _MULTIPLIER + characters[step : step + count]
        inside = word_of[:count] == word_of[length - 1 :]
        rows.append(row_of_word[word_of[:count][inside]])
        features.append(_mixed(hashes[inside]))
    codes = np.concatenate(rows).astype(np.int64) * FEATURES + np.concatenate(features).astype(np.int64)
    unique, counts = np.unique(codes, return_counts=True)
    indptr = np.searchsorted(unique, np.arange(len(keys) + 1, dtype=np.int64) * FEATURES).astype(np.int32)
    columns = (unique % FEATURES).astype(np.int32)
    return sparse.csr_matrix((counts.astype(np.float32), columns, indptr), shape=(len(keys), FEATURES))


def _word_hashes(
    characters: NDArray[np.uint64], starts: NDArray[np.int64], word_of: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return the hashed feature of each word."""
    powers = np.cumprod(np.full(MAX_TOKEN_CHARACTERS + 2, _MULTIPLIER, dtype=np.uint64))
    places = np.arange(len(characters)) - starts[word_of]
    return _mixed(np.add.reduceat(characters * powers[places], starts))


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread hashes evenly over the features (the finalizer of MurmurHash3)."""
    mixed = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return (mixed ^ (mixed >> np.uint64(33))) % np.uint64(FEATURES)
