"""Learn the linear encoder: a teacher's vectors, pulled towards their synonyms, fitted, then sharpened by contrast.

The taxonomy says which labels mean the same, in every language that it has; the teacher says how entities lie to
each other. A label in the teacher's language has its own vector, mixed with the centre of its entities' labels, as
target; a label in another language has that centre. Words of a multilingual encoder's vocabulary, mapped to the same
space by the labels that both encoders have read, give words of languages a place of which the taxonomy has no label.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.linear import encoder_scheme, unit_rows
from classifiers.hashing import hashed_counts, inverse_frequencies, weighted
from classifiers.standardize.text import fold
from classifiers.training.contrast import Contrast, sharpen
from classifiers.training.labels import LabelledTexts
from taxonomy.model import EntityType

_Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The complete configuration of a fit.

    `pull` is the share of the synonyms' centre in a label's target, `word_weight` what a word of the vocabulary
    counts beside a label, `held_out_share` the share of the labels that are kept for evaluation.
    """

    types: tuple[EntityType, ...] = (EntityType.TITLE, EntityType.SKILL)
    features: int = 1 << 17
    dimensions: int = 192
    pull: float = 0.8
    ridge: float = 0.1
    iterations: int = 25
    word_weight: float = 0.3
    held_out_share: float = 0.1
    teacher_languages: tuple[str, ...] = ("en", "mul")
    contrast: Contrast = field(default_factory=Contrast)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """Words of many languages, and the multilingual encoder's vectors of the labels and of the words."""

    words: tuple[str, ...]
    label_vectors: _Array
    word_vectors: _Array


def fit_encoder(
    labels: LabelledTexts,
    teacher: _Array,
    words: Words,
    config: EncoderConfig,
    *,
    on_epoch: Callable[[int, float], None] = lambda _epoch, _loss: None,
) -> tuple[_Array, _Array]:
    """Return the weights (features x dimensions) and the inverse frequencies of the features.

    `teacher` holds the vectors of the taught labels, in their order.
    """
    keys = [fold(text) for text in (*labels.texts, *words.words)]
    counts = hashed_counts(keys, encoder_scheme(config.features))
    idf = inverse_frequencies(counts[: len(labels.texts)])
    vectors = weighted(counts, idf)
    own_targets = _principal(label_targets(labels, teacher, pull=config.pull), config)
    learned = ~labels.held_out & (np.abs(own_targets).sum(axis=1) > 0)
    word_targets = _mapped(words.label_vectors[learned], own_targets[learned], words.word_vectors)
    targets = np.vstack([own_targets, word_targets])
    importance = np.concatenate([learned.astype(np.float32), np.full(len(words.words), config.word_weight)])
    weights = _ridge(vectors, targets, importance.astype(np.float32), config)
    rows = np.flatnonzero(learned)
    weights = sharpen(
        weights,
        vectors[rows],
        (labels.membership[rows], labels.groups),
        targets[rows],
        (vectors[len(labels.texts) :], word_targets),
        config.contrast,
        on_epoch=on_epoch,
    )
    return weights, idf


def label_targets(labels: LabelledTexts, teacher: _Array, *, pull: float) -> _Array:
    """Return the target of every label, texts x the teacher's dimensions; 0 where nothing taught is near.

    Held-out labels take no part in the centres.
    """
    own = np.zeros((len(labels.texts), teacher.shape[1]), dtype=np.float32)
    own[labels.taught] = unit_rows(teacher - teacher.mean(axis=0))
    teaching = sparse.diags((labels.taught & ~labels.held_out).astype(np.float32)) @ labels.membership
    centres = unit_rows(np.asarray(teaching.T @ own))
    around = unit_rows(np.asarray(labels.membership @ centres))
    mixed = np.where(labels.taught[:, None], (1 - pull) * own + pull * around, around)
    return unit_rows(np.asarray(mixed, dtype=np.float32))


def _mapped(source: _Array, targets: _Array, words: _Array) -> _Array:
    """Return the words in the space of the targets, by the least squares map that the labels show."""
    centre = source.mean(axis=0)
    known = np.hstack([source - centre, np.ones((len(source), 1), dtype=np.float32)])
    asked = np.hstack([words - centre, np.ones((len(words), 1), dtype=np.float32)])
    gram = known.T @ known + 3.0 * np.eye(known.shape[1], dtype=np.float32)
    return np.asarray(asked @ np.linalg.solve(gram, known.T @ targets), dtype=np.float32)


def _principal(rows: _Array, config: EncoderConfig) -> _Array:
    """Return rows in their principal directions, found on a sample."""
    sample = np.random.default_rng(config.seed).permutation(len(rows))[:20_000]
    _, _, directions = np.linalg.svd(rows[sample], full_matrices=False)
    return np.asarray(rows @ directions[: config.dimensions].T)


def _ridge(vectors: "sparse.csr_matrix", targets: _Array, importance: _Array, config: EncoderConfig) -> _Array:
    """Solve (X'DX + ridge I) W = X'DY for W by conjugate gradient (Hestenes and Stiefel 1952), D the importance."""
    weighting = sparse.diags(importance)
    transposed = (vectors.T @ weighting).tocsr().astype(np.float32)
    residual = np.asarray(transposed @ targets, dtype=np.float32)
    weights = np.zeros_like(residual)
    direction = residual.copy()
    square = (residual**2).sum(axis=0)
    for _ in range(config.iterations):
        image = transposed @ (vectors @ direction) + config.ridge * direction
        step = square / np.maximum((direction * image).sum(axis=0), 1e-12)
        weights += direction * step
        residual -= image * step
        after = (residual**2).sum(axis=0)
        direction = residual + direction * (after / np.maximum(square, 1e-12))
        square = after
    return weights
