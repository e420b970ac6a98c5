"""A short look for texts that break the standardizer, led by the branches that they reach; `make fuzz` looks longer."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tests" / "unit" / "classifiers" / "fuzz_standardize.py"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is for Linux on x86-64"),
]


def test_thousands_of_texts_break_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--seconds", "5"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}:{SCRIPT.parent}", "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    runs = re.search(r"Done (\d+) runs", done.stdout + done.stderr)
    assert runs is not None
    assert int(runs[1]) > 1_000
