"""What the benchmark compares: ways to score how well each text of a corpus answers each query."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

_CELLS: Final = 16_000_000
"""Scores held at once: 64 MB, and about four times as much while they are made."""


class Matcher(Protocol):
    """Scores a corpus for each query; a higher score is a better answer.

    A large set is scored in several calls with the very same corpus object, so an implementation keeps what it
    made of the last corpus. Texts come as they stand in the files: case, accents and noise are the matcher's.
    """

    @property
    def name(self) -> str:
        """Name in the table."""
        ...

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> NDArray[np.float32]:
        """Return the scores, queries x corpus."""
        ...


def score_in_chunks(
    matcher: Matcher, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield which queries and their scores, a bounded part of the matrix at a time.

    Raises:
        ValueError: where a matcher returns another shape, or scores that are not finite.
    """
    size = max(1, _CELLS // max(1, len(corpus)))
    for start in range(0, len(queries), size):
        span = slice(start, min(start + size, len(queries)))
        scores = matcher.score(queries[span], corpus, query_language=query_language, corpus_language=corpus_language)
        if scores.shape != (span.stop - span.start, len(corpus)) or not np.isfinite(scores).all():
            raise ValueError(f"{matcher.name} returned {scores.shape} or scores that are not finite")
        yield span, scores
