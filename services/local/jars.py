"""Kafka's jars in the cache folder: fetched once, and checked against the pinned list before every start."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Final

from core.errors import ConflictError, EnvironmentFaultError, RetryError
from services.local.disk import explained, private_folder, require_room, sync
from services.local.exclusive import exclusive
from services.local.lock import KAFKA_VERSION, Jar, sha256_of
from services.local.maven import Maven
from services.local.progress import Progress

_STAGING_PREFIX: Final = ".fetching-"
_AT_ONCE: Final = 8
_TRIES: Final = 2
_WAIT_FOR_OTHER_SECONDS: Final = 300.0
_HEADROOM_BYTES: Final = 100_000_000


class Jars:
    """The jar folder of one cache, and how missing or damaged jars get into it."""

    def __init__(self, cache_dir: Path, *, jars: Sequence[Jar], repository: str | None, progress: Progress) -> None:
        self.folder = cache_dir / f"kafka-{KAFKA_VERSION}"
        self._jars = tuple(jars)
        self._repository = repository
        self._progress = progress

    def ready(self, *, cancelled: Event) -> tuple[Path, ...]:
        """Return every jar, checked now; those that are missing or damaged are fetched first.

        Raises:
            EnvironmentFaultError: where a jar cannot be had; the message names it and says what to do.
            ConflictError: where another process fetches them and does not finish.
        """
        private_folder(self.folder)
        if self.wanting():
            with self._alone():
                self._fetch(self.wanting(), cancelled=cancelled)
        return tuple(self.folder / jar.filename for jar in self._jars)

    def wanting(self) -> list[Jar]:
        """Return the jars that are not in the folder as they are pinned."""
        return [jar for jar in self._jars if not is_as_pinned(self.folder / jar.filename, jar)]

    def _fetch(self, wanted: list[Jar], *, cancelled: Event) -> None:
        if not wanted:
            return
        damaged = [jar.filename for jar in wanted if (self.folder / jar.filename).exists()]
        if damaged:
            self._progress.step(f"Fetching again what is damaged in {self.folder}: {', '.join(damaged)}")
        total_bytes = sum(jar.size_bytes for jar in wanted)
        require_room(self.folder, needed_bytes=total_bytes + _HEADROOM_BYTES)
        self._progress.step(f"Fetching Apache Kafka {KAFKA_VERSION}: {len(wanted)} jars, {total_bytes / 1e6:.0f} MB")
        meter = _Meter(self._progress, total_bytes=total_bytes, cancelled=cancelled)
        with self._staging() as staging, ThreadPoolExecutor(_AT_ONCE, "canonym-jars") as pool:
            maven = Maven(staging, repository=self._repository, arrived=meter.add)
            try:
                for _ in pool.map(lambda jar: self._install(jar, maven, cancelled=cancelled), wanted):
                    pass
            except BaseException:
                meter.stop()
                pool.shutdown(cancel_futures=True)
                raise
        with explained(self.folder):
            sync(self.folder)

    def _install(self, jar: Jar, maven: Maven, *, cancelled: Event) -> None:
        problem = EnvironmentFaultError(f"{jar.filename} was not fetched.")
        for _ in range(_TRIES):
            if cancelled.is_set():
                raise RetryError("The download was stopped; start again to go on with it.")
            try:
                self._put(jar, maven.fetch(jar.coordinate))
            except EnvironmentFaultError as error:
                problem = error
            else:
                return
        raise problem

    def _put(self, jar: Jar, fetched: Path) -> None:
        if not is_as_pinned(fetched, jar):
            fetched.unlink(missing_ok=True)
            raise EnvironmentFaultError(
                f"{jar.filename} arrived damaged or altered (its size or SHA-256 is not the pinned one) and "
                "was thrown "
                "away: try again; if it goes on, set CANONYM_MAVEN_REPOSITORY to another mirror of Maven "
                "Central."
            )
        with explained(self.folder):
            sync(fetched)
            fetched.replace(self.folder / jar.filename)

    @contextmanager
    def _staging(self) -> Iterator[Path]:
        with explained(self.folder):
            for left_over in self.folder.glob(f"{_STAGING_PREFIX}*"):
                shutil.rmtree(left_over, ignore_errors=True)
            staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=self.folder))
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        deadline = time.monotonic() + _WAIT_FOR_OTHER_SECONDS
        while True:
            with exclusive(self.folder / ".lock", what="the download of Kafka") as taken:
                if taken:
                    yield
                    return
            if time.monotonic() > deadline:
                raise ConflictError(f"Another process has been fetching jars into {self.folder} for too long: end it.")
            time.sleep(0.2)


class _Meter:
    """Adds up what arrives in all threads, and ends them where the start was called off."""

    def __init__(self, progress: Progress, *, total_bytes: int, cancelled: Event) -> None:
        self._progress = progress
        self._total_bytes = total_bytes
        self._cancelled = cancelled
        self._stopped = Event()
        self._done_bytes = 0
        self._lock = Lock()

    def add(self, count: int) -> None:
        """Count bytes that arrived.

        Raises:
            RetryError: where the download was called off.
        """
        if self._cancelled.is_set() or self._stopped.is_set():
            raise RetryError("The download was stopped; start again to go on with it.")
        with self._lock:
            self._done_bytes = min(self._done_bytes + count, self._total_bytes)
            self._progress.download(done_bytes=self._done_bytes, total_bytes=self._total_bytes)

    def stop(self) -> None:
        """End the downloads that still run, after one of them failed."""
        self._stopped.set()


def is_as_pinned(path: Path, jar: Jar) -> bool:
    """Tell whether a file has the pinned size and SHA-256."""
    try:
        return path.stat().st_size == jar.size_bytes and sha256_of(path) == jar.sha256
    except OSError:
        return False
