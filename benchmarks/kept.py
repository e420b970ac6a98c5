"""Rows that an interrupted run has measured: the same command goes on after them.

They lie in a folder that is named by what they depend on: the code, the data and what was asked for.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.model import BenchRow


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A set of a benchmark, its rows, and how many seconds they took."""

    name: str
    rows: list[BenchRow]
    seconds: float


class KeptSets:
    """Keeps the rows of every set until a run has ended; fits `BenchRequest.measure`."""

    def __init__(self, folder: Path, on_step: Callable[[str], None]) -> None:
        self._folder = folder
        self._on_step = on_step
        self.sets: list[MeasuredSet] = []

    def measure(self, name: str, make: Callable[[], list[BenchRow]]) -> list[BenchRow]:
        """Return the rows of a set, from an interrupted run where it got so far."""
        path = self._folder / f"{name}.json"
        one = _read(path, name)
        if one:
            self._on_step(f"{name}: measured before the interruption, in {one.seconds:.0f} s; --fresh measures again")
        else:
            started = time.monotonic()
            rows = make()
            one = MeasuredSet(name, rows, time.monotonic() - started)
            self._on_step(f"{name} took {one.seconds:.0f} s")
            _write(path, one)
        self.sets.append(one)
        return one.rows

    def forget(self) -> None:
        """Delete what was kept: the run has ended, or begins anew."""
        shutil.rmtree(self._folder, ignore_errors=True)


def run_folder(out: Path, benchmark: str, parts: Iterable[str]) -> Path:
    """Return where rows are kept of a benchmark that depends on `parts`: fingerprints, names, options."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()
    return out / "unfinished" / f"{benchmark}-{digest}"


def _read(path: Path, name: str) -> MeasuredSet | None:
    """Return a kept set; None where there is none, and where the file is damaged: it is then measured again."""
    try:
        found = json.loads(path.read_bytes())
        return MeasuredSet(name, [BenchRow(**row) for row in found["rows"]], float(found["seconds"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, one: MeasuredSet) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"seconds": one.seconds, "rows": [row.as_json() for row in one.rows]}))
    fresh.replace(path)
