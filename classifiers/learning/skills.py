"""Learn from sentences and the skills that each names to rank skills for other sentences.

What a sentence says in words of the labels is found by its phrases. What it says in other words is learned by a
ridge over the sentences and the labels of their skills. How often a skill was named decides among equals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.protocol import Encoder
from classifiers.learning.evidence import EntityLabels, membership
from classifiers.learning.phrases import LabelPhrases, phrase_scores
from classifiers.learning.ridge import RidgeConfig, fit_ridge, kernel_of, sample_of
from classifiers.learning.views import Array, TextViews, ViewVectors, blended, centres, stacked, views_of

SENTENCES: Final = RidgeConfig("sentences", (1, 1, 0, 0), sharpness=2, text_noise=1.0, label_noise=0.5)


@dataclass(frozen=True, slots=True)
class SkillConfig:
    """The complete configuration of a fit.

    `phrase_weights` are those of coverage, letters and meaning; beside them stand the weights of the ridge and of
    the logarithm of a skill's frequency, in which a skill never named counts as `unseen` sentences.
    """

    phrase_weights: tuple[float, float, float] = (0.5, 1.0, 1.0)
    ridge_weight: float = 3.0
    frequency_weight: float = 0.1
    unseen: float = 0.3
    ridge: RidgeConfig = SENTENCES
    most_sentences: int = 12_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LearnedSentences:
    """What was learned: the points of the ridge, their duals over the skills that were named, and all frequencies."""

    views: TextViews
    points: ViewVectors
    duals: Array
    named: NDArray[np.intp]
    frequencies: Array


class SkillRanker:
    """Ranks skills for sentences; `fit_skills` makes it."""

    def __init__(
        self, phrases: LabelPhrases, skills: int, learned: LearnedSentences | None, config: SkillConfig
    ) -> None:
        self._phrases = phrases
        self._skills = skills
        self._learned = learned
        self._config = config

    def scores(self, sentences: Sequence[str]) -> Array:
        """Return sentences x skills; a higher score is a better answer."""
        scores = phrase_scores(self._phrases, sentences, entities=self._skills)
        learned, config = self._learned, self._config
        if learned is None or not sentences:
            return scores
        kernel = kernel_of(
            blended(learned.views.vectors(sentences), learned.points, config.ridge.weights), config.ridge
        )
        scores[:, learned.named] += np.float32(config.ridge_weight) * (kernel @ learned.duals)
        scores += np.float32(config.frequency_weight) * np.log(learned.frequencies + np.float32(config.unseen))
        return scores


def _quiet(_: str) -> None:
    """Say nothing."""


def fit_skills(
    sentences: Sequence[str],
    skills: Sequence[Sequence[int]],
    labels: EntityLabels,
    encoder: Encoder,
    *,
    config: SkillConfig | None = None,
    on_step: Callable[[str], None] = _quiet,
) -> SkillRanker:
    """Return a ranker that learned from sentences, the skills that each names, and the skills' labels.

    A sentence may name no skill, which is learned too. With no sentence at all the labels' phrases rank alone.
    """
    config = config or SkillConfig()
    phrases = LabelPhrases(labels, encoder, config.phrase_weights)
    chosen = sample_of(len(sentences), most=config.most_sentences, seed=config.seed)
    named_in = _named_in([skills[i] for i in chosen], labels.count)
    if not named_in.nnz:
        return SkillRanker(phrases, labels.count, None, config)
    on_step(f"ridge over {len(chosen):,} sentences that name {len(np.unique(named_in.indices)):,} skills")
    learned = _learn([sentences[i] for i in chosen], named_in, labels, encoder, config)
    return SkillRanker(phrases, labels.count, learned, config)


def _named_in(skills: Sequence[Sequence[int]], count: int) -> "sparse.csr_matrix":
    """Return 1 where a sentence names a skill, sentences x skills."""
    unique = [sorted(set(found)) for found in skills]
    rows = np.repeat(np.arange(len(unique)), [len(found) for found in unique])
    columns = np.array([skill for found in unique for skill in found], dtype=np.int64)
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(unique), count))


def _learn(
    sentences: Sequence[str],
    named_in: "sparse.csr_matrix",
    labels: EntityLabels,
    encoder: Encoder,
    config: SkillConfig,
) -> LearnedSentences:
    frequencies = np.bincount(named_in.indices, minlength=labels.count).astype(np.float32)
    named = np.flatnonzero(frequencies)
    views = views_of(sentences, encoder)
    points = stacked(views.vectors(sentences), _label_centres(labels, named, views))
    targets = sparse.csr_matrix(sparse.vstack([named_in[:, named], membership(np.arange(len(named)), len(named))]))
    noise = np.repeat(
        np.array([config.ridge.text_noise, config.ridge.label_noise], np.float32), [len(sentences), len(named)]
    )
    fit = fit_ridge(kernel_of(blended(points, points, config.ridge.weights), config.ridge), noise, targets)
    return LearnedSentences(views, points, fit.duals, named, frequencies)


def _label_centres(labels: EntityLabels, named: NDArray[np.intp], views: TextViews) -> ViewVectors:
    """Return the centre of the labels of each skill that was named."""
    kept = np.flatnonzero(np.isin(labels.entities, named))
    owners = np.searchsorted(named, labels.entities[kept])
    vectors = views.vectors([labels.texts[i] for i in kept])
    return centres(vectors, membership(owners, len(named)).T.tocsr())
