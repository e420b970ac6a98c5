"""The API changes over to what the database holds now, also where a version has the same number as before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from classifiers.standardize.model import Query
from classifiers.standardize.store import open_standardizer
from core.database import engine_for, transaction
from core.errors import RetryError
from migrations.run import upgrade
from services.api.source import CurrentStandardizer
from taxonomy.model import EntityDraft, EntityType, SourceId
from taxonomy.publish import publish

pytestmark = pytest.mark.integration


@pytest.fixture
def own_engine(empty_database_url: str) -> Iterator[Engine]:
    """An engine on a database of this test, which it may reset."""
    engine = engine_for(empty_database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def publish_skill(engine: Engine, name: str) -> None:
    with transaction(engine) as connection:
        assert publish(connection, "s", [EntityDraft(EntityType.SKILL, name, "en", (SourceId("s", name),))]).version


def test_another_taxonomy_under_the_same_version_number_is_loaded(own_engine: Engine, tmp_path: Path) -> None:
    opened: list[int] = []
    source = CurrentStandardizer(
        own_engine,
        lambda version: opened.append(version) or open_standardizer(own_engine, tmp_path, version=version),  # type: ignore[func-returns-value]  # records and goes on
    )
    publish_skill(own_engine, "Zymurgy")
    source.refresh()
    source.refresh()
    with transaction(own_engine) as connection:
        connection.execute(
            text("TRUNCATE taxonomy_version, entity, entity_source_id, alias, entity_relation RESTART IDENTITY CASCADE")
        )
    source.refresh()
    assert list(source.current().taxonomy.names) == ["Zymurgy"]
    publish_skill(own_engine, "Falconry")
    source.refresh()
    assert opened == [1, 1]
    answer = source.current().standardize(Query("falconry", EntityType.SKILL))
    assert (answer.taxonomy_version, answer.mentions[0].candidates[0].name) == (1, "Falconry")


def test_before_the_first_publication_there_is_nothing_to_load(own_engine: Engine, tmp_path: Path) -> None:
    source = CurrentStandardizer(own_engine, lambda version: open_standardizer(own_engine, tmp_path, version=version))
    source.refresh()
    with pytest.raises(RetryError, match="no taxonomy is loaded yet"):
        source.current()
