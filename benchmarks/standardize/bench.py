"""`canonym bench standardize`: quality and speed of the standardizer on every evaluation file of a data folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.sets import check_sets, required_data, rows_of_sets
from benchmarks.standardize.affiliations import bench_affiliations
from benchmarks.standardize.confidences import bench_confidences
from benchmarks.standardize.context import BenchPolicy, Context
from benchmarks.standardize.floors import floor_matchers
from benchmarks.standardize.growth import bench_growth
from benchmarks.standardize.hidden import bench_hidden
from benchmarks.standardize.hostile import bench_hostile
from benchmarks.standardize.linking import bench_linking
from benchmarks.standardize.misspelt import bench_misspelt
from benchmarks.standardize.natural_nil import bench_natural_nil
from benchmarks.standardize.ours import our_matchers
from benchmarks.standardize.parts import bench_parts
from benchmarks.standardize.peers import bench_peers
from benchmarks.standardize.sentences import bench_sentences
from benchmarks.standardize.similarity import bench_similarity
from benchmarks.standardize.speed import bench_speed
from benchmarks.standardize.taxonomies import open_taxonomies
from benchmarks.standardize.titles import bench_halves, bench_titles
from core.settings import Settings

SETS: Final[Mapping[str, Callable[[Context], list[BenchRow]]]] = {
    "titles": bench_titles,
    "halves": bench_halves,
    "linking": bench_linking,
    "similarity": bench_similarity,
    "sentences": bench_sentences,
    "hidden": bench_hidden,
    "misspelt": bench_misspelt,
    "confidences": bench_confidences,
    "affiliations": bench_affiliations,
    "natural-nil": bench_natural_nil,
    "speed": bench_speed,
    "growth": bench_growth,
    "parts": bench_parts,
    "peers": bench_peers,
    "hostile": bench_hostile,
}
"""Every part by the name that `--only` takes."""

OUT: Final = Path(__file__).parents[1] / "out"
"""Where plots go; git ignores it."""


def bench_standardize(request: BenchRequest, policy: BenchPolicy | None = None, *, out: Path = OUT) -> list[BenchRow]:
    """Measure the parts that were asked for, all by default.

    Raises:
        InvalidError: without a data folder, for an unknown part, for damaged data, and for a folder without an encoder.
        EnvironmentFaultError: where a library is missing that an encoder by path needs.
    """
    data = required_data(request, "the standardizer")
    check_sets(request, SETS)
    chosen = policy or BenchPolicy()
    ours = our_matchers(
        Settings().cache_dir, request.on_step, with_pretrained=chosen.with_pretrained, folders=request.encoders
    )
    with open_taxonomies(data, request.on_step) as taxonomies:
        context = Context(
            data=data,
            out=out,
            taxonomies=taxonomies,
            floors=floor_matchers(),
            ours=ours,
            policy=chosen,
            on_step=request.on_step,
        )
        return rows_of_sets(request, SETS, context)
