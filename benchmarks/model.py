"""The one form of every benchmark: rows of ours beside a baseline, with the number of rows and an interval."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One figure.

    `published` is the best published figure and `target` ours to reach; `rows` is how many observations stand
    behind the figure; `low` and `high` bound its 95 % interval. None where it does not apply.
    """

    case: str
    metric: str
    ours: float | None
    baseline: float | None = None
    baseline_name: str | None = None
    published: float | None = None
    target: float | None = None
    rows: int | None = None
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return the row in the form for programs."""
        return asdict(self)


Measure = Callable[[str, Callable[[], list[BenchRow]]], list[BenchRow]]
"""Returns the rows of a set, by its name, from a function that makes them, or from where they were kept."""


def measured_now(_name: str, make: Callable[[], list[BenchRow]]) -> list[BenchRow]:
    """Return the rows of a set, measured now."""
    return make()


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What a benchmark is asked for: the folder of real data, where one is given, and how to say what it does.

    `encoders` are folders of encoders that are measured beside those that are installed; `dictionaries` are bilingual
    dictionaries from English by language. A benchmark of several sets calls `measure` for each.
    """

    data: Path | None
    on_step: Callable[[str], None]
    only: tuple[str, ...] = ()
    encoders: tuple[Path, ...] = ()
    dictionaries: Mapping[str, Path] = field(default_factory=dict)
    measure: Measure = measured_now


Benchmark = Callable[[BenchRequest], list[BenchRow]]
