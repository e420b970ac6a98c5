"""Running text that nobody means well with: seconds a million characters, beside plain text of the same length.

A quarter of the text is measured too: where time is linear in the length, the whole takes four times as long.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.rows import rounded
from benchmarks.standardize.taxonomies import standardizer_of
from benchmarks.standardize.timing import seconds_of_each
from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import Standardizer
from core.collector import settle

_CHARACTERS: Final = 1_000_000
_REPEATS: Final = 3
_PARTS: Final = 4
_PLAIN: Final = "We seek a software engineer who knows Python, spreadsheets and how to build teams in Paris. "
HOSTILE: Final[Mapping[str, str]] = {
    "control characters": "\x00\x01\x1b\x7f\x85",
    "right to left": "\u05de\u05d4\u05e0\u05d3\u05e1 \u202epython\u202c \u0645\u0647\u0646\u062f\u0633 ",
    "combining marks": "e" + 50 * "\u0301",
    "zero-width characters": "py\u200bth\u200don ",
    "lone surrogates": "a\ud800 ",
    "one word again and again": "python ",
    "one letter without a space": "a",
    "spaces": " ",
    "open brackets": "(a",
    "refusals": "no a, not required ",
    "dots": "a.b.",
    "characters without spaces": "\u6771\u4eac",
    "ligatures that grow when folded": "\ufdfa",
    "places without end": "San Jose, ",
    "emoji": "\U0001f469\u200d\U0001f4bb ",
}
"""What is repeated, by its name."""


def bench_hostile(context: Context) -> list[BenchRow]:
    """Measure every kind with all taxonomies loaded."""
    context.on_step(f"hostile input: {len(HOSTILE)} kinds of {_CHARACTERS:,} characters")
    standardizer = standardizer_of(context.taxonomies.compiled)
    # As the servers do: else the collector would look through what the other sets of this run have read.
    settle()
    return hostile_rows(standardizer, characters=_CHARACTERS)


def hostile_rows(standardizer: Standardizer, *, characters: int) -> list[BenchRow]:
    """Return the median seconds of each kind beside those of plain text, and its growth beside the linear one."""
    plain = _seconds(standardizer, repeated(_PLAIN, characters))
    rows: list[BenchRow] = []
    case = f"hostile input, {characters:,} characters"
    for name, unit in HOSTILE.items():
        whole = _seconds(standardizer, repeated(unit, characters))
        part = _seconds(standardizer, repeated(unit, characters // _PARTS))
        rows += [
            BenchRow(case, f"seconds, {name}", rounded(whole), rounded(plain), "plain text", rows=_REPEATS),
            BenchRow(
                case,
                f"times the seconds of a quarter, {name}",
                rounded(whole / part, 1),
                float(_PARTS),
                "linear",
                rows=_REPEATS,
            ),
        ]
    return rows


def repeated(unit: str, characters: int) -> str:
    """Return a text of so many characters that repeats one."""
    return (unit * (characters // len(unit) + 1))[:characters]


def _seconds(standardizer: Standardizer, text: str) -> float:
    return float(np.median(seconds_of_each(lambda one: standardizer.standardize(Query(one)), [text] * _REPEATS)))
