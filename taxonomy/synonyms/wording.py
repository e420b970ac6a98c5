"""The words of phrases as sparse rows: stems, what is rare, what stands first and last, what carries a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from gensim.parsing.porter import PorterStemmer
from scipy import sparse

from taxonomy.synonyms.model import Floats, Rows

_STEMMER: Final = PorterStemmer()
_SHORTEST_STEMMED: Final = 3
_SHORTEST_SINGULAR: Final = 4
_MARKS: Final = frozenset("+#0123456789")
_LEAST_RARITY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of n phrases over v stems.

    `presence` is n x v, 1 where a phrase has a stem; `rarity` the inverse document frequency of each stem; `words`
    a word of each stem; `first` and `last` the stems at the ends of each phrase; `marks` the words of each phrase
    that hold a digit, a plus or a hash, which tell versions and languages apart.
    """

    presence: "sparse.csr_matrix"
    rarity: Floats
    words: tuple[str, ...]
    first: Rows
    last: Rows
    marks: tuple[frozenset[str], ...]


def wording_of(keys: Sequence[str]) -> Wording:
    """Return the words of folded phrases, none of which may be empty."""
    place: dict[str, int] = {}
    words: list[str] = []
    rows: list[list[int]] = []
    for key in keys:
        row = []
        for word in key.split():
            stem = stem_of(word)
            if stem not in place:
                place[stem] = len(place)
                words.append(word)
            row.append(place[stem])
        rows.append(row)
    presence = _presence(rows, len(place))
    frequency = np.asarray(presence.sum(axis=0)).ravel()
    rarity = np.log((len(keys) + 1) / (frequency + 1)) + _LEAST_RARITY
    return Wording(
        presence,
        rarity.astype(np.float32),
        tuple(words),
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[-1] for row in rows], dtype=np.int64),
        tuple(frozenset(word for word in key.split() if _MARKS.intersection(word)) for key in keys),
    )


@lru_cache(maxsize=200_000)
def stem_of(word: str) -> str:
    """Return the stem of a folded word (Porter 1980); short words and words with digits or marks stay as they are."""
    if len(word) < _SHORTEST_STEMMED or _MARKS.intersection(word):
        return word
    return str(_STEMMER.stem(word))


def singular_of(word: str) -> str:
    """Return a folded word without the ending of a plural (the S stemmer of Harman 1991).

    Only words whose singular has four letters or more: SSIS is not several SSI.
    """
    if word.endswith("ies") and not word.endswith(("aies", "eies")):
        singular = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "aes", "ees", "oes")):
        singular = word[:-1]
    else:
        return word
    return singular if len(singular) >= _SHORTEST_SINGULAR else word


def _presence(rows: Sequence[Sequence[int]], stems: int) -> "sparse.csr_matrix":
    distinct = [sorted(set(row)) for row in rows]
    ends = np.cumsum([0, *(len(row) for row in distinct)])
    columns = np.array([column for row in distinct for column in row], dtype=np.int64)
    values = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((values, columns, ends), shape=(len(rows), stems))
