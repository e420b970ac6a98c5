"""How commands speak: steps and progress on standard error, results on standard output."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars


class Steps:
    """Says what a command does: one line a step, one bar for a download. Fits `services.local.progress`."""

    def __init__(self, console: Console, bars: Bars | None) -> None:
        self._console = console
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, text: str) -> None:
        """Print one step."""
        self._console.print(f"- {text}", highlight=False, markup=False, soft_wrap=True)

    def download(self, *, done_bytes: int, total_bytes: int) -> None:
        """Move the bar of the download."""
        if self._bars is None:
            return
        if self._task is None:
            self._task = self._bars.add_task("Downloading Kafka", total=total_bytes)
        self._bars.update(self._task, completed=done_bytes, visible=done_bytes < total_bytes)


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Steps]:
    """Show the steps of a command on standard error; with `quiet` show none."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("  {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=console, transient=True, disable=quiet) as bars:
        yield Steps(console, bars)


@contextmanager
def counting(description: str, *, total: int | None, quiet: bool = False) -> Iterator["Counter"]:
    """Show a bar that counts rows on standard error."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(show_speed=True),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True, quiet=quiet), transient=True, disable=quiet) as bars:
        yield Counter(bars, bars.add_task(description, total=total))


class Counter:
    """A bar that counts."""

    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def to(self, done: int) -> None:
        """Set how many are done."""
        self._bars.update(self._task, completed=done)


def print_json(value: object) -> None:
    """Print one JSON value on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
