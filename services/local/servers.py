"""The embedded servers of one data folder, as everything else uses them: start, stop, status, reset.

They belong to the data folder and not to the process that started them: any process may find them
running, use them and stop them, and none of them ends because a process ends.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final, Literal
from urllib.parse import urlsplit

from core.errors import EnvironmentFaultError, RetryError
from core.settings import Settings
from services.local.disk import private_folder, require_room
from services.local.exclusive import require_unowned, starting
from services.local.jars import Jars
from services.local.java import find_java
from services.local.kafka import Kafka, KafkaPorts
from services.local.lock import read_lock
from services.local.ports import choose
from services.local.postgres import Postgres
from services.local.process import Identity, is_alive
from services.local.progress import Progress, silent
from services.local.state import StateFile

ServerName = Literal["postgres", "kafka"]
Condition = Literal["running", "unresponsive", "stopped", "external"]

POSTGRES: Final[ServerName] = "postgres"
KAFKA: Final[ServerName] = "kafka"
_BROKER_PORT: Final = "kafka_broker"
_CONTROLLER_PORT: Final = "kafka_controller"


@dataclass(frozen=True)
class Endpoints:
    """Where the servers answer; an address is empty where that server was not asked for."""

    database_url: str
    kafka_bootstrap_servers: str


@dataclass(frozen=True)
class ServerStatus:
    """One server as it is now.

    `condition` is `running`, `unresponsive` (the process lives and does not answer), `stopped`, or `external`
    (a setting names a server elsewhere, and none is embedded).
    """

    name: ServerName
    condition: Condition
    address: str | None = None
    pid: int | None = None
    started_at: datetime | None = None
    log_file: Path | None = None


@dataclass(frozen=True)
class _Attempt:
    """One start: whether it was called off, and which servers it has started so far."""

    cancelled: Event = field(default_factory=Event)
    started: set[ServerName] = field(default_factory=set)


class LocalServers:
    """The embedded PostgreSQL and Kafka of one data folder."""

    def __init__(self, settings: Settings, *, progress: Progress = silent) -> None:
        self._settings = settings
        self._data_dir = settings.data_dir.absolute()
        self._progress = progress
        self._postgres = Postgres(self._data_dir)
        self._kafka = Kafka(self._data_dir)
        self._state = StateFile(self._data_dir)

    def start(self, *, postgres: bool = True, kafka: bool = True) -> Endpoints:
        """Start what is wanted and does not run yet, both at once, and return where it answers.

        A server that runs already is used as it is; one that a setting names elsewhere is not started. A
        start that fails or is interrupted stops what it had started.

        Raises:
            EnvironmentFaultError: where this machine lacks something; the message says what.
            ConflictError: where another process is starting or stopping them, or the data does not fit.
            InvalidError: where a setting cannot work.
        """
        self.start_missing(postgres=postgres, kafka=kafka)
        return self.endpoints(postgres=postgres, kafka=kafka)

    def start_missing(self, *, postgres: bool = True, kafka: bool = True) -> frozenset[ServerName]:
        """Start like `start`, and return which servers this call started.

        Raises:
            EnvironmentFaultError: where this machine lacks something; the message says what.
            ConflictError: where another process is starting or stopping them, or the data does not fit.
            InvalidError: where a setting cannot work.
        """
        wanted: dict[ServerName, Callable[[_Attempt], None]] = {}
        if postgres and self._settings.database_url is None:
            wanted[POSTGRES] = self._start_postgres
        if kafka and self._settings.kafka_bootstrap_servers is None:
            wanted[KAFKA] = self._start_kafka
        if not wanted:
            return frozenset()
        private_folder(self._data_dir)
        with starting(self._data_dir, what="A start"):
            require_room(self._data_dir)
            return self._all_or_none(wanted)

    def endpoints(self, *, postgres: bool = True, kafka: bool = True) -> Endpoints:
        """Return where the servers answer, or would answer once started."""
        ports = self._kafka.configured_ports()
        broker = "" if ports is None else ports.bootstrap_servers
        return Endpoints(
            database_url=(self._settings.database_url or self._postgres.url()) if postgres else "",
            kafka_bootstrap_servers=(self._settings.kafka_bootstrap_servers or broker) if kafka else "",
        )

    def stop(self) -> None:
        """Stop both servers cleanly; those that do not run are left as they are.

        Raises:
            ConflictError: where another live process owns them, or is starting or stopping them.
            EnvironmentFaultError: where one does not end.
        """
        if not self._data_dir.exists():
            return
        require_unowned(self._data_dir, action="stop them")
        with starting(self._data_dir, what="A stop"):
            self._stop({POSTGRES, KAFKA})

    def stop_only(self, names: frozenset[ServerName]) -> None:
        """Stop the named servers cleanly, whoever owns the data folder: they are the caller's own.

        Raises:
            ConflictError: where another process is starting or stopping servers.
            EnvironmentFaultError: where one does not end.
        """
        if names:
            with starting(self._data_dir, what="A stop"):
                self._stop(names)

    def status(self) -> list[ServerStatus]:
        """Return how both servers are now; nothing is started, changed or waited for."""
        return [self._postgres_status(), self._kafka_status()]

    def reset(self) -> None:
        """Stop both servers and delete their data; Kafka's jars stay.

        Raises:
            ConflictError: where another live process owns them, or is starting or stopping them.
            EnvironmentFaultError: where something cannot be deleted.
        """
        if not self._data_dir.exists():
            return
        require_unowned(self._data_dir, action="reset them")
        with starting(self._data_dir, what="A reset"):
            self._stop({POSTGRES, KAFKA})
            self._postgres.delete()
            self._kafka.delete()
            self._state.clear()

    def restart_kafka(self) -> Endpoints:
        """Stop Kafka cleanly, start it again on the same ports where they are free, and return the addresses.

        Raises:
            EnvironmentFaultError: where it does not end or does not start.
            ConflictError: where another process is starting or stopping the servers.
        """
        with starting(self._data_dir, what="A restart"):
            self._stop({KAFKA})
            self._all_or_none({KAFKA: self._start_kafka})
        return self.endpoints()

    def pid(self, name: ServerName) -> int | None:
        """Return the pid of a running server."""
        process = self._find(name)
        return None if process is None else process.pid

    def _all_or_none(self, wanted: dict[ServerName, Callable[["_Attempt"], None]]) -> frozenset[ServerName]:
        attempt = _Attempt()
        try:
            _at_once([partial(start, attempt) for start in wanted.values()], cancelled=attempt.cancelled)
        except BaseException:
            self._stop(attempt.started)
            raise
        return frozenset(attempt.started)

    def _start_postgres(self, attempt: "_Attempt") -> None:
        wait_ready = partial(self._postgres.wait_ready, cancelled=attempt.cancelled)
        if self._adopts(POSTGRES, wait_ready):
            return
        self._progress.step("Starting PostgreSQL")
        process = self._postgres.start()
        attempt.started.add(POSTGRES)
        self._state.remember(POSTGRES, process)
        wait_ready(process)

    def _start_kafka(self, attempt: "_Attempt") -> None:
        ports = self._kafka.configured_ports()
        wait_ready = partial(self._kafka.wait_ready, cancelled=attempt.cancelled)
        if ports is not None and self._adopts(KAFKA, partial(wait_ready, ports=ports)):
            return
        java, jars = find_java(), self._jars().ready(cancelled=attempt.cancelled)
        self._progress.step(f"Starting Kafka on Java {java.major}")
        ports = self._choose_ports()
        process = self._kafka.start(java=java, jars=jars, ports=ports)
        attempt.started.add(KAFKA)
        self._state.remember(KAFKA, process)
        wait_ready(process, ports=ports)

    def _adopts(self, name: ServerName, wait_ready: Callable[[Identity], None]) -> bool:
        """Use the server that runs already, and tell whether there is one."""
        process = self._find(name)
        if process is None:
            return False
        self._state.remember(name, process)
        try:
            wait_ready(process)
        except EnvironmentFaultError:
            if is_alive(process):
                raise
            return False  # It was ending already when it was found.
        return True

    def _jars(self) -> Jars:
        return Jars(
            self._settings.cache_dir.absolute(),
            jars=read_lock(),
            repository=self._settings.maven_repository,
            progress=self._progress,
        )

    def _choose_ports(self) -> KafkaPorts:
        remembered = self._state.read().ports
        broker = choose(remembered=remembered.get(_BROKER_PORT))
        controller = choose(remembered=remembered.get(_CONTROLLER_PORT), taken=frozenset({broker}))
        self._state.remember_ports({_BROKER_PORT: broker, _CONTROLLER_PORT: controller})
        return KafkaPorts(broker, controller)

    def _find(self, name: ServerName) -> Identity | None:
        running = self._state.live(name)
        if running is not None:
            return running.process
        # Started, and its process killed before it could note that; or the note was lost.
        return self._postgres.find() if name == POSTGRES else self._kafka.find()

    def _stop(self, names: AbstractSet[ServerName]) -> None:
        for name, stop in ((KAFKA, self._kafka.stop), (POSTGRES, self._postgres.stop)):
            process = self._find(name) if name in names else None
            if process is not None:
                self._progress.step(f"Stopping {'Kafka' if name == KAFKA else 'PostgreSQL'}")
                stop(process)
            if name in names:
                # On a full disk the old note stays. It harms nobody: its process is gone.
                with suppress(EnvironmentFaultError):
                    self._state.forget(name)

    def _postgres_status(self) -> ServerStatus:
        if self._settings.database_url is not None:
            return ServerStatus(POSTGRES, "external", address=_without_password(self._settings.database_url))
        process = self._find(POSTGRES)
        if process is None:
            return ServerStatus(POSTGRES, "stopped", log_file=_existing(self._postgres.log))
        return ServerStatus(
            POSTGRES,
            "running" if self._postgres.answers() else "unresponsive",
            address=self._postgres.url(),
            pid=process.pid,
            started_at=datetime.fromtimestamp(process.born_at, tz=UTC),
            log_file=self._postgres.log,
        )

    def _kafka_status(self) -> ServerStatus:
        if self._settings.kafka_bootstrap_servers is not None:
            return ServerStatus(KAFKA, "external", address=self._settings.kafka_bootstrap_servers)
        process, ports = self._find(KAFKA), self._kafka.configured_ports()
        if process is None or ports is None:
            return ServerStatus(KAFKA, "stopped", log_file=_existing(self._kafka.log))
        return ServerStatus(
            KAFKA,
            "running" if self._kafka.answers(ports) else "unresponsive",
            address=ports.bootstrap_servers,
            pid=process.pid,
            started_at=datetime.fromtimestamp(process.born_at, tz=UTC),
            log_file=self._kafka.log,
        )


@contextmanager
def running(
    settings: Settings, *, postgres: bool = True, kafka: bool = True, progress: Progress = silent
) -> Iterator[Endpoints]:
    """Run the servers for as long as the block runs; what ran before it is left running.

    Raises:
        CanonymError: where they cannot be started; see `LocalServers.start`.
    """
    servers = LocalServers(settings, progress=progress)
    started = servers.start_missing(postgres=postgres, kafka=kafka)
    try:
        yield servers.endpoints(postgres=postgres, kafka=kafka)
    finally:
        servers.stop_only(started)


def _at_once(tasks: Sequence[Callable[[], None]], *, cancelled: Event) -> None:
    """Run tasks in parallel; the first failure, or an interruption, calls the others off and is raised."""
    results: list[Future[None]] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException:
            cancelled.set()
            raise

    with ThreadPoolExecutor(len(tasks), "canonym-start") as pool:
        try:
            results.extend(pool.submit(run, task) for task in tasks)
            wait(results)
        except BaseException:
            cancelled.set()
            raise
    problems = [problem for result in results if (problem := result.exception()) is not None]
    if problems:
        # What was only called off is not the cause.
        raise min(problems, key=lambda problem: isinstance(problem, RetryError))


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    name, has_password, _ = user.partition(":")
    return parts._replace(netloc=f"{name}:***@{place}").geturl() if has_password else url
