"""`canonym train words` lists the words that several titles or skills of the newest taxonomy have."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from classifiers.standardize.spelling import may_slip
from core.database import transaction
from services.cli.train import app
from taxonomy.importers.read import read_source
from taxonomy.importers.starter import starter_source
from taxonomy.publish import publish

pytestmark = pytest.mark.integration


def test_the_words_of_several_titles_and_skills_are_listed(
    database_url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = starter_source()
    with transaction(engine) as connection:
        publish(connection, source.key, read_source(source))
    monkeypatch.setenv("CANONYM_DATABASE_URL", database_url)
    monkeypatch.setenv("CANONYM_DATA_DIR", str(tmp_path / "data"))
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
