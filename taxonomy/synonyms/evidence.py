"""What speaks for and against two phrases meaning the same: one number a pair and feature.

Two phrases with most words in common mean the same where the words that are left do: so words in common are taken
away, and the rest is compared. Nearness means more where a phrase has few near ones: so the cosine is also taken
relative to both phrases' neighbourhoods (CSLS, Conneau et al. 2018, "Word translation without parallel data"), and
shared neighbours are counted (Jarvis and Patrick 1973).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler
from scipy import sparse

from taxonomy.synonyms.blocking import block, initials, nearest, spelling_vectors
from taxonomy.synonyms.model import BlockingPolicy, Floats, Pairs, Rows, Spaces
from taxonomy.synonyms.wording import Wording, wording_of

SAME_LETTERS: Final = "same letters"
FEATURES: Final[dict[str, str]] = {
    "characters": "Cosine of TF-IDF vectors of character n-grams.",
    "edits": "Share of characters that stay when one phrase is edited into the other.",
    "edits of sorted words": "The same with the words of both phrases sorted.",
    "beginning": "Jaro-Winkler similarity, which counts a common beginning more.",
    SAME_LETTERS: "1 where the phrases differ by blanks alone.",
    "initials": "1 where one phrase is the initials of the other.",
    "words in common": "Share of all words of both, rare ones counting more, that both have, inflections aside.",
    "words contained": "Share of the words of the one with fewer or commoner words that the other has too.",
    "same stems": "1 where the phrases differ by inflection and order alone.",
    "one word more": "1 where one phrase has all words of the other and one more.",
    "words left, fewer": "Words that the other phrase lacks, of the phrase that has fewer such.",
    "words left, more": "Words that the other phrase lacks, of the phrase that has more such.",
    "rarity left, lower": "Rarity of the rarest word that the other lacks, of the phrase where it is commoner.",
    "rarity left, higher": "Rarity of the rarest word that the other lacks, of the phrase where it is rarer.",
    "same first word": "1 where the first words are inflections of one word.",
    "same last word": "1 where the last words, mostly the heads of noun phrases, are inflections of one word.",
    "length": "Words of the shorter phrase.",
    "marks differ": "1 where words with digits, a plus or a hash differ: versions, programming languages.",
}
"""Every feature of the texts themselves, and what it says."""

SPACE_FEATURES: Final[dict[str, str]] = {
    "cosine": "Cosine of the two phrases.",
    "relative cosine": "Twice the cosine, less the mean cosine of each phrase to its nearest ones.",
    "shared neighbours": "Share of the nearest phrases that both have.",
    "cosine of words left": "Cosine of what remains of both phrases without the words in common; 0 where nothing does.",
    "cosine of first words": "Cosine of the first words.",
    "cosine of last words": "Cosine of the last words.",
}
"""Features of each kind of vectors; the name of the space goes before."""

_NEAR: Final = 10
_AT_ONCE: Final = 100_000
_MOST_LEFT: Final = 6
_PER_CENT: Final = np.float32(0.01)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The features of pairs: `values` is pairs x features, in the order of `names`."""

    pairs: Pairs
    names: tuple[str, ...]
    values: Floats

    def column(self, name: str) -> Floats:
        """Return the values of one feature; none where there are no pairs."""
        return self.values[:, self.names.index(name)] if len(self.pairs) else np.zeros(0, np.float32)

    def take(self, places: Rows) -> "Evidence":
        """Return the features of some of the pairs."""
        return Evidence(Pairs(self.pairs.left[places], self.pairs.right[places]), self.names, self.values[places])


def feature_documentation(name: str) -> str:
    """Return what a feature says."""
    own = FEATURES.get(name)
    return own if own is not None else SPACE_FEATURES[name.split(": ", 1)[1]]


def gather(
    keys: Sequence[str],
    spaces: Spaces,
    policy: BlockingPolicy,
    *,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Evidence:
    """Block folded phrases, each given once and none empty, and measure all features of the pairs."""
    if len(keys) < 2:
        return Evidence(Pairs(_no_rows(), _no_rows()), (), np.zeros((0, 0), np.float32))
    spelling = spelling_vectors(keys)
    vectors = {space: encode(keys) for space, encode in spaces.items()}
    near = {space: nearest(rows, max(policy.neighbours, _NEAR)) for space, rows in vectors.items()}
    pairs = block(keys, spelling, near, policy)
    on_step(f"{len(pairs):,} pairs of {len(keys):,} phrases")
    wording = wording_of(keys)
    columns = _text_features(keys, pairs, spelling)
    columns |= _word_features(wording, pairs)
    for space, encode in spaces.items():
        found = _space_features(vectors[space], near[space][:, :_NEAR], pairs)
        found |= _leftover_cosines(wording, encode(wording.words), pairs)
        columns |= {f"{space}: {name}": found[name] for name in SPACE_FEATURES}
    values = np.stack([columns[name] for name in columns], axis=1) if columns else np.zeros((len(pairs), 0))
    return Evidence(pairs, tuple(columns), values.astype(np.float32))


def _text_features(keys: Sequence[str], pairs: Pairs, spelling: "sparse.csr_matrix") -> dict[str, Floats]:
    lefts = [keys[row] for row in pairs.left.tolist()]
    rights = [keys[row] for row in pairs.right.tolist()]
    firsts = [initials(key) if " " in key else "" for key in keys]
    solid = [key.replace(" ", "") for key in keys]
    ends = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    return {
        "characters": _products(spelling, pairs),
        "edits": _compared(fuzz.ratio, lefts, rights) * _PER_CENT,
        "edits of sorted words": _compared(fuzz.token_sort_ratio, lefts, rights) * _PER_CENT,
        "beginning": _compared(JaroWinkler.similarity, lefts, rights),
        SAME_LETTERS: np.array([solid[a] == solid[b] for a, b in ends], np.float32),
        "initials": np.array([firsts[a] == keys[b] or firsts[b] == keys[a] for a, b in ends], np.float32),
    }


def _compared(scorer: Callable[..., float], lefts: Sequence[str], rights: Sequence[str]) -> Floats:
    return np.asarray(process.cpdist(lefts, rights, scorer=scorer, dtype=np.float32), dtype=np.float32)


def _word_features(wording: Wording, pairs: Pairs) -> dict[str, Floats]:
    weighted = _scaled(wording.presence, wording.rarity)
    sizes = np.asarray(wording.presence.sum(axis=1)).ravel()
    weights = np.asarray(weighted.sum(axis=1)).ravel()
    a, b = pairs.left, pairs.right
    common = _products(wording.presence, pairs)
    shared = _products(wording.presence, pairs, weighted)
    left, right = sizes[a] - common, sizes[b] - common
    rarest_left, rarest_right = _rarest_left(wording, pairs)
    fewer, more = np.minimum(left, right), np.maximum(left, right)
    marks = zip(a.tolist(), b.tolist(), strict=True)
    return {
        "words in common": shared / (weights[a] + weights[b] - shared),
        "words contained": shared / np.minimum(weights[a], weights[b]),
        "same stems": (more == 0).astype(np.float32),
        "one word more": ((fewer == 0) & (more == 1)).astype(np.float32),
        "words left, fewer": np.minimum(fewer, _MOST_LEFT),
        "words left, more": np.minimum(more, _MOST_LEFT),
        "rarity left, lower": np.minimum(rarest_left, rarest_right),
        "rarity left, higher": np.maximum(rarest_left, rarest_right),
        "same first word": (wording.first[a] == wording.first[b]).astype(np.float32),
        "same last word": (wording.last[a] == wording.last[b]).astype(np.float32),
        "length": np.minimum(np.minimum(sizes[a], sizes[b]), _MOST_LEFT),
        "marks differ": np.array([wording.marks[x] != wording.marks[y] for x, y in marks], np.float32),
    }


def _rarest_left(wording: Wording, pairs: Pairs) -> tuple[Floats, Floats]:
    lefts, rights = [], []
    for one, other in _leftovers(wording.presence, pairs):
        lefts.append(_scaled(one, wording.rarity).max(axis=1).toarray().ravel())
        rights.append(_scaled(other, wording.rarity).max(axis=1).toarray().ravel())
    return _joined(lefts), _joined(rights)


def _space_features(vectors: Floats, near: Rows, pairs: Pairs) -> dict[str, Floats]:
    rows, width = near.shape
    cosines = _products(vectors, pairs)
    repeated = np.repeat(np.arange(rows), width)
    density = _products(vectors, Pairs(repeated, near.ravel())).reshape(rows, width).mean(axis=1)
    ones = np.ones(rows * width, np.float32)
    graph = sparse.csr_matrix((ones, (repeated, near.ravel())), shape=(rows, rows))
    graph = sparse.csr_matrix(graph + sparse.identity(rows, dtype=np.float32, format="csr"))
    return {
        "cosine": cosines,
        "relative cosine": 2 * cosines - density[pairs.left] - density[pairs.right],
        "shared neighbours": _products(graph, pairs) / (width + 1),
    }


def _leftover_cosines(wording: Wording, vectors: Floats, pairs: Pairs) -> dict[str, Floats]:
    cosines = []
    for one, other in _leftovers(wording.presence, pairs):
        a = _unit(np.asarray(_scaled(one, wording.rarity) @ vectors))
        b = _unit(np.asarray(_scaled(other, wording.rarity) @ vectors))
        cosines.append(np.einsum("ij,ij->i", a, b))
    firsts = Pairs(wording.first[pairs.left], wording.first[pairs.right])
    lasts = Pairs(wording.last[pairs.left], wording.last[pairs.right])
    return {
        "cosine of words left": _joined(cosines),
        "cosine of first words": _products(vectors, firsts),
        "cosine of last words": _products(vectors, lasts),
    }


def _leftovers(presence: "sparse.csr_matrix", pairs: Pairs) -> "Iterator[tuple[sparse.csr_matrix, sparse.csr_matrix]]":
    """Yield, some pairs at a time, the words of the left phrases that the right ones lack, and the reverse."""
    for start in range(0, len(pairs), _AT_ONCE):
        one = presence[pairs.left[start : start + _AT_ONCE]]
        other = presence[pairs.right[start : start + _AT_ONCE]]
        common = one.multiply(other)
        yield sparse.csr_matrix(one - common), sparse.csr_matrix(other - common)


def _products(rows: "Floats | sparse.csr_matrix", pairs: Pairs, others: "sparse.csr_matrix | None" = None) -> Floats:
    """Return the inner product of the rows of each pair; of the right rows of `others` where given."""
    products = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _AT_ONCE):
        a, b = pairs.left[start : start + _AT_ONCE], pairs.right[start : start + _AT_ONCE]
        if isinstance(rows, np.ndarray):
            products[start : start + len(a)] = np.einsum("ij,ij->i", rows[a], rows[b])
        else:
            right = rows if others is None else others
            products[start : start + len(a)] = np.asarray(rows[a].multiply(right[b]).sum(axis=1)).ravel()
    return products


def _scaled(rows: "sparse.csr_matrix", weights: Floats) -> "sparse.csr_matrix":
    """Return rows with each column times its weight."""
    return sparse.csr_matrix((rows.data * weights[rows.indices], rows.indices, rows.indptr), shape=rows.shape)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _no_rows() -> Rows:
    return np.zeros(0, np.int64)
