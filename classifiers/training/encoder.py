"""Learn the linear encoder: teacher's vectors, pulled towards their synonyms, fitted by ridge regression.

The taxonomy says which labels mean the same; the teacher says how entities lie to each other. Each label's target is
its own vector mixed with the centre of its entities' labels; what the linear map cannot express is left out. The
normal equations are solved by conjugate gradient (Hestenes and Stiefel 1952), all dimensions at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.linear import encoder_scheme, unit_rows
from classifiers.hashing import hashed_counts, inverse_frequencies, weighted
from classifiers.standardize.text import fold
from taxonomy.model import EntityType, Snapshot

_Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The complete configuration of a fit; `pull` is the share of the synonyms' centre in a label's target."""

    features: int = 1 << 15
    dimensions: int = 192
    pull: float = 0.7
    ridge: float = 0.1
    iterations: int = 40
    seed: int = 0
    languages: tuple[str, ...] = ("en", "mul")


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts and the entities that each is a label of, as texts x entities."""

    texts: tuple[str, ...]
    membership: "sparse.csr_matrix"


def labels_of(snapshot: Snapshot, kind: EntityType, config: EncoderConfig) -> LabelledTexts:
    """Return every label of the entities of a type in the languages of the configuration, each once."""
    row_of: dict[str, int] = {}
    pairs: set[tuple[int, int]] = set()
    entities = [entity for entity in snapshot.entities if entity.type is kind]
    for column, entity in enumerate(entities):
        for alias in entity.aliases:
            if alias.language in config.languages:
                pairs.add((row_of.setdefault(alias.text, len(row_of)), column))
    rows, columns = np.array(sorted(pairs)).T
    membership = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(row_of), len(entities))
    )
    return LabelledTexts(tuple(row_of), membership)


def fit_encoder(labels: LabelledTexts, teacher: _Array, config: EncoderConfig) -> tuple[_Array, _Array]:
    """Return the weights (features x dimensions) and the inverse frequencies of the features."""
    counts = hashed_counts([fold(text) for text in labels.texts], encoder_scheme(config.features))
    idf = inverse_frequencies(counts)
    targets = _principal(synonym_targets(labels, teacher, pull=config.pull), config)
    weights = _ridge(weighted(counts, idf), targets, ridge=config.ridge, iterations=config.iterations)
    return weights, idf


def synonym_targets(labels: LabelledTexts, teacher: _Array, *, pull: float) -> _Array:
    """Return the teacher's vectors, centred, each mixed with the centre of the labels of its entities."""
    own = unit_rows(teacher - teacher.mean(axis=0))
    centres = unit_rows(np.asarray(labels.membership.T @ own))
    around = unit_rows(np.asarray(labels.membership @ centres))
    return unit_rows((1 - pull) * own + pull * around)


def _principal(rows: _Array, config: EncoderConfig) -> _Array:
    """Return rows in their principal directions, found on a sample."""
    sample = np.random.default_rng(config.seed).permutation(len(rows))[:20_000]
    _, _, directions = np.linalg.svd(rows[sample], full_matrices=False)
    return np.asarray(rows @ directions[: config.dimensions].T)


def _ridge(vectors: "sparse.csr_matrix", targets: Sequence[float] | _Array, *, ridge: float, iterations: int) -> _Array:
    """Solve (X'X + ridge I) W = X'Y for W by conjugate gradient."""
    residual = np.asarray(vectors.T @ targets, dtype=np.float32)
    weights = np.zeros_like(residual)
    direction = residual.copy()
    square = (residual**2).sum(axis=0)
    for _ in range(iterations):
        image = vectors.T @ (vectors @ direction) + ridge * direction
        step = square / np.maximum((direction * image).sum(axis=0), 1e-12)
        weights += direction * step
        residual -= image * step
        after = (residual**2).sum(axis=0)
        direction = residual + direction * (after / np.maximum(square, 1e-12))
        square = after
    return weights
