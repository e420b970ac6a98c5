"""A database with the starter taxonomy, for commands that train."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.database import transaction
from taxonomy.importers.read import read_source
from taxonomy.importers.starter import starter_source
from taxonomy.publish import publish


@pytest.fixture
def starter_published(database_url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine of a database with the starter taxonomy, in which commands work."""
    source = starter_source()
    with transaction(engine) as connection:
        publish(connection, source.key, read_source(source))
    monkeypatch.setenv("CANONYM_DATABASE_URL", database_url)
    monkeypatch.setenv("CANONYM_DATA_DIR", str(tmp_path / "data"))
    return engine
