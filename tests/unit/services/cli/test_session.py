from pathlib import Path
from typing import Any, cast

import pytest

from core.errors import InvalidError
from core.settings import Settings
from services.cli.session import Session, ready_standardizer


def test_a_damaged_calibration_is_named_before_anything_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_bytes(b"{}")
    session = Session(Settings(calibration=file), cast("Any", None), cast("Any", None))
    steps: list[str] = []
    with pytest.raises(InvalidError, match=r"calibration\.json does not carry its SHA-256"):
        ready_standardizer(session, steps.append, version=None)
    assert steps == []
