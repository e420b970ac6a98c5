"""The servers that the integration tests share: started once a session, with a fresh database a test."""

import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from core.database import engine_for
from core.settings import Settings
from migrations.run import upgrade
from services.local.servers import LocalServers

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of servers in a folder of this session; Kafka's jars come from the usual cache."""
    return Settings(data_dir=tmp_path_factory.mktemp("servers"), database_url=None, kafka_bootstrap_servers=None)


@pytest.fixture(scope="session")
def local_servers(server_settings: Settings) -> Iterator[LocalServers]:
    """The embedded servers; nothing runs until `postgres_url` or `kafka_servers` asks for it."""
    servers = LocalServers(server_settings)
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def postgres_url(local_servers: LocalServers) -> str:
    return local_servers.start(kafka=False).database_url


@pytest.fixture(scope="session")
def kafka_servers(local_servers: LocalServers) -> str:
    return local_servers.start(postgres=False).kafka_bootstrap_servers


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """Name of a database with the whole schema, to copy from: faster than to migrate for every test."""
    name = "template_with_schema"
    _administer(postgres_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    engine = engine_for(_address(postgres_url, name))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database of this test without any table."""
    yield from _database(postgres_url, "template1")


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A database of this test with the whole schema and no rows."""
    yield from _database(postgres_url, template_database)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the database of this test."""
    engine = engine_for(database_url, application_name="canonym-test")
    yield engine
    engine.dispose()


@pytest.fixture
def topic_prefix() -> str:
    """What makes the topics and the consumer group of this test its own."""
    return f"t{next(_NUMBERS)}-{uuid.uuid4().hex[:6]}-"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Folder of compiled taxonomies of this test."""
    return tmp_path / "data"


def _database(postgres_url: str, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}_{uuid.uuid4().hex[:6]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    _administer(postgres_url, create)
    yield _address(postgres_url, name)
    _administer(postgres_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _address(postgres_url: str, database: str) -> str:
    return make_url(postgres_url).set(database=database).render_as_string(hide_password=False)


def _administer(postgres_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(_address(postgres_url, "postgres"), autocommit=True) as connection:
        connection.execute(statement)
