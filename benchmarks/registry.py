"""All benchmarks by name, loaded only when they run: their libraries take seconds to import."""

import pkgutil
from collections.abc import Mapping
from typing import Final, cast

from benchmarks.model import Benchmark

BENCHMARKS: Final[Mapping[str, str]] = {
    "standardize": "benchmarks.standardize.bench:bench_standardize",
    "stream": "benchmarks.stream:bench_stream",
    "taxonomy": "benchmarks.taxonomy.bench:bench_taxonomy",
    "build-growth": "benchmarks.taxonomy.growth:bench_build_growth",
}
"""Every benchmark and where its function is; `canonym bench all` runs them in this order."""
OF_SETS: Final = frozenset({"standardize", "taxonomy"})
"""Benchmarks that measure set by set; of the others a run is one set."""


def load_benchmark(name: str) -> Benchmark:
    """Return the function of a benchmark."""
    return cast("Benchmark", pkgutil.resolve_name(BENCHMARKS[name]))
