"""The API standardizes with the calibration that `CANONYM_CALIBRATION` names, and does not start with a damaged one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import orjson
import pytest
from sqlalchemy import Engine

from classifiers.standardize.calibration import SHIPPED
from core.artefact import sealed_json

pytestmark = pytest.mark.integration


def start(database_url: str, data_dir: Path, calibration: Path) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "CANONYM_DATABASE_URL": database_url,
        "CANONYM_DATA_DIR": str(data_dir),
        "CANONYM_API_PORT": "0",
        "CANONYM_LOG_FORMAT": "json",
        "CANONYM_CALIBRATION": str(calibration),
    }
    return subprocess.Popen([sys.executable, "-m", "services.api"], env=environment, stderr=subprocess.PIPE, text=True)


def test_answers_carry_the_model_version_of_the_file(
    database_url: str, engine: Engine, data_dir: Path, tmp_path: Path
) -> None:
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(sealed_json(orjson.loads(SHIPPED.read_bytes()) | {"model_version": "trained-here"}))
    with start(database_url, data_dir, calibration) as process:
        assert process.stderr is not None
        address = "http://{host}:{port}".format(**json.loads(process.stderr.readline()))
        deadline = time.monotonic() + 20
        while httpx.get(f"{address}/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        answer = httpx.post(f"{address}/v1/standardize", json={"text": "rust", "type": "skill"}).json()
        assert answer["model_version"] == "trained-here"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_a_file_that_was_changed_ends_the_start_with_one_line(
    database_url: str, engine: Engine, data_dir: Path, tmp_path: Path
) -> None:
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(SHIPPED.read_bytes().replace(b'"model_version": "', b'"model_version": "x'))
    with start(database_url, data_dir, calibration) as process:
        try:
            _, log = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, len(log.splitlines())) == (1, 1)
    assert f"{calibration} does not match the SHA-256" in log
