"""The floors: what anyone gets from scikit-learn and thirty lines, measured in the same run as ours."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from benchmarks.standardize.matcher import Matcher

_K1: Final = 1.2
_B: Final = 0.75
"""Saturation and length normalisation of BM25 (Robertson and Zaragoza 2009)."""


def character_vectorizer() -> Any:  # noqa: ANN401 - scikit-learn is untyped
    """Return the vectorizer of the character floor: n-grams of 2 to 5 inside words, lower case, no accents."""
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), strip_accents="unicode", sublinear_tf=True, dtype=np.float32
    )


def word_vectorizer() -> Any:  # noqa: ANN401 - scikit-learn is untyped
    """Return the vectorizer of the word floor."""
    return TfidfVectorizer(
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern of words
        strip_accents="unicode",
        sublinear_tf=True,
        dtype=np.float32,
    )


class TfidfMatcher:
    """Cosine of TF-IDF vectors whose idf is learned from the corpus."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name = name
        self._make = make
        self._corpus: Sequence[str] | None = None

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,  # noqa: ARG002 - TF-IDF knows no languages
        corpus_language: str,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Return the cosines, queries x corpus."""
        if self._corpus is not corpus:
            self._vectorizer = self._make()
            self._postings = self._vectorizer.fit_transform(corpus).T.tocsr()
            self._corpus = corpus
        return dense(self._vectorizer.transform(queries) @ self._postings)


class Bm25Matcher:
    """Okapi BM25 over words."""

    def __init__(self) -> None:
        self.name = "BM25"
        self._corpus: Sequence[str] | None = None

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,  # noqa: ARG002 - BM25 knows no languages
        corpus_language: str,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Return the scores, queries x corpus."""
        if self._corpus is not corpus:
            self._fit(corpus)
            self._corpus = corpus
        return dense(self._vectorizer.transform(queries).astype(np.float32) @ self._postings)

    def _fit(self, corpus: Sequence[str]) -> None:
        """Keep the weight of every word in every text, so that a query only adds them up."""
        self._vectorizer = CountVectorizer(token_pattern=r"(?u)\b\w+\b", strip_accents="unicode")  # noqa: S106
        counts = self._vectorizer.fit_transform(corpus).tocoo()
        lengths = np.bincount(counts.row, weights=counts.data, minlength=len(corpus))
        frequencies = np.bincount(counts.col, minlength=counts.shape[1])
        idf = np.log1p((len(corpus) - frequencies + 0.5) / (frequencies + 0.5))
        norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1e-9))
        weights = idf[counts.col] * counts.data * (_K1 + 1) / (counts.data + norms[counts.row])
        matrix = sparse.csr_matrix((weights.astype(np.float32), (counts.col, counts.row)), shape=counts.shape[::-1])
        self._postings = matrix


def dense(product: Any) -> NDArray[np.float32]:  # noqa: ANN401 - a sparse matrix of either kind
    """Return a sparse product as a full matrix."""
    return np.asarray(product.toarray(), dtype=np.float32)


def floor_matchers() -> list[Matcher]:
    """Return the floors."""
    return [
        TfidfMatcher("character TF-IDF", character_vectorizer),
        TfidfMatcher("word TF-IDF", word_vectorizer),
        Bm25Matcher(),
    ]
