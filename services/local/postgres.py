"""PostgreSQL with pgvector in a data folder, reached over a Unix socket only.

It is started and stopped by explicit commands and serves every process in between. It listens on no
network port; its socket lies inside the data folder, which only its own user (and root) may enter.
"""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from core.errors import ConflictError, EnvironmentFaultError, RetryError
from services.local.disk import delete, explained, fault, open_log, private_folder, tail
from services.local.installation import MAJOR, Programs, find_programs
from services.local.process import (
    Account,
    Ending,
    Identity,
    end,
    identify,
    is_alive,
    spawn_detached,
    wait_gone,
)

DATABASE: Final = "canonym"
ROLE: Final = "canonym"
_SOCKET: Final = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH_BYTES: Final = 103  # macOS; Linux takes 107
_READY_SECONDS: Final = 120.0  # after a crash the log is replayed first
_INITDB_SECONDS: Final = 120
_ORPHANS_SECONDS: Final = 5.0
_PRIVATE: Final = 0o700
_STOP: Final = (
    Ending(signal.SIGINT, 30.0),  # fast: sessions are closed, then a checkpoint
    Ending(signal.SIGQUIT, 5.0),  # immediate: the next start replays the log
    Ending(signal.SIGKILL, 5.0),
)
_CONFIGURATION: Final = (
    ("listen_addresses", ""),
    # The server's working folder is its data folder, so the length limit of socket paths never binds it.
    ("unix_socket_directories", "."),
    ("max_connections", "200"),
    ("shared_buffers", "256MB"),
    ("max_wal_size", "4GB"),
    ("wal_compression", "on"),
    ("synchronous_commit", "on"),
    ("logging_collector", "off"),
    ("log_line_prefix", "%m [%p] "),
)


class Postgres:
    """The embedded PostgreSQL of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir.absolute() / "postgres"
        self.log = data_dir.absolute() / "logs" / "postgres.log"

    def find(self) -> Identity | None:
        """Return the server that runs on this folder, whoever started it."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return identify(pid) if _works_in(pid, self.folder) else None

    def url(self) -> str:
        """Return the address of the database, for psycopg and SQLAlchemy.

        Raises:
            EnvironmentFaultError: where no path to the socket is short enough.
        """
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._socket_folder()), safe='/')}"

    def start(self) -> Identity:
        """Start the server, after making its folder where there is none.

        Raises:
            EnvironmentFaultError: where this machine does not let it; the message says why.
            ConflictError: where the folder belongs to another version.
        """
        programs = find_programs(owner=self._owner())
        if not self.folder.exists():
            self._make(programs)
        self._check_version()
        self._end_orphans()
        return self._spawn(programs)

    def wait_ready(self, process: Identity, *, cancelled: Event) -> None:
        """Wait until the server answers and has its database.

        Raises:
            EnvironmentFaultError: where it ends or does not answer in time, with the end of its log.
            RetryError: where the start was called off.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self._ensure_database()
            except psycopg.OperationalError as error:
                self._check_still_coming(process, deadline=deadline, answer=str(error))
            else:
                return
            if cancelled.wait(0.03):
                raise RetryError("The start of PostgreSQL was called off.")

    def answers(self) -> bool:
        """Tell whether the server accepts a connection now."""
        try:
            with psycopg.connect(self._address("postgres"), connect_timeout=2):
                return True
        except (psycopg.Error, EnvironmentFaultError):
            return False

    def stop(self, process: Identity) -> None:
        """Stop the server cleanly, by force where it does not end.

        Raises:
            EnvironmentFaultError: where even that does not end it.
        """
        with explained(self.folder):
            gone = end(process, _STOP)
        if not gone:
            raise EnvironmentFaultError(f"PostgreSQL (pid {process.pid}) does not end; see {self.log}.")

    def delete(self) -> None:
        """Delete all data of the stopped server.

        Raises:
            EnvironmentFaultError: where something cannot be deleted.
        """
        self._end_orphans()
        delete(self.folder)

    def _owner(self) -> Account | None:
        try:
            facts = self.folder.stat()
        except FileNotFoundError:
            return None
        me = os.geteuid()
        if me not in {0, facts.st_uid}:
            raise EnvironmentFaultError(
                f"{self.folder} belongs to another user (number {facts.st_uid}): run Canonym as that user, "
                "or set "
                "CANONYM_DATA_DIR to another folder."
            )
        return Account(facts.st_uid, facts.st_gid) if facts.st_uid != 0 else None

    def _make(self, programs: Programs) -> None:
        """Make the data folder beside its place and move it there, so that it is whole or absent."""
        private_folder(self.folder.parent)
        with explained(self.folder.parent):
            for left_over in self.folder.parent.glob(".postgres-new-*"):
                delete(left_over)
            fresh = Path(tempfile.mkdtemp(prefix=".postgres-new-", dir=self.folder.parent))
            try:
                if programs.account is not None:
                    os.chown(fresh, programs.account.user_id, programs.account.group_id)
                self._initdb(programs, fresh)
                fresh.rename(self.folder)
            finally:
                delete(fresh)

    def _initdb(self, programs: Programs, folder: Path) -> None:
        command = [programs.path("initdb"), "-D", _inside(folder, programs), "-U", ROLE, "--encoding=UTF8"]
        # Sort order from PostgreSQL itself: the system's changes with its updates and corrupts indexes.
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        account = programs.account
        made = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_INITDB_SECONDS,
            cwd=folder,
            env=_environment(),
            user=None if account is None else account.user_id,
            group=None if account is None else account.group_id,
            extra_groups=None if account is None else [],
        )
        if made.returncode != 0:
            self._explain_initdb(made.stderr.strip() or made.stdout.strip())

    def _explain_initdb(self, said: str) -> None:
        if "No space left on device" in said:
            raise EnvironmentFaultError(f"The disk of {self.folder} is full: free some space and try again.")
        raise EnvironmentFaultError(f"PostgreSQL could not make {self.folder}; it said:\n{said}")

    def _check_version(self) -> None:
        try:
            made_by = (self.folder / "PG_VERSION").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise ConflictError(
                f"{self.folder} is not a PostgreSQL folder: move it away, or set CANONYM_DATA_DIR to another folder."
            ) from None
        except OSError as error:
            raise fault(self.folder, error) from error
        if made_by != str(MAJOR):
            raise ConflictError(
                f"{self.folder} was made by PostgreSQL {made_by} and this is {MAJOR}: bring it over with "
                "pg_dump and "
                "the Canonym that made it, move it away, or delete it with `canonym local reset`."
            )

    def _end_orphans(self) -> None:
        """See to it that nothing of a killed server is left, and that its lock files block no start."""
        deadline = time.monotonic() + _ORPHANS_SECONDS
        for orphan in _postgres_processes(self.folder):
            # They end by themselves as soon as they notice that their parent is gone.
            if not wait_gone(orphan, timeout_seconds=max(0.0, deadline - time.monotonic())):
                end(orphan, (Ending(signal.SIGQUIT, 3.0), Ending(signal.SIGKILL, 3.0)))
        with explained(self.folder):
            # A pid in them may be another program's by now, or of a process that nobody has collected yet.
            for name in ("postmaster.pid", f"{_SOCKET}.lock", _SOCKET):
                (self.folder / name).unlink(missing_ok=True)

    def _spawn(self, programs: Programs) -> Identity:
        command = [programs.path("postgres"), "-D", _inside(self.folder, programs)]
        for name, value in _CONFIGURATION:
            command += ["-c", f"{name}={value}"]
        log = open_log(self.log)
        try:
            return spawn_detached(
                command, log=log, folder=self.folder, environment=_environment(), account=programs.account
            )
        finally:
            os.close(log)

    def _check_still_coming(self, process: Identity, *, deadline: float, answer: str) -> None:
        if not is_alive(process):
            raise EnvironmentFaultError(f"PostgreSQL ended at its start; the end of {self.log}:\n{tail(self.log)}")
        if time.monotonic() > deadline:
            raise EnvironmentFaultError(
                f"PostgreSQL does not answer ({answer.strip()}); the end of {self.log}:\n{tail(self.log)}"
            )

    def _ensure_database(self) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True, connect_timeout=5) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _address(self, database: str) -> str:
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self._socket_folder()), safe='/')}"

    def _socket_folder(self) -> Path:
        return self.folder if _is_short(self.folder) else _short_way(self.folder)


def _inside(folder: Path, programs: Programs) -> str:
    """Return the name by which the server reaches its data folder, its working folder.

    Root's data often lies below folders that no other user may enter. The server's user reaches it all
    the same, without any change of their rights: root enters the folder for it.
    """
    if programs.account is not None and sys.platform == "linux":
        return "/proc/self/cwd"
    return str(folder)


def _environment() -> dict[str, str]:
    # PostgreSQL's own variables of the caller (PGDATA, PGPORT, PGOPTIONS ...) are about another server.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "LANG": "C"}


def _is_short(folder: Path) -> bool:
    return len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET_PATH_BYTES


def _short_way(folder: Path) -> Path:
    """Return a short link to a data folder, inside a folder that only this user may enter.

    Raises:
        EnvironmentFaultError: where the temporary folder cannot hold one.
    """
    private = Path(tempfile.gettempdir()) / f"canonym-{os.geteuid()}"
    with explained(private.parent):
        private.mkdir(mode=_PRIVATE, exist_ok=True)
        facts = private.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o077:
        raise EnvironmentFaultError(f"{private} is not a private folder of this user: delete it and try again.")
    link = private / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    if not _is_short(link):
        raise EnvironmentFaultError(f"{folder} is too long for a socket: set CANONYM_DATA_DIR to a shorter path.")
    with explained(private), suppress(FileExistsError):
        link.symlink_to(folder)
    return link


def _postgres_processes(folder: Path) -> list[Identity]:
    pids = [process.pid for process in psutil.process_iter(["name"]) if process.info["name"] == "postgres"]
    return [identity for pid in pids if _works_in(pid, folder) and (identity := identify(pid)) is not None]


def _works_in(pid: int, folder: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == folder.resolve()
    except (psutil.Error, OSError):
        return False
