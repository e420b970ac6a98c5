"""`canonym train words` lists the words that several titles or skills of the newest taxonomy have."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.standardize.spelling import may_slip
from services.cli.train import app

pytestmark = pytest.mark.integration


@pytest.mark.usefixtures("starter_published")
def test_the_words_of_several_titles_and_skills_are_listed(tmp_path: Path) -> None:
    out = tmp_path / "words.txt"
    result = CliRunner().invoke(app, ["words", "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    words = out.read_text(encoding="ascii").splitlines()
    assert f"{len(words):,} words" in result.output.replace("\n", " ")
    assert words == sorted(set(words))
    assert all(map(may_slip, words))
    assert {"manager", "engineer"} <= set(words)
    # A city, and nothing else.
    assert "philadelphia" not in words
