"""`canonym bench build-growth`: what a build costs a document as the documents grow, each build a process of its own.

Four of five documents are profiles, the others job posts, made up over the newest taxonomy version. A row's baseline
is the build before it: growth is linear where a document costs no more than in that one.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from sqlalchemy import text

from benchmarks.model import BenchRequest, BenchRow
from core.database import transaction
from core.errors import EnvironmentFaultError, InvalidError
from core.settings import Settings
from core.wire import JOB_UPDATED, PROFILE_UPDATED, encode_event
from services.cli.session import Session, ensure_taxonomy, open_session, own_database
from services.cli.terminal import steps
from services.generator.generate import generate
from taxonomy.repository import read_snapshot

SIZES: Final[Mapping[str, int]] = {str(size): size for size in (10_000, 25_000, 50_000, 250_000, 500_000, 1_000_000)}
"""Every number of documents by the name that `--only` takes."""
DEFAULT: Final = ("10000", "25000", "50000")
"""What is measured where nothing is chosen: minutes, not half an hour."""
_DATABASE: Final = "canonym_bench_build"
_TARGET_MS: Final = 0.9
_TARGET_DOCUMENTS: Final = 1_000_000
"""A quarter of an hour a million; of fewer documents, what every build takes is most of it."""
_LOOKED_EVERY_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one build took: processor and elapsed seconds, and the most memory in bytes, of all its processes."""

    documents: int
    processor_seconds: float
    elapsed_seconds: float
    peak_bytes: int


def bench_build_growth(request: BenchRequest) -> list[BenchRow]:
    """Build from so many documents of each size that was asked for.

    Raises:
        InvalidError: for an unknown size.
        EnvironmentFaultError: where a build failed.
    """
    chosen = request.only or DEFAULT
    if unknown := [name for name in chosen if name not in SIZES]:
        raise InvalidError(f"no set {', '.join(unknown)}; there are {', '.join(SIZES)}")
    with (
        steps(quiet=True) as progress,
        open_session(Settings(), progress, kafka=False) as outer,
    ):
        session = own_database(outer, _DATABASE)
        ensure_taxonomy(session.engine, request.on_step)
        costs = [_build(session, size, request) for name, size in SIZES.items() if name in chosen]
        session.engine.dispose()
    return growth_rows(costs)


def growth_rows(costs: list[Cost]) -> list[BenchRow]:
    """Return the rows of each build: processor time beside that of the build before, elapsed time, memory.

    What each document more than in the build before takes tells growth apart from what every build takes.
    """
    rows = []
    for number, cost in enumerate(costs):
        before = costs[number - 1] if number else None
        case, count = f"build of {cost.documents:,} documents", cost.documents
        name = f"{before.documents:,} documents" if before else None
        spent = _ms(cost.processor_seconds, count)
        rows.append(
            BenchRow(
                case,
                "processor ms a document",
                spent,
                _ms(before.processor_seconds, before.documents) if before else None,
                name,
                rows=count,
            )
        )
        if before:
            more = _ms(cost.processor_seconds - before.processor_seconds, count - before.documents)
            rows.append(BenchRow(case, "processor ms for each document more", more, rows=count - before.documents))
        target = _TARGET_MS if count == _TARGET_DOCUMENTS else None
        elapsed = _ms(cost.elapsed_seconds, count)
        rows.append(BenchRow(case, "elapsed ms a document", elapsed, target=target, rows=count))
        rows.append(BenchRow(case, "peak GB", round(cost.peak_bytes / 1e9, 2), rows=count))
    return rows


def _ms(seconds: float, documents: int) -> float:
    return round(1_000 * seconds / documents, 3)


def _build(session: Session, documents: int, request: BenchRequest) -> Cost:
    """Make the documents up, and build from them with nothing kept from builds before."""
    with transaction(session.engine) as connection:
        connection.execute(text("TRUNCATE proposal, proposal_decision, cannot_link, build_step CASCADE"))
    with TemporaryDirectory(prefix="canonym-growth-") as name:
        folder = Path(name)
        request.on_step(f"making {documents:,} documents up")
        _write(session, documents, folder)
        request.on_step(f"building from {documents:,} documents")
        return _measured(
            documents,
            ["taxonomy", "build", "--json", "--profiles", f"{folder}/profiles.jsonl", "--jobs", f"{folder}/jobs.jsonl"],
            {"CANONYM_DATABASE_URL": session.endpoints.database_url, "CANONYM_DATA_DIR": str(folder / "data")},
        )


def _write(session: Session, documents: int, folder: Path) -> None:
    """Write the events of made-up people and posts, which a build reads as documents."""
    with session.engine.connect() as connection:
        snapshot = read_snapshot(connection)
    jobs = documents // 5
    made = generate(snapshot, seed=3, members=documents - jobs, jobs=jobs, edits_per_member=0, deletions=0)
    with (folder / "profiles.jsonl").open("wb") as profiles, (folder / "jobs.jsonl").open("wb") as posts:
        files = {PROFILE_UPDATED: profiles, JOB_UPDATED: posts}
        for item in made:
            if item.event.type in files:
                files[item.event.type].write(encode_event(item.event) + b"\n")


def _measured(documents: int, arguments: list[str], variables: Mapping[str, str]) -> Cost:
    """Run the command in a process of its own, and return what the system counted for it and those that it started."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", *arguments], env=os.environ | dict(variables), stdout=subprocess.DEVNULL
    )
    peak_bytes = ended = 0
    while not ended:
        peak_bytes = max(peak_bytes, _resident_bytes(process.pid))
        time.sleep(_LOOKED_EVERY_SECONDS)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    elapsed = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise EnvironmentFaultError(f"the build of {documents:,} documents ended with {process.returncode}")
    return Cost(documents, usage.ru_utime + usage.ru_stime, elapsed, peak_bytes)


def _resident_bytes(pid: int) -> int:
    """Return what a process and those that it started hold in memory now; what they share counts twice."""
    found = 0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            found += one.memory_info().rss
    return found
