"""The shape of the repository: names, sizes, and documents that list what the code has."""

import ast
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

from core.kafka import TOPICS
from core.settings import Settings
from core.wire import DATA_MODELS
from stream.metrics import relay_metrics, worker_metrics

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "taxonomy", "graph", "classifiers", "stream", "services", "migrations", "benchmarks")
MAX_LINES = 500


def python_files() -> list[Path]:
    return sorted(path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py"))


def test_no_other_installed_distribution_owns_one_of_the_top_level_names() -> None:
    owners = {
        (distribution.name, path.parts[0])
        for distribution in distributions()
        if distribution.name != "canonym"
        for path in distribution.files or ()
        if path.parts and path.parts[0] in PACKAGES
    }
    assert owners == set()


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_shorter_than_it_takes_to_get_lost(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_LINES


def test_no_module_is_named_after_nothing() -> None:
    assert [path for path in python_files() if path.stem in {"utils", "helpers", "common", "misc"}] == []


def test_the_settings_page_lists_every_setting() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"CANONYM_{name.upper()}" not in page]
    assert missing == []
    listed = set(re.findall(r"`CANONYM_([A-Z_]+)`", page))
    assert listed - {name.upper() for name in Settings.model_fields} == set()


def test_the_operations_page_lists_every_metric_of_worker_and_relay() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    names = {metric.name for made in (worker_metrics(), relay_metrics()) for metric in made.registry.collect()}
    assert sorted(name for name in names if name not in page) == []


def test_the_events_page_lists_every_topic_and_event_type() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert [topic.name for topic in TOPICS if f"`{topic.name}`" not in page] == []
    assert [name for name in DATA_MODELS if f"`{name}`" not in page] == []


def test_every_folder_of_code_is_explained_in_one_line() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    folders = {str(path.parent.relative_to(ROOT)) for path in python_files()}
    folders = {folder for folder in folders if folder.split("/")[0] in PACKAGES}
    assert sorted(folder for folder in folders if f"`{folder}/`" not in page) == []


@pytest.mark.parametrize("path", sorted((ROOT / "services" / "api").rglob("*.py")), ids=lambda path: path.name)
def test_the_api_holds_no_sql(path: Path) -> None:
    names = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }
    assert names & {"text", "select", "insert", "update", "delete", "func"} == set()
    assert "exec_driver_sql" not in path.read_text(encoding="utf-8")
