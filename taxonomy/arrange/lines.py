"""What the texts of parents say of their children: tasks and examples, line by line."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from taxonomy.arrange.model import Node
from taxonomy.arrange.views import Matrix, View, unit
from taxonomy.corpus.model import Encode

_BREAK: Final = re.compile(r"[\n;]|\(\w\)\s")
_REFERENCE: Final = re.compile(r"^(?P<what>.*\S)\s*[-\u2013]\s*(?P<code>\S*\d\S*)$")
_SHORTEST: Final = 4
_LONGEST: Final = 200
_NOTHING: Final = -0.2
"""The likeness to a parent of which nothing is said: below that of unrelated texts."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Labels and lines of text by the place of their parent, sorted by it."""

    texts: tuple[str, ...]
    parents: NDArray[np.int64]
    count: int

    def best(self, likeness: Matrix) -> Matrix:
        """Return the highest of children x lines for each parent: children x parents."""
        found = np.full((len(likeness), self.count), _NOTHING, dtype=np.float32)
        if len(self.texts):
            starts = np.flatnonzero(np.r_[True, np.diff(self.parents) > 0])
            found[:, self.parents[starts]] = np.maximum.reduceat(likeness, starts, axis=1)
        return found


Likeness = Callable[[NDArray[np.int64]], Matrix]


def labels_of_parents(parents: Sequence[Node]) -> Lines:
    """Return the labels of parents."""
    return _sorted([(place, label.lower()) for place, node in enumerate(parents) for label in node.labels], parents)


def lines_of_parents(parents: Sequence[Node]) -> Lines:
    """Return the lines of the texts of parents; a line that ends in another one's code is said of that one."""
    place_of_code = {node.code: place for place, node in enumerate(parents) if node.code}
    found = [item for place, node in enumerate(parents) for item in _lines(place, node.text, place_of_code)]
    return _sorted(found, parents)


def letter_likeness(children: Sequence[str], lines: Lines) -> Likeness:
    """Return the cosine of letters between texts of children and lines."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
    together = vectorizer.fit_transform([*children, *(lines.texts or ("nothing",))])
    mine, theirs = together[: len(children)], together[len(children) :].T.tocsr()
    return lambda rows: lines.best((mine[rows] @ theirs).toarray()[:, : len(lines.texts)])


def meaning_likeness(children: View, lines: Lines, encode: Encode) -> Likeness:
    """Return the cosine of meaning between children, as they are viewed, and lines."""
    vectors = encode(lines.texts) if lines.texts else np.zeros((0, children.rows.shape[1]), dtype=np.float32)
    theirs = unit(vectors - vectors.mean(axis=0)) if len(vectors) else vectors
    return lambda rows: lines.best(np.asarray(children.rows[rows] @ theirs.T))


def _lines(place: int, text: str, place_of_code: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    for part in _BREAK.split(text):
        line = part.strip(" -\t\xa0").lower()[:_LONGEST]
        reference = _REFERENCE.match(line)
        other = place_of_code.get(reference["code"]) if reference else None
        if reference and other is not None:
            yield other, reference["what"]
        elif len(line) >= _SHORTEST:
            yield place, line


def _sorted(found: list[tuple[int, str]], parents: Sequence[Node]) -> Lines:
    ordered = sorted(set(found))
    return Lines(
        tuple(text for _, text in ordered), np.array([place for place, _ in ordered], dtype=np.int64), len(parents)
    )
