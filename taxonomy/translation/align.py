"""Which piece of a label translates which: two lexical models that have to agree.

IBM model 1 (Brown et al. 1993) in both directions, trained jointly so that the expectations are products of both
posteriors (Liang, Taskar and Klein, "Alignment by Agreement", 2006). Pieces are compared by their first letters
(Fraser and Marcu 2005), which joins inflected forms in any language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.translation.pieces import GLUE, Pieces

_STEM: Final = 6
_COGNATE: Final = 4
"""Pieces that begin with so many equal letters get a head start."""
_COGNATE_COUNT: Final = 0.5
_NULL: Final = 0.02
"""Probability, before any evidence, that a piece comes from nothing, beside that of one piece."""

_LONG: Final = 12
_DIAGONAL: Final = 4.0

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bitext:
    """Pairs of labels in pieces, each with the weight that it has in learning."""

    sources: tuple[Pieces, ...]
    targets: tuple[Pieces, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Aligner:
    """Lexical probabilities by pairs of stems, in both directions."""

    forward: dict[tuple[str, str], float]
    backward: dict[tuple[str, str], float]

    def posterior(self, source: Sequence[str], target: Sequence[str]) -> Weights:
        """Return how sure it is that two pieces belong together: source x target pieces, in [0, 1]."""
        ones, others = [stem(piece) for piece in source], [stem(piece) for piece in target]
        near = _nearness((len(ones), len(others)))
        forward, backward = (
            near * np.array([[table.get((one, other), 0.0) for other in others] for one in ones])
            for table in (self.forward, self.backward)
        )
        forward = forward / (forward.sum(axis=0, keepdims=True) + _NULL)
        backward = backward / (backward.sum(axis=1, keepdims=True) + _NULL)
        return np.asarray(np.sqrt(forward * backward))


def stem(piece: str) -> str:
    """Return the first letters of a piece, without glue and capitals."""
    return piece.strip(GLUE)[:_STEM].lower()


def learn_alignment(bitext: Bitext, *, rounds: int = 8) -> Aligner:
    """Learn lexical probabilities from pairs of labels; the same for the same pairs."""
    names: dict[str, int] = {}
    cells = _cells(bitext, names)
    size = len(names)
    kinds, kind = np.unique(cells.source * size + cells.target, return_inverse=True)
    source_of, target_of = kinds // size, kinds % size
    words = list(names)
    prior = np.array([
        _COGNATE_COUNT if _cognate(words[one], words[other]) else 0.0
        for one, other in zip(source_of.tolist(), target_of.tolist(), strict=True)
    ])  # fmt: skip
    counts = np.bincount(kind, weights=cells.weight, minlength=len(kinds)) * 0.01 + prior * 4
    for _ in range(rounds):
        forward, backward = _normalised(counts, source_of, size), _normalised(counts, target_of, size)
        along = forward[kind] / (np.bincount(cells.column, weights=forward[kind])[cells.column] + _NULL)
        across = backward[kind] / (np.bincount(cells.row, weights=backward[kind])[cells.row] + _NULL)
        counts = np.bincount(kind, weights=along * across * cells.weight, minlength=len(kinds)) + prior
    forward, backward = _normalised(counts, source_of, size), _normalised(counts, target_of, size)
    kept = np.flatnonzero(np.maximum(forward, backward) > 1e-3)
    keys = [(words[source_of[place]], words[target_of[place]]) for place in kept]
    return Aligner(
        dict(zip(keys, forward[kept].tolist(), strict=True)), dict(zip(keys, backward[kept].tolist(), strict=True))
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Every pair of pieces of every pair of labels; `row` and `column` number the pieces of all labels."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    weight: Weights


def _cells(bitext: Bitext, names: dict[str, int]) -> _Cells:
    parts: list[tuple[NDArray[np.int64], ...]] = []
    weights: list[Weights] = []
    rows = columns = 0
    for source, target, weight in zip(bitext.sources, bitext.targets, bitext.weights, strict=True):
        ones = np.array([names.setdefault(stem(piece), len(names)) for piece in source], dtype=np.int64)
        others = np.array([names.setdefault(stem(piece), len(names)) for piece in target], dtype=np.int64)
        shape = (len(ones), len(others))
        row, column = np.indices(shape).reshape(2, -1)
        parts.append((np.repeat(ones, shape[1]), np.tile(others, shape[0]), row + rows, column + columns))
        weights.append(weight * _nearness(shape).ravel())
        rows, columns = rows + shape[0], columns + shape[1]
    source_ids, target_ids, row_ids, column_ids = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _Cells(source_ids, target_ids, row_ids, column_ids, np.concatenate(weights))


def _nearness(shape: tuple[int, int]) -> Weights:
    """Return what places in long texts count: much alike on the diagonal (Dyer et al. 2013); 1 for short labels."""
    if min(shape) <= _LONG:
        return np.ones(shape)
    row, column = np.indices(shape)
    return np.asarray(np.exp(-_DIAGONAL * np.abs((row + 0.5) / shape[0] - (column + 0.5) / shape[1])))


def _normalised(counts: Weights, group: NDArray[np.int64], size: int) -> Weights:
    totals = np.bincount(group, weights=counts, minlength=size)
    return np.asarray(counts / np.maximum(totals[group], 1e-12))


def _cognate(one: str, other: str) -> bool:
    return one[:_COGNATE] == other[:_COGNATE] and (len(one) >= _COGNATE or one == other)
