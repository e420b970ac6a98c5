"""A build in two processes suggests what one does, loses nothing when the other fails, and leaves none behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from core.child import end_child, pipe_of
from core.database import transaction
from services.cli import build_beside
from services.cli.build_task import BuildTask, Order, Said, decode_reply, encode_message
from services.cli.main import app
from taxonomy.building.model import BuildPolicy
from taxonomy.model import Alias, AliasKind, EntityDraft, EntityType, SourceId
from taxonomy.publish import publish

pytestmark = pytest.mark.integration

DOING = {"baking": "Backen", "selling": "Verkaufen", "storing": "Lagern", "weighing": "Wiegen", "buying": "Einkaufen"}
WHAT = {
    "bread": "Brot", "cheese": "Käse", "meat": "Fleisch", "fish": "Fisch", "fruit": "Obst", "paper": "Papier",
    "wood": "Holz", "steel": "Stahl", "glass": "Glas", "cloth": "Stoff", "stone": "Stein", "sand": "Sand",
    "oil": "Öl", "salt": "Salz", "sugar": "Zucker", "flour": "Mehl", "honey": "Honig", "wine": "Wein",
}  # fmt: skip
HOW = {"": "", "fresh ": "frisch ", "old ": "alt ", "cheap ": "billig "}
UNTAUGHT = frozenset({("baking", "honey", ""), ("selling", "steel", "old "), ("weighing", "wine", "cheap ")})


def drafts() -> Iterator[EntityDraft]:
    for doing, what, how in product(DOING, WHAT, HOW):
        name = f"{doing} {how}{what}"
        aliases = [Alias(name, "en", AliasKind.CANONICAL, "test", 1.0)]
        if (doing, what, how) not in UNTAUGHT:
            german = f"{HOW[how]}{WHAT[what]} {DOING[doing]}"
            aliases.append(Alias(german, "de", AliasKind.TRANSLATION, "test", 1.0))
        yield EntityDraft(EntityType.SKILL, name, "en", (SourceId("test", name),), tuple(aliases))


@pytest.fixture
def arguments(database_url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments of a build, with the taxonomy loaded."""
    with transaction(engine) as connection:
        publish(connection, "test", drafts())
    monkeypatch.setenv("CANONYM_DATABASE_URL", database_url)
    monkeypatch.setenv("CANONYM_DATA_DIR", str(tmp_path / "data"))
    skills = [f"{doing} {how}{what}" for doing, what, how in sorted(UNTAUGHT)]
    documents = tmp_path / "profiles.jsonl"
    lines = [json.dumps({"skills": [skills[place % 3], "zither tuning"]}) for place in range(60)]
    documents.write_text("\n".join(lines), encoding="utf-8")
    return ["taxonomy", "build", "--json", "--profiles", str(documents)]


def steps_of(arguments: list[str]) -> dict[str, tuple[int, bool]]:
    """Run a build, and return what each step suggested and whether it was done before."""
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return {one["step"]: (one["proposals"], one["done_before"]) for one in json.loads(result.stdout)["steps"]}


def suggested(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        query = text("SELECT fingerprint, kind, confidence, identity::text, details::text FROM proposal ORDER BY 1")
        return [tuple(row) for row in connection.execute(query)]


def test_two_processes_suggest_what_one_does(arguments: list[str], engine: Engine, tmp_path: Path) -> None:
    both = steps_of([*arguments, "--processes", "2"])
    assert list(both) == ["clean_up", "candidates", "senses", "merges", "parents", "translations"]
    assert both["translations"] == (3, False)
    found = suggested(engine)
    assert "Honig Backen" in {json.loads(str(row[3]))["text"] for row in found if row[1] == "translation"}
    again = steps_of([*arguments, "--processes", "2"])
    assert again == {step: (count, True) for step, (count, _) in both.items()}
    with transaction(engine) as connection:
        connection.execute(text("TRUNCATE proposal, proposal_decision, cannot_link, build_step CASCADE"))
    assert steps_of([*arguments, "--processes", "1"]) == both
    assert suggested(engine) == found


def test_what_is_done_stays_when_the_other_process_fails(
    arguments: list[str], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (sys.executable, "-c", "import sys; sys.exit(3)")
    with monkeypatch.context() as changed:
        changed.setattr(build_beside, "COMMAND", broken)
        result = CliRunner().invoke(app, [*arguments, "--processes", "2"])
    assert "the steps parents, translations, failed: it ended with code 3" in str(result.exception)
    steps = steps_of([*arguments, "--processes", "2"])
    assert {step for step, (_, before) in steps.items() if not before} == {"parents", "translations"}
    assert steps["translations"][0] == len([row for row in suggested(engine) if row[1] == "translation"]) == 3


@pytest.mark.parametrize("heard", [0, 1])
def test_a_process_whose_parent_is_gone_ends_and_writes_nothing(
    arguments: list[str], database_url: str, engine: Engine, tmp_path: Path, heard: int
) -> None:
    task = BuildTask(
        key="key", version=1, documents=(Path(arguments[-1]),), dictionaries={}, policy=BuildPolicy(phrases=1_000),
        today=date(2026, 1, 1), work_dir=tmp_path / "work", steps=("parents", "translations"),
    )  # fmt: skip
    process = subprocess.Popen(build_beside.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    requests = pipe_of(process.stdin)
    requests.write(encode_message(Order(task, task.steps, database_url)) + b"\n")
    requests.flush()
    for _ in range(heard):
        said = decode_reply(pipe_of(process.stdout).readline())
        assert isinstance(said, Said)
        assert said.text.startswith("step 1 of 2")
    end_child(process)
    pipe_of(process.stdout).close()
    assert process.returncode == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM proposal")).scalar_one() == 0
