"""Run a build: step after step, the proposals of each in one transaction with the note that it is done.

The key of a build names its input, its base and its configuration. A build of the same key that was interrupted goes
on after the last step that is done, and one that is complete suggests nothing new.
"""

import hashlib
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, text
from threadpoolctl import threadpool_limits

from core.database import transaction
from core.version import CODE_VERSION
from taxonomy.building.model import BuildInput, BuildPolicy, Step
from taxonomy.proposals.store import read_cannot_links, write_proposals
from taxonomy.repository import VersionKey


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step did: how many proposals it made, how many of them were new, and whether an earlier run did it."""

    step: str
    proposals: int
    written: int
    seconds: float
    done_before: bool = False


def build_key(base: VersionKey, inputs: Sequence[str], policy: BuildPolicy) -> str:
    """Return the key of a build; `inputs` are the hashes of the files, in order."""
    content = "\n".join(
        [CODE_VERSION, str(base.version), base.source, base.created_at.isoformat(), *inputs, repr(policy)]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def run_build(
    engine: Engine, key: str, build: BuildInput, steps: Sequence[Step], *, only: Container[str] | None = None
) -> list[StepReport]:
    """Run the steps of a build that are not done yet, and return what each did; `only` names those that are meant."""
    with engine.connect() as connection:
        done = done_steps(connection, key)
        build = replace(build, cannot_links=frozenset(read_cannot_links(connection)))
    reports = []
    for number, step in enumerate(steps, start=1):
        if only is not None and step.name not in only:
            continue
        place = f"step {number} of {len(steps)}: {step.title}"
        if step.name in done:
            build.on_step(f"{place}: done before")
            reports.append(done[step.name])
            continue
        build.on_step(place)
        reports.append(_run_step(engine, key, replace(build, on_step=_indented(build.on_step)), step))
    return reports


def _run_step(engine: Engine, key: str, build: BuildInput, step: Step) -> StepReport:
    """Make the proposals of a step, then write them and that it is done, all or nothing."""
    started = time.monotonic()
    # Threads of libraries wait for each other in busy loops: two of them took twice as long as one.
    with threadpool_limits(limits=1):
        proposals = list(step.run(build))
    seconds = time.monotonic() - started
    with transaction(engine) as connection:
        count, written = write_proposals(connection, key, proposals)
        connection.execute(
            text("""INSERT INTO build_step (build_key, step, proposals, written, seconds)
                    VALUES (:key, :step, :count, :written, :seconds) ON CONFLICT DO NOTHING"""),
            {"key": key, "step": step.name, "count": count, "written": written, "seconds": seconds},
        )
    return StepReport(step.name, count, written, seconds)


def done_steps(connection: Connection, key: str) -> dict[str, StepReport]:
    """Return what the steps of a build did that are done, by name."""
    rows = connection.execute(
        text("SELECT step, proposals, written, seconds FROM build_step WHERE build_key = :key"), {"key": key}
    )
    return {row.step: StepReport(row.step, row.proposals, row.written, row.seconds, done_before=True) for row in rows}


def _indented(on_step: Callable[[str], None]) -> Callable[[str], None]:
    return lambda said: on_step(f"  {said}")
