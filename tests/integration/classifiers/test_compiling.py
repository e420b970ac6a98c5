"""A large taxonomy is compiled in a process that ends."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from classifiers.standardize import store
from classifiers.standardize.compiling import compile_apart
from classifiers.standardize.store import open_taxonomy
from core.database import transaction
from taxonomy.model import EntityDraft, EntityType, SourceId
from taxonomy.publish import publish

pytestmark = pytest.mark.integration


TITLES = ("nurse", "truck driver", "software developer")


@pytest.fixture
def published(engine: Engine) -> Engine:
    drafts = [EntityDraft(EntityType.TITLE, name, "en", (SourceId("test", name),)) for name in TITLES]
    with transaction(engine) as connection:
        publish(connection, "test", drafts)
    return engine


def test_another_process_compiles_the_same(published: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = open_taxonomy(published, tmp_path / "here")
    monkeypatch.setattr(store, "_LARGE", 0)
    monkeypatch.setattr(store, "compile_version", lambda *_: pytest.fail("compiled in this process"))
    apart = open_taxonomy(published, tmp_path / "apart")
    assert sorted(apart.alias_texts) == sorted(TITLES)
    assert list(apart.alias_texts) == list(here.alias_texts)
    assert list(apart.entity_ids) == list(here.entity_ids)


def test_what_fails_there_is_done_here(published: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_LARGE", 0)
    monkeypatch.setattr(store, "compile_apart", lambda *_: "no memory")
    steps: list[str] = []
    assert len(open_taxonomy(published, tmp_path, on_step=steps.append).entity_ids) > 0
    assert "compiling in this process, for another one failed: no memory" in steps


def test_a_process_that_fails_says_why(published: Engine, tmp_path: Path) -> None:
    assert "999999" in (compile_apart(published, 999_999, tmp_path / "none") or "")
