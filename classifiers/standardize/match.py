"""A match: an alias row that could be what a text names, and how like it is, in every view."""

from math import isnan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

CENTRE_WEIGHT: Final = 0.5
"""What nearness to the middle of an entity counts beside that to its nearest alias."""
NGRAM_WEIGHT: Final = 0.05
"""What the likeness of the letters adds to that of the meaning: it tells apart what the encoder takes for the same."""

SHOWN_AS_ALIKE: Final = 0.6
"""From this cosine of n-grams on, the alias that looks like the text is shown, not the one that means it."""


class Match(NamedTuple):
    """An alias row, and cosines to the text: of n-grams, and of meaning to the alias and to its entity's centre.

    Both meanings are None where the type has no vectors or the encoder knows nothing of the text. A similarity of 0
    says that n-grams found nothing. A tuple, for a search makes dozens of them.
    """

    row: int
    similarity: float
    meaning: float | None = None
    centre: float | None = None
    exact: bool = False

    @property
    def score(self) -> float:
        """All views in one number, at most 1, by which candidates are ranked."""
        if self.meaning is None or self.centre is None:
            return self.similarity
        blend = self.meaning + CENTRE_WEIGHT * self.centre + NGRAM_WEIGHT * self.similarity
        return blend / (1 + CENTRE_WEIGHT + NGRAM_WEIGHT)


def exact_match(row: int) -> Match:
    """Return the match of an alias whose folded text is the text itself."""
    return Match(row, 1.0, 1.0, 1.0, exact=True)


class FoundRows(NamedTuple):
    """How many alias rows were found for each text, and texts x these: rows, and cosines in each view.

    Meanings and centres are NaN where the type has no vectors or the encoder knows nothing of the text.
    """

    counts: NDArray[np.int64]
    rows: NDArray[np.int32]
    similarities: NDArray[np.float32]
    meanings: NDArray[np.float32]
    centres: NDArray[np.float32]

    def matches(self, text: int) -> list[Match]:
        """Return the same for one text as matches."""
        count = self.counts[text]
        columns = (column[text, :count].tolist() for column in self[1:])
        return [
            Match(row, similarity) if isnan(meaning) else Match(row, similarity, meaning, centre)
            for row, similarity, meaning, centre in zip(*columns, strict=True)
        ]


def nothing_found(texts: int) -> FoundRows:
    """Return that nothing was found for some texts."""
    none = np.zeros((texts, 0), dtype=np.float32)
    return FoundRows(np.zeros(texts, dtype=np.int64), none.astype(np.int32), none, none, none)
