"""The likeliest entities of texts, aliases to the letter and what a search found, all at once. Pure.

What `classifiers.standardize.candidates` and `classifiers.standardize.calibration` say of one candidate with its
evidence, for all candidates of many texts, without an object for each: of texts that stand alone, in a query that
prefers nothing.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.scoring import Scoring, chances_of_rows
from classifiers.kernels.whole import search_and_score
from classifiers.standardize.calibration import MAX_CONFIDENCE, Calibration, LogOdds
from classifiers.standardize.candidates import BY_NAME, NAMED_ALIKE, exact_entities
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.match import CENTRE_WEIGHT, NGRAM_WEIGHT, FoundRows, Match
from classifiers.standardize.model import Confidence
from classifiers.standardize.rarity import NOTHING_RARE
from classifiers.standardize.search import found_rows, search_arrays, search_limits
from classifiers.standardize.text import utf8_texts
from taxonomy.model import EntityType

_NO_ROWS = np.zeros(0, dtype=np.int32)


Likely = tuple[int, Confidence]
"""An alias row that stands for its entity, and how likely that one is right. No class: a text has a dozen of them."""


class Scorer:
    """Scores exact matches and what a search found in one taxonomy, by one calibration.

    Entities that are less likely than `floor` are left out.
    """

    def __init__(self, taxonomy: CompiledTaxonomy, calibration: Calibration, *, floor: float = 0.0) -> None:
        self._taxonomy = taxonomy
        self._floor = floor
        self._aliases = (
            taxonomy.alias_entities,
            taxonomy.alias_kinds.codes,
            taxonomy.alias_confidences,
            taxonomy.popularity,
            taxonomy.sources,
        )
        self._keys = taxonomy.alias_keys.arrays
        self._arrays = {kind: search_arrays(taxonomy, kind) for kind in taxonomy.meanings}
        self._models = {
            kind: (_arrays(regimes.exact), _arrays(regimes.alike))
            for kind in EntityType
            for regimes in [calibration.regimes(kind)]
        }

    def likeliest(
        self, keys: Sequence[str], kind: EntityType, exact: Sequence[Sequence[Match]], found: FoundRows, *, top: int
    ) -> list[tuple[Likely, ...]]:
        """Return the likeliest entities of each folded text, best first, at most `top`.

        `exact` are the matches to the letter of each text; `found` is what a search found beside them.
        """
        return _likely(chances_of_rows(found, *self._arguments(keys, kind, exact, top)))

    def searched(
        self, keys: Sequence[str], kind: EntityType, exact: Sequence[Sequence[Match]], *, more: int, most: int, top: int
    ) -> list[tuple[Likely, ...]]:
        """Return the same of a search for the texts: see `classifiers.standardize.search.found_rows`.

        Where the type has vectors, `most` rows of each text are looked at beside those to the letter.
        """
        if (arrays := self._arrays.get(kind)) is None:
            found = found_rows(self._taxonomy, keys, kind, more=more, most=most)
            return self.likeliest(keys, kind, exact, found, top=top)
        limits, scoring = search_limits(more=more, most=most), self._arguments(keys, kind, exact, top)
        return _likely(search_and_score(arrays, limits, scoring))

    def _arguments(self, keys: Sequence[str], kind: EntityType, exact: Sequence[Sequence[Match]], top: int) -> Scoring:
        return (
            utf8_texts(keys),
            self._exact(exact),
            self._aliases,
            (*self._keys, self._taxonomy.rarities.get(kind, NOTHING_RARE)),
            self._models[kind],
            (CENTRE_WEIGHT, NGRAM_WEIGHT, top, MAX_CONFIDENCE, self._floor, BY_NAME if kind in NAMED_ALIKE else 0.0),
        )

    def _exact(
        self, exact: Sequence[Sequence[Match]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return where the exact rows of each text end, the rows, one an entity, and how many rivals each has."""
        if not any(exact):
            return np.zeros(len(exact), dtype=np.int64), _NO_ROWS, _NO_ROWS
        pairs = [exact_entities(self._taxonomy, matches) if matches else [] for matches in exact]
        ends = np.array(list(accumulate(map(len, pairs))), dtype=np.int64)
        columns = np.array([pair for some in pairs for pair in some], dtype=np.int32).T
        return ends, np.ascontiguousarray(columns[0]), np.ascontiguousarray(columns[1])


def _arrays(model: LogOdds) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return model.intercept, np.array(model.coefficients), np.array(model.raw), np.array(model.found)


def _likely(answers: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]) -> list[tuple[Likely, ...]]:
    sizes, rows, chances = answers
    return [
        tuple(zip(some[:size], likely[:size], strict=True))
        for size, some, likely in zip(sizes.tolist(), rows.tolist(), chances.tolist(), strict=True)
    ]
