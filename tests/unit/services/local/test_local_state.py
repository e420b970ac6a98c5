import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConflictError, EnvironmentFaultError
from services.local import disk
from services.local.exclusive import claim, holder, require_unowned, starting
from services.local.ports import FIRST_PORT, LAST_PORT, accepts, choose, is_free
from services.local.process import Ending, Identity, end, identify, is_alive, spawn_detached
from services.local.state import StateFile

KILL = (Ending(signal.SIGKILL, 5.0),)


@pytest.fixture
def sleeper() -> Iterator[Identity]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        identity = identify(process.pid)
        assert identity is not None
        yield identity
        process.kill()


@contextmanager
def another_process_that_claims(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    code = (
        "import sys, pathlib\nfrom services.local.exclusive import claim\n"
        "with claim(pathlib.Path(sys.argv[1]), 'canonym up'):\n    print('held', flush=True)\n    "
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_process_is_known_by_pid_and_birth(sleeper: Identity) -> None:
    assert is_alive(sleeper)
    assert not is_alive(replace(sleeper, born_at=sleeper.born_at - 100))


def test_a_recycled_pid_is_never_signalled(sleeper: Identity) -> None:
    assert end(replace(sleeper, born_at=sleeper.born_at - 100), KILL)
    assert is_alive(sleeper)


def test_a_process_that_ignores_the_first_signal_gets_the_second(tmp_path: Path) -> None:
    log = disk.open_log(tmp_path / "log")
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True); time.sleep(60)"
    )
    process = spawn_detached([sys.executable, "-c", code], log=log, folder=tmp_path, environment=dict(os.environ))
    os.close(log)
    deadline = time.monotonic() + 10
    while "ready" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not end(process, (Ending(signal.SIGTERM, 0.2),))
    assert end(process, (Ending(signal.SIGTERM, 0.2), Ending(signal.SIGKILL, 5.0)))
    assert not is_alive(process)


def test_a_server_is_started_in_a_session_of_its_own(tmp_path: Path) -> None:
    log = disk.open_log(tmp_path / "log")
    process = spawn_detached(["sleep", "60"], log=log, folder=tmp_path, environment=dict(os.environ))
    os.close(log)
    assert os.getsid(process.pid) != os.getsid(0)
    assert end(process, KILL)


def test_state_is_read_back(tmp_path: Path, sleeper: Identity) -> None:
    StateFile(tmp_path).remember("kafka", sleeper)
    StateFile(tmp_path).remember_ports({"kafka_broker": 20_000})
    live = StateFile(tmp_path).live("kafka")
    assert live is not None
    assert live.process == sleeper
    assert StateFile(tmp_path).read().ports == {"kafka_broker": 20_000}


def test_a_forgotten_server_keeps_its_ports(tmp_path: Path, sleeper: Identity) -> None:
    state = StateFile(tmp_path)
    state.remember("kafka", sleeper)
    state.remember_ports({"kafka_broker": 20_000})
    state.forget("kafka")
    assert state.read().servers == {}
    assert state.read().ports == {"kafka_broker": 20_000}


def test_a_server_whose_pid_was_recycled_is_not_live(tmp_path: Path, sleeper: Identity) -> None:
    state = StateFile(tmp_path)
    state.remember("kafka", replace(sleeper, born_at=sleeper.born_at - 100))
    assert state.live("kafka") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 99}', '{"format": 1, "servers": 3}'])
def test_state_that_cannot_be_read_counts_as_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "servers.json").write_text(text)
    assert StateFile(tmp_path).read().servers == {}


def test_a_live_owner_is_refused_by_name_and_pid(tmp_path: Path) -> None:
    with another_process_that_claims(tmp_path) as owner:
        expected = rf"canonym up \(pid {owner.pid}\) is already running.*canonym local status"
        with pytest.raises(ConflictError, match=expected), claim(tmp_path, "canonym up"):
            pass
        with pytest.raises(ConflictError, match=rf"pid {owner.pid}.*stop it first"):
            require_unowned(tmp_path, action="reset them")


def test_a_killed_owner_leaves_the_folder_free(tmp_path: Path) -> None:
    with another_process_that_claims(tmp_path) as owner:
        owner.kill()
        owner.wait()
        assert json.loads((tmp_path / "owner.lock").read_text())["pid"] == owner.pid
        assert holder(tmp_path / "owner.lock") is None
        require_unowned(tmp_path, action="reset them")
        with claim(tmp_path, "canonym up"):
            assert holder(tmp_path / "owner.lock") is not None


def test_the_owner_itself_may_stop_and_reset(tmp_path: Path) -> None:
    with claim(tmp_path, "canonym up"):
        require_unowned(tmp_path, action="stop them")
    assert holder(tmp_path / "owner.lock") is None


def test_two_starts_at_once_are_refused(tmp_path: Path) -> None:
    expected = rf"A start \(pid {os.getpid()}\) is starting or stopping.*canonym local status"
    with (
        starting(tmp_path, what="A start"),
        pytest.raises(ConflictError, match=expected),
        starting(tmp_path, what="A start"),
    ):
        pass
    with starting(tmp_path, what="A start"):
        pass


def test_the_remembered_port_is_taken_again_while_it_is_free() -> None:
    port = choose(remembered=None)
    assert FIRST_PORT <= port <= LAST_PORT
    assert choose(remembered=port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
        assert accepts(port)
        assert choose(remembered=port) != port
    assert not accepts(port)


def test_a_port_that_is_spoken_for_is_not_chosen() -> None:
    port = choose(remembered=None)
    assert choose(remembered=port, taken=frozenset({port})) != port


def test_a_full_disk_while_a_file_is_written_leaves_the_old_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    disk.write_whole(path, "old")

    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "sync", full)
    with pytest.raises(EnvironmentFaultError, match="is full: free some space"):
        disk.write_whole(path, "new")
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


def test_a_folder_below_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFaultError, match="cannot be used"):
        disk.private_folder(tmp_path / "file" / "data")


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.os, "access", lambda *_: False)
    with pytest.raises(EnvironmentFaultError, match=r"cannot be written.*CANONYM_DATA_DIR"):
        disk.private_folder(tmp_path)


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    folder = disk.private_folder(tmp_path / "data")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 10_000_001)
    os.close(disk.open_log(path))
    assert path.stat().st_size == 0
    assert (tmp_path / "a.log.1").stat().st_size == 10_000_001


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("\n".join(str(number) for number in range(100_000)))
    assert disk.tail(path, lines=2) == "  99998\n  99999"
    assert "is not there" in disk.tail(tmp_path / "none")
