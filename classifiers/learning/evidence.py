"""What speaks for each entity as the meaning of a text: labelled texts like it, labels like it, frequency. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.learning.views import Array, Cosines, ViewVectors, cosines

EVIDENCE: Final[Mapping[str, str]] = {
    "blend": "score of the ridge over all views; it ranks what is no candidate",
    "meaning": "score of the ridge over meaning alone",
    "words": "score of the ridge over words alone",
    "job": "score of the ridge over the meaning of the bare job",
    "vote": "sum of the sixth powers of the likeness to the entity's texts",
    "nearest": "likeness to the nearest of the entity's texts",
    "label_words": "cosine of words to the best label",
    "label_letters": "cosine of letters to the best label",
    "label_meaning": "cosine of meaning to the best label",
    "label": "mean cosine over the views to the best label",
    "centre": "cosine of meaning to the centre of the labels",
    "label_job": "cosine of the meaning of the bare job to the best label",
    "centre_job": "cosine of the meaning of the bare job to the centre of the labels",
    "frequency": "logarithm of how many texts the entity has",
    "confused": "how often the entity was right where the ridge over all views read a text so",
    "reliability": "how often that ridge is right where it names the entity",
    "label_count": "how many labels the entity has",
}
"""Every kind of evidence, in the order of the columns that the trees see."""

CANDIDATES: Final[Mapping[str, int]] = {"blend": 60, "vote": 30, "label_meaning": 20, "label_letters": 20, "centre": 20}
"""How many entities each kind of evidence proposes; what none proposes is ranked by the ridge, after the others."""

_EVEN: Final = (1.0, 1.0, 1.0, 0.0)
_VOTE_POWER: Final = 6
_UNSEEN: Final = 0.3
"""Texts that an entity without any is taken to have, so that its frequency has a logarithm."""


@dataclass(frozen=True, slots=True)
class EntityLabels:
    """Labels of entities: `texts`, and for each the number of its entity, ascending; every entity has one at least."""

    texts: tuple[str, ...]
    entities: NDArray[np.int32]

    @property
    def count(self) -> int:
        """Return how many entities there are."""
        return int(self.entities[-1]) + 1

    @property
    def starts(self) -> NDArray[np.int64]:
        """Return where the labels of each entity start."""
        return np.flatnonzero(np.concatenate(([True], self.entities[1:] != self.entities[:-1])))


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """The labelled texts and the labels that a text is compared with; `entities` has the entity of each text."""

    entities: NDArray[np.int64]
    labels: ViewVectors
    label_starts: NDArray[np.int64]
    label_centres: Array

    @property
    def entity_count(self) -> int:
        """Return how many entities there are."""
        return len(self.label_starts)

    def evidence(
        self, texts: ViewVectors, likeness: Cosines, learned: Mapping[str, Array], usable: NDArray[np.bool_]
    ) -> dict[str, Array]:
        """Return each kind of evidence, texts x entities.

        `likeness` is the cosines to the labelled texts, `learned` the evidence of ridges and of their confusions.
        `usable` is texts x labelled texts, and tells which of these may be looked at.
        """
        alike = np.where(usable, np.maximum(likeness.blend(_EVEN), 0), 0).astype(np.float32)
        to_labels = cosines(texts, self.labels)
        found = dict(learned)
        found["vote"] = self._summed(alike**_VOTE_POWER)
        found["nearest"] = self._best_text(alike)
        for view in ("words", "letters", "meaning", "job"):
            found[f"label_{view}"] = self._best_label(getattr(to_labels, view))
        found["label"] = self._best_label(to_labels.blend(_EVEN))
        found["centre"] = np.asarray(texts.meaning @ self.label_centres.T)
        found["centre_job"] = np.asarray(texts.job @ self.label_centres.T)
        found["frequency"] = np.log(self._summed(usable.astype(np.float32)) + np.float32(_UNSEEN))
        label_counts = np.diff(self.label_starts, append=len(self.labels)).astype(np.float32)
        found["label_count"] = np.broadcast_to(label_counts, found["frequency"].shape)
        return {name: found[name] for name in EVIDENCE}

    def _summed(self, values: Array) -> Array:
        members = membership(self.entities, self.entity_count)
        return np.asarray((members.T @ values.T).T)

    def _best_label(self, values: Array) -> Array:
        return np.asarray(np.maximum.reduceat(values, self.label_starts, axis=1))

    def _best_text(self, values: Array) -> Array:
        order = np.argsort(self.entities, kind="stable")
        found, starts = np.unique(self.entities[order], return_index=True)
        best = np.zeros((len(values), self.entity_count), dtype=np.float32)
        best[:, found] = np.maximum.reduceat(values[:, order], starts, axis=1)
        return best


def membership(entities: NDArray[np.integer], count: int) -> "sparse.csr_matrix":
    """Return 1 where a text belongs to an entity, texts x entities."""
    ones = np.ones(len(entities), dtype=np.float32)
    return sparse.csr_matrix((ones, (np.arange(len(entities)), entities)), shape=(len(entities), count))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of a text and an entity that it may mean, ordered by text, and the evidence of each pair, pairs x columns.

    The columns are the evidence, then how far each kind lies below its best for the text, then for each kind the
    logarithm of the candidate's rank among those of the text, and then the text's best two scores of the ridge.
    """

    texts: NDArray[np.intp]
    entities: NDArray[np.intp]
    columns: Array


def candidates(evidence: Mapping[str, Array]) -> Candidates:
    """Return the entities that any kind of evidence proposes for each text."""
    pool = np.zeros(evidence["blend"].shape, dtype=np.bool_)
    for name, most in CANDIDATES.items():
        values = evidence[name]
        top = min(most, values.shape[1])
        np.put_along_axis(pool, np.argpartition(-values, top - 1, axis=1)[:, :top], values=True, axis=1)
    texts, entities = np.nonzero(pool)
    plain = [values[texts, entities] for values in evidence.values()]
    below = [own - values.max(axis=1)[texts] for own, values in zip(plain, evidence.values(), strict=True)]
    ranks = [np.log1p(_ranks_within(texts, own)) for own in plain]
    columns = np.stack([*plain, *below, *ranks, *_best_two(evidence["blend"])[:, texts]], axis=1)
    return Candidates(texts, entities, columns.astype(np.float32))


def _ranks_within(texts: NDArray[np.intp], values: Array) -> NDArray[np.intp]:
    """Return how many values of the same text are better than each; equal ones count where they stand before it."""
    order = np.lexsort((-values, texts))
    ranks = np.empty(len(texts), dtype=np.intp)
    ranks[order] = np.arange(len(texts)) - np.searchsorted(texts, texts)[order]
    return ranks


def _best_two(scores: Array) -> Array:
    """Return the best and the second best score of each text, 2 x texts; the best twice where there is but one."""
    second = min(2, scores.shape[1])
    best = -np.partition(-scores, second - 1, axis=1)[:, :second]
    return np.stack([best.max(axis=1), best.min(axis=1)])
