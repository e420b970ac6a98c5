"""The processes of a whole Canonym on one machine: worker, relay and API on top of the servers."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import EnvironmentFaultError
from core.settings import Settings
from services.local.ports import choose
from services.local.servers import Endpoints

_STOP_SECONDS = 20.0
_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process to run: a Python module, its own environment, and the address that answers when it is ready."""

    name: str
    module: str
    environment: dict[str, str]
    ready_url: str | None = None


class ManagedProcess:
    """A running process, with its log."""

    def __init__(self, spec: ProcessSpec, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.spec = spec
        self.process = process
        self.log = log

    def wait_ready(self) -> None:
        """Wait until the process answers.

        Raises:
            EnvironmentFaultError: where it ends, or takes too long; the message has the end of its log.
        """
        deadline = time.monotonic() + _START_SECONDS
        while self.spec.ready_url is not None and not _answers(self.spec.ready_url):
            if self.process.poll() is not None:
                raise EnvironmentFaultError(f"{self.spec.name} ended at once: {self._last_line()} (see {self.log})")
            if time.monotonic() > deadline:
                raise EnvironmentFaultError(
                    f"{self.spec.name} is not ready after {_START_SECONDS:.0f} s; see {self.log}"
                )
            time.sleep(0.05)

    def check_alive(self) -> None:
        """Raise where the process has ended by itself.

        Raises:
            EnvironmentFaultError: with the end of its log.
        """
        if self.process.poll() is not None:
            raise EnvironmentFaultError(
                f"{self.spec.name} ended with code {self.process.returncode}: {self._last_line()} (see {self.log})"
            )

    def _last_line(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it logged nothing"


@contextmanager
def run_processes(specs: Sequence[ProcessSpec], log_dir: Path) -> Iterator[list[ManagedProcess]]:
    """Run processes while the block runs; at its end all are stopped, in reverse order, none is left."""
    log_dir.mkdir(parents=True, exist_ok=True)
    processes: list[ManagedProcess] = []
    try:
        # One by one, so that those started are stopped where a later one cannot start.
        for spec in specs:
            processes.append(_start(spec, log_dir / f"{spec.name}.log"))  # noqa: PERF401
        for process in processes:
            process.wait_ready()
        yield processes
    finally:
        stop_processes(processes)


def check_all(processes: Sequence[ManagedProcess]) -> None:
    """Raise where any process has ended by itself.

    Raises:
        EnvironmentFaultError: with the end of its log.
    """
    for process in processes:
        process.check_alive()


def stop_processes(processes: Sequence[ManagedProcess]) -> None:
    """Ask processes to stop, and kill those that do not."""
    running = [process.process for process in reversed(processes) if process.process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(spec: ProcessSpec, log: Path) -> ManagedProcess:
    # A session of its own, so that Ctrl-C reaches only the command, which then stops the processes in order.
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", spec.module],
            env=os.environ | spec.environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return ManagedProcess(spec, process, log)


def worker_spec(settings: Settings, endpoints: Endpoints, *, topic_prefix: str, port: int) -> ProcessSpec:
    """Return the stream worker, with its metrics on a loopback port."""
    environment = _environment(settings, endpoints, topic_prefix) | {"CANONYM_WORKER_METRICS_PORT": str(port)}
    return ProcessSpec("worker", "stream.worker", environment, f"http://127.0.0.1:{port}/metrics")


def relay_spec(settings: Settings, endpoints: Endpoints, *, topic_prefix: str) -> ProcessSpec:
    """Return the outbox relay."""
    return ProcessSpec("relay", "stream.relay_main", _environment(settings, endpoints, topic_prefix))


def api_spec(settings: Settings, endpoints: Endpoints, *, port: int) -> ProcessSpec:
    """Return the API on a port that was chosen before."""
    environment = _environment(settings, endpoints, settings.topic_prefix) | {"CANONYM_API_PORT": str(port)}
    return ProcessSpec("api", "services.api", environment, f"http://{settings.api_host}:{port}/readyz")


def free_port(*, preferred: int | None = None) -> int:
    """Return a free loopback port, the preferred one where it is free."""
    return choose(remembered=preferred)


def _environment(settings: Settings, endpoints: Endpoints, topic_prefix: str) -> dict[str, str]:
    return {
        "CANONYM_DATABASE_URL": endpoints.database_url,
        "CANONYM_KAFKA_BOOTSTRAP_SERVERS": endpoints.kafka_bootstrap_servers,
        "CANONYM_TOPIC_PREFIX": topic_prefix,
        "CANONYM_DATA_DIR": str(settings.data_dir),
        "CANONYM_CACHE_DIR": str(settings.cache_dir),
    }


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - an http address built above
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
