"""Find the aliases that look like a text: TF-IDF over character n-grams and words, exact top k by sparse products.

Rows are L2-normalised, so a product of two rows is their cosine. Features are hashed: there is no vocabulary to
keep, and a text from anywhere can be compared.
"""

import zlib
from collections import Counter
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
_WORD_WEIGHT: Final = 2.0
_FREQUENT_SHARE: Final = 0.06
"""Features in more than this share of the aliases tell little and cost most: their posting lists are left out."""


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

    def __init__(
        self, postings: "sparse.csr_matrix", idf: NDArray[np.float32], rows: NDArray[np.int32]
    ) -> None:
        self.postings = postings
        self.idf = idf
        self.rows = rows

    def search(self, keys: Sequence[str], *, top: int, floor: float = 0.2) -> list[list[Match]]:
        """Return, for each folded text, its `top` most similar aliases above `floor`, best first."""
        if not keys:
            return []
        queries = _vectors(keys, self.idf)
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
            (arrays["data"], arrays["indices"], arrays["indptr"]), shape=(FEATURES, len(arrays["rows"])), copy=False
        )
        return cls(postings, arrays["idf"], arrays["rows"])


def build_index(keys: Sequence[str], rows: NDArray[np.int32]) -> NgramIndex:
    """Return the index of folded aliases; `rows` are their rows in the taxonomy."""
    counts = _counts(keys)
    frequencies = np.bincount(counts.indices, minlength=FEATURES)
    idf = (np.log((1 + len(keys)) / (1 + frequencies)) + 1).astype(np.float32)
    vectors = _weighted(counts, idf)
    frequent = frequencies > max(50, _FREQUENT_SHARE * len(keys))
    postings = vectors.T.tocsr()
    keep = sparse.diags((~frequent).astype(np.float32)).tocsr()
    postings = (keep @ postings).tocsr()
    postings.eliminate_zeros()
    postings.sort_indices()
    return NgramIndex(postings.astype(np.float32), idf, rows)


def _vectors(keys: Sequence[str], idf: NDArray[np.float32]) -> "sparse.csr_matrix":
    return _weighted(_counts(keys), idf)


def _weighted(counts: "sparse.csr_matrix", idf: NDArray[np.float32]) -> "sparse.csr_matrix":
    """Return rows of log-scaled counts times idf, each of length 1."""
    weighted = counts.copy()
    weighted.data = ((1 + np.log(weighted.data)) * idf[weighted.indices]).astype(np.float32)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(weighted.indptr))
    norms = np.sqrt(np.bincount(rows, weights=weighted.data**2, minlength=counts.shape[0]))
    weighted.data /= norms[rows].astype(np.float32)
    return weighted


def _counts(keys: Sequence[str]) -> "sparse.csr_matrix":
    """Return how often each hashed feature stands in each text."""
    indptr = np.zeros(len(keys) + 1, dtype=np.int32)
    indices: list[int] = []
    data: list[float] = []
    for i, key in enumerate(keys):
        counts = Counter(_features(key))
        indices.extend(counts.keys())
        data.extend(counts.values())
        indptr[i + 1] = len(indices)
    return sparse.csr_matrix(
        (np.array(data, dtype=np.float32), np.array(indices, dtype=np.int32), indptr), shape=(len(keys), FEATURES)
    )


def _features(key: str) -> list[int]:
    """Return the hashed features of a folded text: its words (twice as heavy) and the n-grams inside them."""
    found: list[int] = []
    for token in key.split(" ")[:MAX_TOKENS]:
        word = token[:MAX_TOKEN_CHARACTERS]
        found.extend([_hashed(f"w:{word}")] * int(_WORD_WEIGHT))
        padded = f"^{word}$"
        found.extend(
            _hashed(padded[i : i + length]) for length in NGRAM_LENGTHS for i in range(len(padded) - length + 1)
        )
    return found


def _hashed(feature: str) -> int:
    return zlib.crc32(feature.encode()) % FEATURES
