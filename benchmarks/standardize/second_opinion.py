"""What a second opinion by a pretrained encoder costs: milliseconds a title beside the fast path's own, and memory.

The title is answered by the standardizer, then read by the encoder and compared with every label of the occupations,
whose vectors were read before. Titles are read one by one and anew; only labels come from what is kept.
"""

import gc
import os
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.model import BenchRow
from benchmarks.standardize.footprint import held_by
from benchmarks.standardize.ours import kept_encoder
from benchmarks.standardize.ranking import Labels
from benchmarks.standardize.rows import rounded
from benchmarks.standardize.timing import seconds_of_each
from classifiers.encoder.minilm import MiniLmEncoder
from classifiers.encoder.protocol import Encoder
from core.errors import EnvironmentFaultError
from core.settings import Settings

CASE: Final = "speed, with a pretrained encoder"
_TARGET_MS: Final = 50.0
_TEXTS: Final = 1_000
_Scores = NDArray[np.float32]


def second_opinion_rows(
    labels: Labels, texts: Sequence[str], answer: Callable[[str], object], on_step: Callable[[str], None]
) -> list[BenchRow]:
    """Return milliseconds a title and megabytes of MiniLM beside `answer`; nothing where it is not installed."""
    before = _private_mb()
    try:
        encoder = MiniLmEncoder()
    except EnvironmentFaultError as error:
        on_step(f"without a pretrained encoder: {error}")
        return []
    vectors = kept_encoder(encoder, Settings().cache_dir, on_step).encode(labels.texts)
    encoder.encode(texts[:1])
    held = _private_mb() - before
    on_step(f"speed: {min(len(texts), _TEXTS):,} titles, {encoder.name} beside the standardizer")
    rows = timed_rows(encoder, vectors, labels, texts[:_TEXTS], answer)
    return [*rows, BenchRow(CASE, f"MB that {encoder.name} and {len(labels.texts):,} labels add", rounded(held, 0))]


def timed_rows(
    encoder: Encoder, vectors: _Scores, labels: Labels, texts: Sequence[str], answer: Callable[[str], object]
) -> list[BenchRow]:
    """Return milliseconds a title, answered and compared with labels, whose `vectors` are labels x dimensions."""
    starts = labels.starts

    def answer_twice(text: str) -> tuple[object, _Scores]:
        scores = vectors @ encoder.encode([text])[0]
        return answer(text), np.asarray(np.maximum.reduceat(scores, starts))

    milliseconds = 1e3 * seconds_of_each(answer_twice, texts)
    p50, p99 = (rounded(float(np.percentile(milliseconds, percent))) for percent in (50, 99))
    return [
        BenchRow(CASE, "p50 ms a title", p50, rows=len(texts)),
        BenchRow(CASE, "p99 ms a title", p99, target=_TARGET_MS, rows=len(texts)),
    ]


def _private_mb() -> float:
    gc.collect()
    return held_by(os.getpid()).private / 1e6
