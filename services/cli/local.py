"""`canonym local`: start, stop and look after the embedded PostgreSQL and Kafka."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from core.settings import Settings
from services.local.progress import Progress, silent
from services.local.servers import LocalServers, ServerStatus

app = typer.Typer(
    name="local",
    no_args_is_help=True,
    help=(
        "PostgreSQL and Kafka on this machine, with nothing to install by hand.\n\n"
        "Both keep their data in CANONYM_DATA_DIR, answer on this machine only, and go on running until "
        "`canonym local stop`, also when the terminal closes. The first start fetches Kafka (45 MB) into "
        "CANONYM_CACHE_DIR; later ones need no network.\n\n"
        "Where DATABASE_URL or KAFKA_BOOTSTRAP_SERVERS names a server of your own, that one is used and "
        "none is started in its place."
    ),
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def start(as_json: AsJson = False) -> None:
    """Start both servers, or use them where they run already, and print their addresses.

    With --json the addresses are `database_url` and `kafka_bootstrap_servers`, for a script to read.
    """
    with _progress(quiet=as_json) as progress:
        servers = LocalServers(Settings(), progress=progress)
        endpoints = servers.start()
    if as_json:
        _print_json(asdict(endpoints))
        return
    console = Console()
    _print_servers(servers.status(), console)
    console.print("They run until [bold]canonym local stop[/bold].")


@app.command()
def stop() -> None:
    """Stop both servers cleanly; their data stays."""
    with _progress(quiet=False) as progress:
        LocalServers(Settings(), progress=progress).stop()
    Console().print("Stopped. The data is kept; [bold]canonym local start[/bold] goes on with it.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what runs, where it answers, since when, and where its log is; change nothing."""
    found = LocalServers(Settings()).status()
    if as_json:
        _print_json({"servers": [_facts(one) for one in found]})
    else:
        _print_servers(found, Console())


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking first.")] = False,
) -> None:
    """Stop both servers and delete all their data; the fetched jars stay."""
    settings = Settings()
    if not yes:
        typer.confirm(f"Delete all data of PostgreSQL and Kafka in {settings.data_dir}?", abort=True)
    with _progress(quiet=False) as progress:
        LocalServers(settings, progress=progress).reset()
    Console().print(f"Deleted the servers' data in {settings.data_dir}.", soft_wrap=True)


class _Terminal:
    """Shows the steps of a start as lines, and downloads as one bar."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, text: str) -> None:
        """Print the step above the bar."""
        self._bars.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def download(self, *, done_bytes: int, total_bytes: int) -> None:
        """Move the bar, which appears with the first bytes."""
        if self._task is None:
            self._task = self._bars.add_task("Kafka", total=total_bytes)
        self._bars.update(self._task, completed=done_bytes, total=total_bytes)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    if quiet:
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Terminal(bars)


def _print_json(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")


def _facts(one: ServerStatus) -> dict[str, object]:
    return {
        "name": one.name,
        "condition": one.condition,
        "address": one.address,
        "pid": one.pid,
        "started_at": None if one.started_at is None else one.started_at.isoformat(),
        "log_file": None if one.log_file is None else str(one.log_file),
    }


def _print_servers(found: list[ServerStatus], console: Console) -> None:
    for one in found:
        since = "" if one.started_at is None else f", up {_age(one.started_at)}"
        process = "" if one.pid is None else f"  pid {one.pid}{since}"
        console.print(f"[bold]{one.name}[/bold]  {_coloured(one.condition)}{process}", highlight=False)
        for label, value in (("address", one.address), ("log", one.log_file)):
            if value is not None:
                # Never folded: these lines are there to be copied.
                console.print(f"  {label:<8}{value}", highlight=False, markup=False, soft_wrap=True)


def _coloured(condition: str) -> str:
    colour = {"running": "green", "unresponsive": "red", "stopped": "yellow", "external": "cyan"}[condition]
    return f"[{colour}]{condition}[/{colour}]"


def _age(started_at: datetime) -> str:
    seconds = max(0, int((datetime.now(tz=UTC) - started_at).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"
