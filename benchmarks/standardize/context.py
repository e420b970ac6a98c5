"""What every part of the benchmark gets: the data, the taxonomies, the matchers, and how much to measure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.standardize.matcher import Matcher
from benchmarks.standardize.metrics import Values
from benchmarks.standardize.rows import Figures
from benchmarks.standardize.taxonomies import Taxonomies

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class BenchPolicy:
    """How much is measured; smaller numbers serve development and tests.

    `max_queries` cuts every set of queries (None measures all); the others are queries a type, questions a type,
    seconds a measurement of speed, and aliases of the growth table.
    """

    seed: int = 7
    max_queries: int | None = None
    hidden_queries: int = 2_500
    misspelt_queries: int = 2_500
    questions: int = 10_000
    calibration_samples: int = 60_000
    speed_texts: int = 3_000
    running_text_characters: int = 400_000
    growth_aliases: tuple[int, ...] = (30_000, 100_000, 300_000, 1_000_000)
    growth_baseline_aliases: int = 300_000
    with_pretrained: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the benchmark."""

    data: Path
    out: Path
    taxonomies: Taxonomies
    floors: list[Matcher]
    ours: list[Matcher]
    policy: BenchPolicy
    on_step: Callable[[str], None]

    @property
    def evaluation(self) -> Path:
        """The folder of evaluation sets."""
        return self.data / "evaluation"

    def files(self, folder: str, pattern: str) -> list[Path]:
        """Return the files of a set that match, in order; says what is missing."""
        return [path for path in self._below(folder, pattern) if path.is_file()]

    def folders(self, folder: str) -> list[Path]:
        """Return the folders of a set, in order; says what is missing."""
        return [path for path in self._below(folder, "*") if path.is_dir()]

    def _below(self, folder: str, pattern: str) -> list[Path]:
        root = self.evaluation / folder
        found = sorted(path for path in root.glob(pattern) if not path.name.startswith("."))
        if not found:
            self.on_step(f"skipped {folder}: no {pattern} in evaluation/{folder}")
        return found

    def cut(self, items: Sequence[Item]) -> list[Item]:
        """Return as many items as the policy allows, evenly over the set."""
        limit = self.policy.max_queries
        if limit is None or len(items) <= limit:
            return list(items)
        return [items[i * len(items) // limit] for i in range(limit)]

    def measure(self, measure: Callable[[Matcher], Values]) -> Figures:
        """Return the values of every floor and of every part of ours."""
        return self.measure_ways(lambda matcher: {matcher.name: measure(matcher)})

    def measure_ways(self, measure: Callable[[Matcher], dict[str, Values]]) -> Figures:
        """Return the values of every floor and of every part of ours, each used in several ways."""
        floors: dict[str, Values] = {}
        ours: dict[str, Values] = {}
        for matcher in self.floors:
            floors |= measure(matcher)
        for matcher in self.ours:
            ours |= measure(matcher)
        return Figures(floors, ours)
