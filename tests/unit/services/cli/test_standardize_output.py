"""What `canonym standardize` prints for people."""

from pathlib import Path

import pytest
from rich.console import Console

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from services.cli.standardize import print_summary
from services.cli.standardize_file import BatchSummary, TypeCount
from services.cli.standardize_output import explanation_table
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    entities = tuple(
        Entity(
            f"title_{name}",
            EntityType.TITLE,
            name,
            (SourceId("test", name),),
            (
                Alias(name, "en", AliasKind.CANONICAL, "test"),
                Alias("PM", "mul", AliasKind.ABBREVIATION, "test"),
            ),
        )
        for name in ("Project Manager", "Product Manager")
    )
    folder: Path = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(Snapshot(1, entities)), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())


def test_an_explanation_is_a_table_that_ends_in_the_confidence(standardizer: Standardizer) -> None:
    query = Query("PM", EntityType.TITLE, context="Roadmap of the product", options=AnswerOptions(explain=True))
    (mention,) = standardizer.standardize(query).mentions
    console = Console(width=160)
    with console.capture() as captured:
        console.print(explanation_table(mention.text, mention.candidates))
    rows = {
        cells[0]: cells[1:]
        for line in captured.get().splitlines()
        if len(cells := [cell.strip() for cell in line.strip("│").split("│")]) > 2
    }
    assert rows["alias"][:2] == ["PM", "PM"]
    assert rows["kind"][:2] == ["abbreviation", "abbreviation"]
    assert rows["context"][:2] == ["product", ""]
    best, other = mention.candidates
    assert rows["confidence"][:2] == [f"{best.confidence:.2f}", f"{other.confidence:.2f}"]
    assert rows["shared"][:2][0] == ""
    assert rows["shared"][2] == "1 where another entity has the very alias too."
    added = [float(cells[1]) for name, cells in rows.items() if cells[1][:1] in {"+", "-"} and name != "log-odds"]
    assert sum(added) == pytest.approx(float(rows["log-odds"][1]), abs=0.1)


def test_the_summary_of_a_file_counts_by_type_and_in_all(capsys: pytest.CaptureFixture[str]) -> None:
    summary = BatchSummary(3, {"skill": TypeCount(2, 1), "title": TypeCount(5, 5)})
    print_summary(summary, as_json=False)
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in capsys.readouterr().out.splitlines()]
    assert ["skill", "2", "1", "1"] in cells
    assert ["all", "7", "6", "1"] in cells
    print_summary(summary, as_json=True)
    assert '"skill": {"mentions": 2, "linked": 1, "nil": 1}' in capsys.readouterr().out


def test_the_summary_of_a_file_without_mentions_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(BatchSummary(1, {}), as_json=False)
    assert "rows: 1" in capsys.readouterr().out
