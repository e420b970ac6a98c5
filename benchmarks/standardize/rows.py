"""From values a query to rows of the table: ours beside the best floor, then every part by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import Values, bootstrap_interval

_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Reference:
    """The best published figure, and the targets of the fast path and with pretrained encoders; None where unknown."""

    published: float | None = None
    target: float | None = None
    pretrained_target: float | None = None


NO_REFERENCE: Final = Reference()
WHOLE: Final = "whole"
SERVED: Final = "as served"
"""Name of what the product itself answers with, where it does more than the whole."""
PRETRAINED: Final = "whole, with pretrained encoders"
"""Name of the whole with encoders that only an extra installs: a row of its own, beside the fast path."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Values a query by the name of what was measured; the last of ours, without pretrained encoders, is the whole."""

    floors: Mapping[str, Values]
    ours: Mapping[str, Values]

    def each(self, change: Callable[[Values], Values]) -> "Figures":
        """Return the figures with all values changed."""
        return Figures(
            {name: change(values) for name, values in self.floors.items()},
            {name: change(values) for name, values in self.ours.items()},
        )

    def served(self, values: Mapping[str, Values]) -> "Figures":
        """Return the figures with what the product itself answers with as the last of ours."""
        return Figures(self.floors, {**self.ours, **values})

    @property
    def whole(self) -> str:
        """Name of the last of ours on the fast path."""
        return [name for name in self.ours if name != PRETRAINED][-1]

    @property
    def best_floor(self) -> str:
        """Name of the floor with the highest mean."""
        return max(self.floors, key=lambda name: float(self.floors[name].mean()))


def compare(case: str, metric: str, figures: Figures, reference: Reference = NO_REFERENCE) -> list[BenchRow]:
    """Return the row of ours beside the best floor, and one row for each floor and each part of ours."""
    best = figures.best_floor
    floor = float(figures.floors[best].mean())
    ours = figures.ours[figures.whole]
    rows = [measured(case, metric, ours, baseline=floor, baseline_name=best, reference=reference)]
    # Where something else than the whole answers, a ranker that has learned, the pretrained whole is no match for it.
    if PRETRAINED in figures.ours and figures.whole in {WHOLE, SERVED}:
        with_pretrained = replace(reference, target=reference.pretrained_target)
        name, values = f"{case}, with pretrained encoders", figures.ours[PRETRAINED]
        rows.append(measured(name, metric, values, baseline=floor, baseline_name=best, reference=with_pretrained))
    parts = [*figures.floors.items(), *figures.ours.items()]
    rows += [measured(f"{case} / {name}", metric, values) for name, values in parts]
    return rows


def measured(
    case: str,
    metric: str,
    values: Values,
    *,
    baseline: float | None = None,
    baseline_name: str | None = None,
    reference: Reference = NO_REFERENCE,
) -> BenchRow:
    """Return the row of a mean with its bootstrap interval."""
    low, high = bootstrap_interval(values)
    return BenchRow(
        case,
        metric,
        rounded(float(values.mean())),
        None if baseline is None else rounded(baseline),
        baseline_name,
        reference.published,
        reference.target,
        len(values),
        rounded(low),
        rounded(high),
    )


def mean_of_sets(case: str, metric: str, sets: list[Figures], reference: Reference) -> list[BenchRow]:
    """Return the mean over several sets, each set counting the same; no interval, for sets are no sample."""
    if len(sets) < 2:
        return []
    floors = {name: float(np.mean([one.floors[name].mean() for one in sets])) for name in sets[0].floors}
    best = max(floors, key=lambda name: floors[name])
    queries = sum(len(one.ours[one.whole]) for one in sets)

    def row(name: str, values: list[Values], target: float | None) -> BenchRow:
        mean = rounded(float(np.mean([one.mean() for one in values])))
        return BenchRow(name, metric, mean, rounded(floors[best]), best, reference.published, target, queries)

    rows = [row(case, [one.ours[one.whole] for one in sets], reference.target)]
    if all(PRETRAINED in one.ours for one in sets):
        pretrained = [one.ours[PRETRAINED] for one in sets]
        rows.append(row(f"{case}, with pretrained encoders", pretrained, reference.pretrained_target))
    return rows


def rounded(value: float, digits: int = _DIGITS) -> float:
    """Return a figure without false precision."""
    return round(value, digits)
