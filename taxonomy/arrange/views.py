"""How much nodes are alike, in several views: letters, words and meaning of labels, texts, what they are seen with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.preprocessing import normalize

from taxonomy.arrange.model import ArrangePolicy, Node
from taxonomy.corpus.model import Encode

Matrix = NDArray[np.float32]
_LONGEST_TEXT: Final = 400
_PREFERRED: Final = 2.0
"""The preferred label counts so much in the centre of a node."""


@dataclass(frozen=True, slots=True)
class View:
    """One vector a node, of length 1 or 0, as a dense or sparse matrix."""

    name: str
    rows: Matrix | sp.csr_matrix

    def likeness(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> Matrix:
        """Return the cosines between some nodes and others: rows x others."""
        product = self.rows[rows] @ self.rows[others].T
        return np.asarray(product.toarray() if sp.issparse(product) else product, dtype=np.float32)


def views_of(nodes: Sequence[Node], policy: ArrangePolicy, encode: Encode | None) -> list[View]:
    """Return the views of nodes; those of which nothing is known are left out."""
    labels = ["\n".join(node.labels).lower() for node in nodes]
    found = [View("letters", letters(labels)), View("words", words(labels, pairs=True))]
    if encode:
        found.append(View("meaning", centres(nodes, policy, encode)))
    texts = [node.text[:_LONGEST_TEXT] if policy.texts else "" for node in nodes]
    if any(texts):
        found.append(View("words of texts", words([text.lower() for text in texts], pairs=False)))
        if encode:
            found.append(View("meaning of texts", centred(encode(texts))))
    if any(node.company for node in nodes):
        found.append(View("company", company(nodes)))
    return found


def letters(texts: Sequence[str]) -> sp.csr_matrix:
    """Return n-grams of 3 to 5 letters inside words, weighted by TF-IDF."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
    return sp.csr_matrix(vectorizer.fit_transform(texts))


def words(texts: Sequence[str], *, pairs: bool) -> sp.csr_matrix:
    """Return words, and pairs of them, weighted by TF-IDF; nothing where there are no words."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2 if pairs else 1), sublinear_tf=True, dtype=np.float32, min_df=1)
    if not any(any(map(str.isalnum, text)) for text in texts):
        return sp.csr_matrix(np.zeros((len(texts), 1), dtype=np.float32))
    return sp.csr_matrix(vectorizer.fit_transform([*texts, "nothing at all"])[:-1])


def centres(nodes: Sequence[Node], policy: ArrangePolicy, encode: Encode) -> Matrix:
    """Return the centre of each node's labels, the preferred one counting double."""
    flat = [(place, label.lower()) for place, node in enumerate(nodes) for label in node.labels[: policy.labels]]
    unique = sorted({label for _, label in flat})
    vectors = encode(unique)
    vectors = vectors - vectors.mean(axis=0)
    row_of = {label: row for row, label in enumerate(unique)}
    first = {place: number for number, (place, _) in reversed(list(enumerate(flat)))}
    weights = np.array(
        [_PREFERRED if first[place] == number else 1.0 for number, (place, _) in enumerate(flat)], dtype=np.float32
    )
    spread = sp.csr_matrix(
        (weights, ([place for place, _ in flat], [row_of[label] for _, label in flat])),
        shape=(len(nodes), len(unique)),
    )
    return unit(np.asarray(spread @ vectors, dtype=np.float32))


def company(nodes: Sequence[Node]) -> sp.csr_matrix:
    """Return what each node is seen with, rare things counting more."""
    counts = DictVectorizer(dtype=np.float32).fit_transform([dict(node.company) for node in nodes])
    return sp.csr_matrix(normalize(TfidfTransformer().fit_transform(counts)), dtype=np.float32)


def centred(vectors: Matrix) -> Matrix:
    """Return vectors around their mean, of length 1; rows of zeros stay."""
    known = np.linalg.norm(vectors, axis=1) > 0
    moved = vectors - vectors[known].mean(axis=0) if known.any() else vectors
    moved[~known] = 0
    return unit(moved)


def unit(rows: Matrix) -> Matrix:
    """Return rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)
