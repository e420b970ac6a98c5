"""Of which type a phrase would be: told by the field where people type it, and by the words of known entities."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from taxonomy.candidates.bucket import FIELDS
from taxonomy.candidates.scoring import words_of
from taxonomy.candidates.statistics import Phrases
from taxonomy.model import MENTIONABLE_TYPES, EntityType

TYPE_OF_FIELD: Final[Mapping[str, EntityType]] = {
    "skills": EntityType.SKILL,
    "titles": EntityType.TITLE,
    "companies": EntityType.COMPANY,
    "schools": EntityType.SCHOOL,
    "degrees": EntityType.DEGREE,
    "locations": EntityType.LOCATION,
    "fields_of_study": EntityType.FIELD_OF_STUDY,
    "languages": EntityType.LANGUAGE,
    "certificates": EntityType.CERTIFICATE,
}
_WORD_FEATURES: Final = 2**16
_LEAST_OF_A_TYPE: Final = 20
"""A type of which fewer phrases are known is told by the field alone."""
_MOST_EXAMPLES: Final = 20_000


def guess_types(phrases: Phrases, known: Mapping[str, str], *, seed: int) -> tuple[str, ...]:
    """Return the likeliest type of each phrase, given the types of known folded labels.

    Learned from the known labels among the phrases: their words, and in which fields they are typed. A phrase that
    is mostly typed in a field whose type was not learned is of that field's type.
    """
    by_field = _by_field(phrases)
    names = np.array([known.get(text, "") for text in phrases.texts])
    kinds, counts = np.unique(names, return_counts=True)
    learned = {
        str(kind)
        for kind, count in zip(kinds, counts, strict=True)
        if kind in MENTIONABLE_TYPES and count >= _LEAST_OF_A_TYPE
    }
    if len(learned) < 2:
        return tuple(by_field)
    examples = np.flatnonzero(np.isin(names, sorted(learned)))
    rng = np.random.default_rng(seed)
    if len(examples) > _MOST_EXAMPLES:
        examples = np.sort(rng.choice(examples, _MOST_EXAMPLES, replace=False))
    features = _features(phrases)
    model = LogisticRegression(C=1.0, max_iter=300, solver="lbfgs")
    guessed = model.fit(features[examples], names[examples]).predict(features)
    outside = _mostly_whole(phrases) & ~np.isin(by_field, sorted(learned))
    return tuple(np.where(outside, by_field, guessed).tolist())


def _by_field(phrases: Phrases) -> NDArray[np.str_]:
    types = np.array([str(TYPE_OF_FIELD[name]) for name in FIELDS])
    likeliest: NDArray[np.str_] = types[phrases.whole_values.argmax(axis=1)]
    return likeliest


def _mostly_whole(phrases: Phrases) -> NDArray[np.bool_]:
    """Whether a phrase stands alone in a field in at least half of its occurrences."""
    mostly: NDArray[np.bool_] = 2 * phrases.whole_values.max(axis=1) >= np.maximum(phrases.counts, 1)
    return mostly


def _features(phrases: Phrases) -> "sparse.csr_matrix":
    """Return the words of each phrase and the share of each field among the places where it stands whole."""
    whole = phrases.whole_values.sum(axis=1, keepdims=True)
    shares = np.where(whole > 0, phrases.whole_values / np.maximum(whole, 1), 1 / len(FIELDS))
    return sparse.csr_matrix(
        sparse.hstack([words_of(phrases.texts, _WORD_FEATURES), sparse.csr_matrix(shares.astype(np.float32))])
    )
