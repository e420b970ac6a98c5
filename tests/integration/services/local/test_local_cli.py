import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.settings import Settings
from services.cli.local import app
from services.local.servers import LocalServers

pytestmark = pytest.mark.integration


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("CANONYM_DATA_DIR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9092")
    return folder


def said(*arguments: str, answer: str | None = None) -> str:
    result = CliRunner().invoke(app, list(arguments), input=answer, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_start_status_stop_and_reset(data_dir: Path) -> None:
    endpoints = json.loads(said("start", "--json"))
    try:
        assert endpoints["database_url"].startswith("postgresql://")
        assert endpoints["kafka_bootstrap_servers"] == "elsewhere:9092"
        found = json.loads(said("status", "--json"))["servers"]
        assert [(one["name"], one["condition"]) for one in found] == [
            ("postgres", "running"),
            ("kafka", "external"),
        ]
        assert "running" in said("start")
    finally:
        said("stop")
    assert "stopped" in said("status")
    said("reset", "--yes")
    assert not (data_dir / "postgres").exists()


def test_reset_asks_first(data_dir: Path) -> None:
    LocalServers(Settings()).start(kafka=False)
    LocalServers(Settings()).stop()
    result = CliRunner().invoke(app, ["reset"], input="n\n")
    assert result.exit_code == 1
    assert (data_dir / "postgres").exists()


@pytest.mark.parametrize("command", ["", "start", "stop", "status", "reset"])
def test_help_teaches(command: str) -> None:
    assert "--help" in said(*command.split(), "--help")
