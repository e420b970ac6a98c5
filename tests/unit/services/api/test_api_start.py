import os
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from structlog.testing import capture_logs

import services.api.__main__
import services.api.main
from core.errors import ConflictError, EnvironmentFaultError
from services.api.main import listen

NO_DATABASE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("CANONYM_", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CANONYM_LOG_FORMAT", "json")


def test_a_process_that_cannot_start_ends_with_one_line_that_says_why(no_settings: None) -> None:
    ended = subprocess.run(  # noqa: PLW1510 - the exit status is what is tested
        [sys.executable, "-m", "services.api"],
        env=os.environ | NO_DATABASE,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    reason = "the database of CANONYM_DATABASE_URL does not answer: connection"
    assert [reason in line for line in ended.stderr.splitlines()] == [True]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "the API needs CANONYM_DATABASE_URL"),
        ({"DATABASE_URL": "not an address"}, "CANONYM_DATABASE_URL is not an address"),
        ({"CANONYM_API_PORT": "99999"}, "CANONYM_API_PORT"),
    ],
)
def test_settings_that_cannot_work_end_the_start_with_one_line(
    no_settings: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    reason: str,
) -> None:
    """In this process, which has imported already what takes a second to import."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # Logs are set up for a whole process, and this one goes on.
    for module in (services.api.__main__, services.api.main):
        monkeypatch.setattr(module, "configure_logs", lambda **_: None)
    monkeypatch.setattr(services.api.main, "forward_library_logs", lambda: None)
    with capture_logs() as logs:
        assert services.api.__main__.main() == 1
    assert [(line["event"], reason in line["reason"]) for line in logs] == [("api_not_started", True)]
    assert capsys.readouterr() == ("", "")


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
