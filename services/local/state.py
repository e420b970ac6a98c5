"""What is remembered about the embedded servers between two commands: processes, ports, start times."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

from services.local.disk import write_whole
from services.local.process import Identity, is_alive

_NAME: Final = "servers.json"
_FORMAT: Final = 1


@dataclass(frozen=True)
class Running:
    """One server as it was started."""

    process: Identity
    started_at: datetime


@dataclass(frozen=True)
class State:
    """The servers that were started, by name, and the ports that are theirs also while they are stopped."""

    servers: dict[str, Running] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)


class StateFile:
    """The state of one data folder, kept in a JSON file; a file that cannot be read counts as empty."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _NAME
        self._lock = Lock()

    def read(self) -> State:
        """Return what was remembered last."""
        try:
            return _decode(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return State()

    def live(self, name: str) -> Running | None:
        """Return a server that was started and whose process still runs."""
        running = self.read().servers.get(name)
        return running if running is not None and is_alive(running.process) else None

    def remember(self, name: str, process: Identity) -> None:
        """Note that a server runs now as this process.

        Raises:
            EnvironmentFaultError: where the file cannot be written.
        """
        with self._lock:
            state = self.read()
            started_at = datetime.fromtimestamp(process.born_at, tz=UTC)
            self._write(replace(state, servers={**state.servers, name: Running(process, started_at)}))

    def remember_ports(self, ports: dict[str, int]) -> None:
        """Note which ports are in use, for the next start.

        Raises:
            EnvironmentFaultError: where the file cannot be written.
        """
        with self._lock:
            state = self.read()
            self._write(replace(state, ports={**state.ports, **ports}))

    def forget(self, name: str) -> None:
        """Note that a server is stopped.

        Raises:
            EnvironmentFaultError: where the file cannot be written.
        """
        with self._lock:
            state = self.read()
            if name in state.servers:
                left = {key: value for key, value in state.servers.items() if key != name}
                self._write(replace(state, servers=left))

    def clear(self) -> None:
        """Forget everything, the ports too."""
        with self._lock:
            self._path.unlink(missing_ok=True)

    def _write(self, state: State) -> None:
        servers = {
            name: {**asdict(running.process), "started_at": running.started_at.isoformat()}
            for name, running in state.servers.items()
        }
        facts = {"format": _FORMAT, "servers": servers, "ports": state.ports}
        write_whole(self._path, json.dumps(facts, indent=2) + "\n")


def _decode(facts: dict[str, Any]) -> State:
    if facts["format"] != _FORMAT:
        return State()
    servers = {
        str(name): Running(
            Identity(int(one["pid"]), float(one["born_at"])), datetime.fromisoformat(str(one["started_at"]))
        )
        for name, one in facts["servers"].items()
    }
    return State(servers, {str(name): int(port) for name, port in facts["ports"].items()})
