"""A build in two processes: steps that need nothing of the others run beside them."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine

from core.child import end_child, pipe_of, usable_processors
from core.errors import EnvironmentFaultError
from services.cli.build_task import BuildTask, Done, Order, Said, decode_reply, encode_message
from taxonomy.building.corpus import counted_of
from taxonomy.building.model import BuildInput, Step
from taxonomy.building.run import StepReport, done_steps, run_build

COMMAND: Final = (sys.executable, "-m", "services.cli.build_process")


def processes_of_machine() -> int:
    """Return 2 where this process may use several processors, else 1."""
    return min(2, usable_processors())


def run_in_processes(
    engine: Engine, database_url: str, task: BuildTask, build: BuildInput, steps: Sequence[Step], *, processes: int
) -> list[StepReport]:
    """Run the steps of a build that are not done yet, with two processes those that stand apart in one of their own.

    What each suggests is the same either way.

    Raises:
        EnvironmentFaultError: where the other process failed; the steps of this one are done then.
    """
    with engine.connect() as connection:
        done = done_steps(connection, task.key)
    waiting = [step for step in steps if step.name not in done]
    apart = tuple(step.name for step in waiting if step.apart)
    if processes == 1 or not apart or len(apart) == len(waiting):
        return run_build(engine, task.key, build, steps)
    counted_of(build)  # Now, and once for both.
    with _Beside(Order(task, apart, database_url), build) as beside:
        reports = run_build(
            engine, task.key, build, steps, only={step.name for step in steps if step.name not in apart}
        )
        build.on_step("waiting for the steps of the other process")
        reports += beside.reports()
    places = {step.name: place for place, step in enumerate(steps)}
    return sorted(reports, key=lambda report: places[report.step])


class _Beside:
    """A process that runs some steps; it ends with the block, and with this process."""

    def __init__(self, order: Order, build: BuildInput) -> None:
        self._order = order
        self._build = build
        self._done: Done | None = None
        self._error = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._listener = threading.Thread(target=self._listen, name="build-beside", daemon=True)
        self._listener.start()
        requests = pipe_of(self._process.stdin)
        with suppress(OSError):  # Whoever waits for reports learns that the process ended.
            requests.write(encode_message(self._order) + b"\n")
            requests.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end_child(self._process)
        self._listener.join()

    def reports(self) -> list[StepReport]:
        """Wait for the process, and return what its steps did.

        Raises:
            EnvironmentFaultError: where it failed.
        """
        self._listener.join()
        if self._done is None:
            code = self._process.wait()
            reason = self._error or f"it ended with code {code}"
            raise EnvironmentFaultError(
                f"the process beside, with the steps {', '.join(self._order.only)}, failed: {reason}; "
                "the same command goes on after what is done"
            )
        return list(self._done.reports)

    def _listen(self) -> None:
        with pipe_of(self._process.stdout) as replies:
            for reply in map(decode_reply, replies):
                if isinstance(reply, Said):
                    self._build.on_step(reply.text)
                elif isinstance(reply, Done):
                    self._done = reply
                else:
                    self._error = reply.error
