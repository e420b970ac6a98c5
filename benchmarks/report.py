"""Rows as tables: for the terminal, and for the report in which every set has a section with its provenance."""

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.model import BenchRow

COLUMNS: Final = ("case", "metric", "ours", "95 % interval", "baseline", "published", "target", "rows")
_INTRODUCTION: Final = (
    "# Results\n\nWhat `canonym bench` measured last, a section for each set. Every figure stands beside a baseline of"
    " the same run.\n"
)
_HEADING: Final = "\n## "


def cells(row: BenchRow) -> tuple[str, ...]:
    """Return the texts of a row, one for each of `COLUMNS`; empty where something does not apply."""
    return (
        row.case,
        row.metric,
        _figure(row.ours),
        "" if row.low is None or row.high is None else f"{row.low:,g} to {row.high:,g}",
        "" if row.baseline is None else f"{row.baseline:,g} ({row.baseline_name})",
        _figure(row.published),
        _figure(row.target),
        "" if row.rows is None else f"{row.rows:,}",
    )


def section(provenance: str, rows: Sequence[BenchRow]) -> str:
    """Return a section's text in Markdown, without its heading."""
    lines = [provenance, "", _line(COLUMNS), _line(["---"] * len(COLUMNS)), *(_line(cells(row)) for row in rows)]
    return "\n".join(lines) + "\n"


def with_sections(report: str, sections: Mapping[str, str]) -> str:
    """Return a report with sections put in by their headings: those of the same name are replaced, others stay."""
    _, *old = report.split(_HEADING)
    known = {heading: text.strip("\n") for heading, _, text in (part.partition("\n") for part in old)}
    known.update((heading, text.strip("\n")) for heading, text in sections.items())
    return _INTRODUCTION + "".join(f"{_HEADING}{heading}\n\n{text}\n" for heading, text in sorted(known.items()))


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,g}"
