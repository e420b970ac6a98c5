import os
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from core.errors import ConflictError, EnvironmentFaultError
from services.api.main import listen


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CANONYM_", "DATABASE_URL"))
    }
    return subprocess.run(  # noqa: PLW1510 - the exit status is what is tested
        [sys.executable, "-m", "services.api"],
        env=environment | {"CANONYM_LOG_FORMAT": "json"} | variables,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "the API needs CANONYM_DATABASE_URL"),
        ({"DATABASE_URL": "not an address"}, "CANONYM_DATABASE_URL is not an address"),
        (
            {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
            "the database of CANONYM_DATABASE_URL does not answer: connection",
        ),
        ({"CANONYM_API_PORT": "99999"}, "CANONYM_API_PORT"),
    ],
)
def test_a_start_that_cannot_work_ends_with_one_line_that_says_why(variables: dict[str, str], reason: str) -> None:
    ended = start(**variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert [reason in line for line in ended.stderr.splitlines()] == [True]


def test_a_port_in_use_is_a_conflict_that_names_the_port() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConflictError, match=f"port {port} of 127.0.0.1 is in use"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_named(host: str) -> None:
    with pytest.raises(EnvironmentFaultError, match=host):
        listen(host, 0)


def test_a_free_port_accepts_connections_at_once() -> None:
    with closing(listen("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()[:2], 5):
        pass
