import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from core.database import engine_for, transaction
from services.api.main import listen

pytestmark = pytest.mark.integration


@pytest.fixture
def started(database_url: str, engine: Engine, data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Return a started process and its address."""
    environment = os.environ | {
        "CANONYM_DATABASE_URL": database_url,
        "CANONYM_DATA_DIR": str(data_dir),
        "CANONYM_API_PORT": "0",
        "CANONYM_LOG_FORMAT": "json",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "services.api"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        line = json.loads(process.stderr.readline())
        assert line["event"] == "api_started"
        yield process, f"http://{line['host']}:{line['port']}"
        process.kill()


def wait_ready(address: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.ConnectError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_process_serves_and_ends_cleanly_when_it_is_asked_to(
    started: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = started
    wait_ready(address)
    assert httpx.post(f"{address}/v1/standardize", json={"text": "Python"}).status_code == 200
    process.send_signal(signal.SIGTERM)
    output, log = process.communicate(timeout=20)
    lines = [json.loads(line) for line in log.splitlines()]
    assert (process.returncode, output) == (0, "")
    assert lines[-1]["event"] == "api_stopped"


def test_bytes_that_are_no_http_are_refused_and_logged_as_a_structured_line(
    started: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = started
    wait_ready(address)
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert httpx.get(f"{address}/healthz").status_code == 200
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    assert "library_message" in {json.loads(line)["event"] for line in log.splitlines()}


def test_a_port_in_use_ends_the_start_with_one_line(database_url: str, engine: Engine, data_dir: Path) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = os.environ | {"CANONYM_DATABASE_URL": database_url, "CANONYM_API_PORT": str(port)}
        ended = subprocess.run(  # noqa: PLW1510 - the exit status is what is tested
            [sys.executable, "-m", "services.api"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
    assert f"port {port} of 127.0.0.1 is in use" in ended.stderr


def test_a_database_without_tables_or_without_a_taxonomy_is_not_ready(
    database_url: str, engine: Engine, data_dir: Path
) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS bare"))
        connection.execute(text("CREATE DATABASE bare"))
    bare = engine_for(engine.url.set(database="bare").render_as_string(hide_password=False))
    environment = os.environ | {
        "CANONYM_DATABASE_URL": bare.url.render_as_string(hide_password=False).replace("+psycopg", ""),
        "CANONYM_DATA_DIR": str(data_dir),
        "CANONYM_API_PORT": "0",
        "CANONYM_LOG_FORMAT": "json",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "services.api"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        address = "http://{host}:{port}".format(**json.loads(process.stderr.readline()))
        answer = ask_when_up(f"{address}/readyz")
        assert (answer.status_code, answer.json()["missing"]) == (503, ["database", "taxonomy"])
        assert "run its migrations" in answer.json()["detail"]
        with transaction(bare) as connection:
            connection.execute(text("CREATE TABLE taxonomy_version (version int)"))
        bare.dispose()
        time.sleep(1.5)
        answer = httpx.get(f"{address}/readyz")
        assert (answer.status_code, answer.json()["missing"]) == (503, ["taxonomy"])
        assert "no taxonomy is loaded yet" in answer.json()["detail"]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


def ask_when_up(url: str) -> httpx.Response:
    deadline = time.monotonic() + 20
    while True:
        try:
            return httpx.get(url)
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_request_that_is_half_sent_when_the_stop_comes_is_still_answered(
    started: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = started
    wait_ready(address)
    host, port = address.removeprefix("http://").split(":")
    body = b'{"text": "Python"}'
    head = f"POST /v1/standardize HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body[:5])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[5:])
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    process.communicate(timeout=20)
    assert process.returncode == 0
