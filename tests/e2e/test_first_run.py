"""The main job as a newcomer runs it: one command, the API answers, Ctrl-C, and another, leave nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.integration

_START_SECONDS = 240.0
_IMPATIENCE_SECONDS = 0.1


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", Path, Path]]:
    log = tmp_path / "up.log"
    data_dir = tmp_path / "data"
    environment = os.environ | {"CANONYM_DATA_DIR": str(data_dir), "COLUMNS": "120", "CANONYM_API_PORT": "0"}
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "up", "--members", "60"],
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
        yield process, log, data_dir
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def wait_for(log: Path, words: str, process: "subprocess.Popen[str]") -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text()
        if words in text:
            return text
        assert process.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_one_command_streams_serves_and_stops_without_a_trace(
    started: tuple["subprocess.Popen[str]", Path, Path],
) -> None:
    process, log, data_dir = started
    printed = wait_for(log, "Ctrl-C stops everything", process)
    assert re.search(r"members +│ 60 \(60 with edges\)", printed) or re.search(r"members +│ [56]\d", printed)
    assert "event to commit at 100/s, p99" in printed
    address = re.search(r"API: (http://127\.0\.0\.1:\d+)", printed)
    assert address is not None
    request = urllib.request.Request(
        f"{address[1]}/v1/standardize",
        data=json.dumps({"text": "Registered Nurse", "type": "title"}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    assert answer["mentions"][0]["candidates"][0]["name"] == "Registered Nurse"
    member = re.search(r"/v1/members/(\S+)/edges", printed)
    assert member is not None
    with urllib.request.urlopen(f"{address[1]}/v1/members/{member[1]}/edges", timeout=10) as response:
        assert json.load(response)["edges"]

    assert {"stream.worker", "stream.inference", "stream.relay_main", "services.api"} <= set(modules_of(data_dir))
    process.send_signal(signal.SIGINT)
    time.sleep(_IMPATIENCE_SECONDS)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert modules_of(data_dir) == []


def modules_of(data_dir: Path) -> list[str]:
    """Return what the processes run that belong to a data folder, by their environment or arguments."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            command = process.cmdline()
            if process.environ().get("CANONYM_DATA_DIR") == str(data_dir) or str(data_dir) in " ".join(command):
                found.append(command[2] if command[1:2] == ["-m"] else " ".join(command))
    return found
