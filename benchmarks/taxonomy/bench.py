"""`canonym bench taxonomy`: what builds a taxonomy, on real corpora, each step beside a baseline of the same run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from threadpoolctl import threadpool_limits

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.sets import check_sets, required_data, rows_of_sets
from benchmarks.taxonomy.candidates import bench_candidates
from benchmarks.taxonomy.cleaning import bench_cleaning
from benchmarks.taxonomy.context import BuildBenchPolicy, BuildContext
from benchmarks.taxonomy.hierarchy import bench_hierarchy
from benchmarks.taxonomy.senses import bench_senses
from benchmarks.taxonomy.synonyms import bench_synonyms
from benchmarks.taxonomy.translation import bench_translation

SETS: Final[Mapping[str, Callable[[BuildContext], list[BenchRow]]]] = {
    "cleaning": bench_cleaning,
    "candidates": bench_candidates,
    "senses": bench_senses,
    "synonyms": bench_synonyms,
    "hierarchy": bench_hierarchy,
    "translation": bench_translation,
}
"""Every part by the name that `--only` takes."""

OUT: Final = Path(__file__).parents[1] / "out"
"""Where printouts go; git ignores it."""


def bench_taxonomy(request: BenchRequest, policy: BuildBenchPolicy | None = None, *, out: Path = OUT) -> list[BenchRow]:
    """Measure the parts that were asked for, all by default.

    Raises:
        InvalidError: without a data folder, for an unknown part, and for damaged data.
    """
    data = required_data(request, "taxonomy construction")
    check_sets(request, SETS)
    context = BuildContext(data, out, policy or BuildBenchPolicy(), request.on_step, request.dictionaries)
    # As in a build: threads of libraries take longer than one thread, waiting for each other.
    with threadpool_limits(limits=1):
        return rows_of_sets(request, SETS, context)
