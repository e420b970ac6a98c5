"""`canonym bench`: ours beside the baselines, in one run."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.kept import KeptSets, MeasuredSet, run_folder
from benchmarks.model import BenchRequest, BenchRow
from benchmarks.provenance import HOME, code_fingerprint, commit, data_fingerprint, machine
from benchmarks.registry import BENCHMARKS, OF_SETS, load_benchmark
from benchmarks.report import COLUMNS, cells, section, with_sections
from core.errors import InvalidError
from services.cli.dictionaries import DICTIONARY_HELP, paths_by_language
from services.cli.stopping import stoppable
from services.cli.terminal import print_json, steps

_WITH_ENCODERS: Final = "standardize"
_WITH_DICTIONARIES: Final = "taxonomy"
_OUT: Final = HOME / "out"
_RESULTS: Final = HOME / "RESULTS.md"


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
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what an interrupted run has measured.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array of rows; steps still go to standard error.")
    ] = False,
) -> None:
    """Measure quality and speed: our figure beside a baseline of the same run, with rows and a 95 % interval.

    A run that was interrupted goes on after the last set that it had measured, where code and data are the same.
    The figures of every set, with date, commit, machine and a fingerprint of the data, go to benchmarks/RESULTS.md too.
    """
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
    ended: list[KeptSets] = []
    with stoppable(quietly=False), steps() as progress:
        options = [*sorted(sets), *map(str, encoder or ()), *(f"{one}={path}" for one, path in listed.items())]
        parts = (code_fingerprint(), data_fingerprint(data), *options)
        for one in names:
            progress.step(f"Benchmark {one}")
            kept = KeptSets(run_folder(_OUT, one, parts), progress.step)
            if fresh:
                kept.forget()
            request = BenchRequest(data, progress.step, sets, tuple(encoder or ()), listed, kept.measure)
            rows += [(one, row) for row in _measured(one, request)]
            _report(one, kept.sets, parts[1])
            ended.append(kept)
    for kept in ended:
        kept.forget()
    if as_json:
        print_json([row.as_json() for _, row in rows])
    else:
        for one in names:
            _print(one, [row for owner, row in rows if owner == one])


def _measured(name: str, request: BenchRequest) -> list[BenchRow]:
    measure = load_benchmark(name)
    if name in OF_SETS:
        return measure(request)
    return request.measure(name, lambda: measure(request))


def _report(name: str, sets: Sequence[MeasuredSet], data: str) -> None:
    """Put the figures of the sets into the report."""
    day, where = datetime.now(UTC).date().isoformat(), f"commit {commit()}; {machine()}; data {data}"
    sections = {
        name if one.name == name else f"{name}: {one.name}": section(f"{day}; {where}; {one.seconds:,.0f} s.", one.rows)
        for one in sets
    }
    known = _RESULTS.read_text(encoding="utf-8") if _RESULTS.is_file() else ""
    fresh = _RESULTS.with_suffix(".new")
    fresh.write_text(with_sections(known, sections), encoding="utf-8")
    fresh.replace(_RESULTS)


def _print(name: str, rows: list[BenchRow]) -> None:
    table = Table(*COLUMNS, title=name)
    for row in rows:
        table.add_row(*cells(row))
    Console().print(table)
