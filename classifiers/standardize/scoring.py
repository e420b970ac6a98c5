"""The likeliest entities of texts that are no aliases to the letter, all at once. Pure.

What `classifiers.standardize.candidates` and `classifiers.standardize.calibration` say of one candidate with its
evidence, for all candidates of many texts, without an object for each.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.scoring import alike_chances
from classifiers.standardize.calibration import MAX_CONFIDENCE, Calibration, LogOdds
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.match import CENTRE_WEIGHT, NGRAM_WEIGHT, FoundRows
from classifiers.standardize.model import Confidence
from classifiers.standardize.text import utf8_texts
from taxonomy.model import EntityType


class Likely(NamedTuple):
    """An alias row that stands for its entity, and how likely that one is right."""

    row: int
    confidence: Confidence


class AlikeScorer:
    """Scores what a search found in one taxonomy, by one calibration."""

    def __init__(self, taxonomy: CompiledTaxonomy, calibration: Calibration) -> None:
        self._aliases = (
            taxonomy.alias_entities,
            taxonomy.alias_kinds.codes,
            taxonomy.alias_confidences,
            taxonomy.popularity,
        )
        self._keys = taxonomy.alias_keys.arrays
        self._rarities = taxonomy.rarities
        self._models = {kind: _arrays(calibration.alike(kind)) for kind in taxonomy.indexes}

    def likeliest(self, keys: Sequence[str], kind: EntityType, found: FoundRows, *, top: int) -> list[list[Likely]]:
        """Return the likeliest entities of each folded text, best first, at most `top`."""
        if not found.rows.shape[1]:
            return [[] for _ in keys]
        weights = CENTRE_WEIGHT, NGRAM_WEIGHT
        key_arrays, model = (*self._keys, self._rarities[kind]), self._models[kind]
        answers = alike_chances(utf8_texts(keys), found, self._aliases, key_arrays, weights, model, top)
        return [
            [
                Likely(row, Confidence(min(MAX_CONFIDENCE, chance)))
                for row, chance in zip(rows[:n], some[:n], strict=True)
            ]
            for n, rows, some in zip(*(answer.tolist() for answer in answers), strict=True)
        ]


def _arrays(model: LogOdds) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return model.intercept, np.array(model.coefficients), np.array(model.raw), np.array(model.found)
