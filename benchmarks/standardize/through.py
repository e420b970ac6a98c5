"""Two texts compared through a taxonomy: beside their words and meaning, whether they stand among the same entities.

A text is read as the entities that it means: their centres, weighted by how well each answers it, make a vector of the
text's surroundings. It is query expansion by pseudo relevance feedback (Rocchio 1971), with entities as documents and
for both sides. The standardizer does not do this: its rows stand beside those of the whole, to show what is to be had.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.context import Context
from benchmarks.standardize.ours import EncoderMatcher, WholeMatcher, is_long
from benchmarks.standardize.ranking import Labels
from benchmarks.standardize.rows import PRETRAINED, WHOLE
from benchmarks.standardize.taxonomies import labelled
from classifiers.encoder.linear import load_encoder, unit_rows
from classifiers.encoder.minilm import MiniLmEncoder
from classifiers.encoder.protocol import Encoder
from classifiers.standardize.match import CENTRE_WEIGHT
from taxonomy.model import EntityType

THROUGH: Final = "through the taxonomy"
_ENGLISH: Final = "en"
_NEAREST: Final = 8
"""Entities that a text is read as: so many does the standardizer look at for their meaning."""
_SHARPNESS: Final = 20.0
_WEIGHT: Final = 0.4
"""What the cosine of the surroundings counts beside that of the texts (docs/decisions/0017)."""
_AT_ONCE: Final = 2_000
_Array = NDArray[np.float32]


class Surroundings:
    """Reads texts as entities: `encoder` says which they are, and `views` give the vectors of their centres."""

    def __init__(self, labels: Labels, encoder: Encoder, views: Sequence[Encoder]) -> None:
        self._encoder = encoder
        self._ends = np.append(labels.starts, len(labels.texts))
        self._labels = encoder.encode(labels.texts)
        self._centres = _centres(self._labels, labels)
        self._views = [
            self._centres if view is encoder else _centres(view.encode(labels.texts), labels) for view in views
        ]

    def of(self, texts: Sequence[str]) -> list[_Array]:
        """Return the surroundings of the texts in each view, texts x dimensions, of length 1 (0 for an empty text)."""
        vectors = self._encoder.encode(texts)
        entities, shares = self._read_as(vectors)
        known = np.any(vectors, axis=1, keepdims=True)
        return [unit_rows(np.einsum("te,ted->td", shares, view[entities]) * known) for view in self._views]

    def _read_as(self, vectors: _Array) -> tuple[NDArray[np.intp], _Array]:
        """Return the entities that each text is read as, and their shares, which add up to 1."""
        nearest = min(_NEAREST, len(self._centres))
        entities = np.zeros((len(vectors), nearest), dtype=np.intp)
        scores = np.zeros((len(vectors), nearest), dtype=np.float32)
        for start in range(0, len(vectors), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            cosines = vectors[some] @ self._centres.T
            entities[some] = np.argpartition(-cosines, nearest - 1, axis=1)[:, :nearest]
            scores[some] = CENTRE_WEIGHT * np.take_along_axis(cosines, entities[some], axis=1)
        for row, vector in enumerate(vectors):
            spans = [slice(self._ends[entity], self._ends[entity + 1]) for entity in entities[row]]
            scores[row] += [float((self._labels[span] @ vector).max()) for span in spans]
        shares = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        return entities, shares / shares.sum(axis=1, keepdims=True)


class ThroughTaxonomy:
    """A whole that also compares the surroundings of short texts; otherwise it scores as the whole does."""

    def __init__(self, name: str, whole: WholeMatcher, surroundings: Surroundings) -> None:
        self.name = name
        self._whole = whole
        self._surroundings = surroundings
        self._corpus: Sequence[str] | None = None

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> _Array:
        """Return the scores, queries x corpus."""
        scores = self._whole.score(queries, corpus, query_language=query_language, corpus_language=corpus_language)
        if self._corpus is not corpus:
            self._around = self._surroundings.of(corpus)
            self._corpus = corpus
        short = [row for row, query in enumerate(queries) if not is_long(query)]
        for asked, known in zip(self._surroundings.of([queries[row] for row in short]), self._around, strict=True):
            scores[short] += np.float32(_WEIGHT) * (asked @ known.T)
        return scores

    def entity_bonus(self, queries: Sequence[str], labels: Labels) -> _Array:
        """Return what nearness to the entities' centres adds, queries x entities."""
        return self._whole.entity_bonus(queries, labels)


def through_matchers(context: Context) -> list[ThroughTaxonomy]:
    """Return the wholes of this run, read through the English titles of all taxonomies."""
    labels = labelled(context.taxonomies.everything, EntityType.TITLE).labels
    wholes = {matcher.name: matcher for matcher in context.ours if isinstance(matcher, WholeMatcher)}
    learned = load_encoder()
    views: list[Encoder] = [learned]
    matchers = [ThroughTaxonomy(f"{WHOLE}, {THROUGH}", wholes[WHOLE], Surroundings(labels, learned, views))]
    if PRETRAINED in wholes:
        views += [
            matcher.encoder
            for matcher in context.ours
            if isinstance(matcher, EncoderMatcher) and matcher.encoder.name == MiniLmEncoder.name
        ]
        surroundings = Surroundings(labels, learned, views)
        matchers.append(ThroughTaxonomy(f"{PRETRAINED}, {THROUGH}", wholes[PRETRAINED], surroundings))
    return matchers


def _centres(vectors: _Array, labels: Labels) -> _Array:
    return unit_rows(np.add.reduceat(vectors, labels.starts, axis=0))
