"""`canonym generate`: profiles and job posts with known truth, for trials and load tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.settings import Settings
from services.cli.session import ensure_taxonomy, open_session
from services.cli.terminal import steps
from services.generator.files import EVENTS_FILE, TRUTH_FILE, write_jsonl
from services.generator.generate import generate
from taxonomy.model import Snapshot
from taxonomy.repository import read_snapshot


def run_generate(
    load_snapshot: Callable[[], Snapshot],
    *,
    members: int,
    jobs: int,
    seed: int,
    out: Path,
    console: Console | None = None,
) -> None:
    """Generate profiles and job posts over the current taxonomy into a folder, with a progress bar.

    Raises:
        InvalidError: for numbers out of their range and for a taxonomy without entities.
    """
    console = console or Console(stderr=True)
    generated = generate(load_snapshot(), seed=seed, members=members, jobs=jobs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        # Edits and deletions come on top; how many, only the run itself tells.
        task = progress.add_task("events", total=None)
        written = write_jsonl(generated, out, advance=lambda events: progress.advance(task, events))
    console.print(
        f"{written.events} events in {out / EVENTS_FILE}, {written.mentions} mentions in {out / TRUTH_FILE}, "
        f"{written.outside} of them of no entity"
    )


def generate_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for events.jsonl and truth.jsonl.")],
    members: Annotated[int, typer.Option(min=0, help="How many members.")] = 1_000,
    jobs: Annotated[int, typer.Option(min=0, help="How many job posts.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Make up profiles and job posts with known truth, for trials and load tests; never evidence of quality.

    Writes one CloudEvents JSON a line, ready for `canonym events send`, and beside it what each text means.
    """
    with steps() as progress, open_session(Settings(), progress, kafka=False) as session:
        ensure_taxonomy(session.engine, progress.step)

        def load() -> Snapshot:
            with session.engine.connect() as connection:
                return read_snapshot(connection)

        run_generate(load, members=members, jobs=jobs, seed=seed, out=out)
