"""`canonym train titles` learns from a file and the taxonomy, and what it writes ranks titles."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from classifiers.encoder.linear import load_encoder
from classifiers.learning.store import load_ranker
from services.cli.main import app as canonym
from services.cli.train import app
from taxonomy.repository import read_snapshot

pytestmark = pytest.mark.integration


def test_a_file_of_labelled_titles_becomes_a_ranker(starter_published: Engine, tmp_path: Path) -> None:
    names = {"ward angel": "title/registered-nurse", "number wizard": "title/accountant"}
    rows = [f"{name} {place},{key}" for name, key in names.items() for place in ("Oslo", "Turin", "Bonn", "Graz")]
    labelled = tmp_path / "titles.csv"
    labelled.write_text("\n".join(["title,entity", *rows, "magician,nowhere"]), encoding="utf-8")
    arguments = ["titles", "--labelled", str(labelled), "--out", str(tmp_path / "ranker")]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "learned from 8 titles; 1 rows name no title" in result.output.replace("\n", " ")
    stored = load_ranker(tmp_path / "ranker", load_encoder())
    best = [stored.entity_ids[place] for place in stored.ranker.scores(["ward angel", "number wizard"]).argmax(axis=1)]
    with starter_published.connect() as connection:
        entities = read_snapshot(connection).entities
    from_source = {entity.entity_id: entity.source_ids[0].value for entity in entities}
    assert [from_source[entity_id] for entity_id in best] == list(names.values())
    assert ranked(tmp_path, list(names)) == list(names.values())


def ranked(folder: Path, texts: list[str]) -> list[str]:
    """Return the source's id of the best entity of each text, as `canonym rank` answers, in a file and by itself."""
    rows, answers = folder / "rows.jsonl", folder / "answers.jsonl"
    rows.write_text("\n".join(json.dumps({"id": place, "text": text}) for place, text in enumerate(texts)))
    ranker = ["rank", "--ranker", str(folder / "ranker")]
    result = CliRunner().invoke(canonym, [*ranker, "--input", str(rows), "--output", str(answers)])
    assert result.exit_code == 0, result.output
    in_file = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [row["id"] for row in in_file] == list(range(len(texts)))
    result = CliRunner().invoke(canonym, [*ranker, "--json", *texts], catch_exceptions=False)
    alone = json.loads(result.stdout)
    assert [row["entities"] for row in alone] == [row["entities"] for row in in_file]
    assert all(len(row["entities"]) == 5 for row in alone)
    return [row["entities"][0]["source_ids"][0]["id"] for row in alone]
