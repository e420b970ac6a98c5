"""`canonym bench`: ours beside the baselines, in one run."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.registry import BENCHMARKS, load_benchmark
from core.errors import InvalidError
from services.cli.dictionaries import DICTIONARY_HELP, paths_by_language
from services.cli.terminal import print_json, steps

_WITH_ENCODERS = "standardize"
_WITH_DICTIONARIES = "taxonomy"


def bench(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHMARKS)}, or all.")],
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the real data.")] = None,
    only: Annotated[str, typer.Option("--only", help="Sets to run, comma separated; all where left out.")] = "",
    encoder: Annotated[
        list[Path] | None,
        typer.Option(
            "--encoder",
            help="Folder of a sentence encoder (model.safetensors or model.onnx) to measure too; may be repeated.",
        ),
    ] = None,
    dictionary: Annotated[
        list[str] | None,
        typer.Option("--dictionary", help=DICTIONARY_HELP, metavar="LANGUAGE=FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of rows and nothing else.")] = False,
) -> None:
    """Measure quality and speed: our figure beside a baseline of the same run, with rows and a 95 % interval."""
    if name not in {*BENCHMARKS, "all"}:
        raise InvalidError(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)} and all")
    if data is not None and not data.is_dir():
        raise InvalidError(f"{data} is not a folder")
    if encoder and name not in {_WITH_ENCODERS, "all"}:
        raise InvalidError(f"--encoder is of the benchmark {_WITH_ENCODERS}, and {name} knows none")
    if dictionary and name not in {_WITH_DICTIONARIES, "all"}:
        raise InvalidError(f"--dictionary is of the benchmark {_WITH_DICTIONARIES}, and {name} knows none")
    listed = paths_by_language(dictionary or ())
    names = list(BENCHMARKS) if name == "all" else [name]
    sets = tuple(part.strip() for part in only.split(",") if part.strip())
    rows: list[tuple[str, BenchRow]] = []
    with steps(quiet=as_json) as progress:
        request = BenchRequest(data, progress.step, sets, tuple(encoder or ()), listed)
        for one in names:
            started = time.monotonic()
            progress.step(f"Benchmark {one}")
            rows += [(one, row) for row in load_benchmark(one)(request)]
            progress.step(f"Benchmark {one} took {time.monotonic() - started:.0f} s")
    if as_json:
        print_json([row.as_json() for _, row in rows])
    else:
        for one in names:
            _print(one, [row for owner, row in rows if owner == one])


def _print(name: str, rows: list[BenchRow]) -> None:
    table = Table("case", "metric", "ours", "95 % interval", "baseline", "published", "target", "rows", title=name)
    for row in rows:
        interval = "" if row.low is None or row.high is None else f"{row.low:,g} to {row.high:,g}"
        baseline = "" if row.baseline is None else f"{row.baseline:,g} ({row.baseline_name})"
        table.add_row(
            row.case,
            row.metric,
            _figure(row.ours),
            interval,
            baseline,
            _figure(row.published),
            _figure(row.target),
            "" if row.rows is None else f"{row.rows:,}",
        )
    Console().print(table)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,g}"
