import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import uvicorn
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from classifiers.standardize.store import open_standardizer
from core.database import engine_for, transaction
from graph.encoding import SubjectUpdate, subject_update
from graph.model import Edge, EdgeStatus, Inference, SubjectKind
from graph.writer import Versions, write_subjects
from migrations.run import upgrade
from services.api.app import create_app
from services.api.dependencies import ApiDependencies, ApiLimits
from services.api.main import listen
from services.api.source import CurrentStandardizer
from taxonomy.model import Alias, AliasKind, EntityDraft, EntityRelation, EntityType, ParentRef, SourceId
from taxonomy.publish import publish


def draft(
    entity_type: EntityType, key: str, name: str, *aliases: Alias, parents: tuple[ParentRef, ...] = ()
) -> EntityDraft:
    return EntityDraft(entity_type, name, "en", (SourceId("test", key),), aliases, parents, (("key", key),))


PROGRAMMING = draft(EntityType.SKILL_GROUP, "programming", "Programming")
PYTHON = draft(
    EntityType.SKILL,
    "python",
    "Python",
    Alias("Python programming", "en", AliasKind.SYNONYM, ""),
    Alias("Python-Programmierung", "de", AliasKind.TRANSLATION, "", 0.9),
    parents=(ParentRef(EntityRelation.BROADER, SourceId("test", "programming")),),
)
PYTHON_3 = draft(EntityType.SKILL, "python-3", "Python 3")
ENGINEER = draft(EntityType.TITLE, "software-engineer", "Software engineer")
GOOGLE = draft(EntityType.COMPANY, "google", "Google")
RUST = draft(EntityType.SKILL, "rust", "Rust")


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> str:
    """One database for all tests of the API, which read it and write little."""
    server = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE api"))
    server.dispose()
    return make_url(postgres_url).set(database="api").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """Return an engine of a database with two versions (Rust comes, Python 3 is merged) and edges."""
    made = engine_for(database_url)
    upgrade(made)
    with transaction(made) as connection:
        publish(connection, "test", [PROGRAMMING, PYTHON, PYTHON_3, ENGINEER, GOOGLE])
    with transaction(made) as connection:
        publish(connection, "test", [PROGRAMMING, PYTHON, ENGINEER, GOOGLE, RUST])
        connection.execute(
            text("""INSERT INTO entity (entity_id, type, name, attributes, source, replaced_by, since_version,
                                        until_version)
                    SELECT entity_id, type, name, attributes, source, :new, 2, 2 FROM entity WHERE entity_id = :old"""),
            {"new": PYTHON.entity_id, "old": PYTHON_3.entity_id},
        )
        write_subjects(connection, SubjectKind.MEMBER, [update("m1", 7), update("gone", 8)], Versions(2, "1"))
        write_subjects(connection, SubjectKind.JOB, [update("urn:job/9", 3)], Versions(2, "1"))
    with transaction(made) as connection:
        deletion = subject_update("gone", 9, "e9", None, Inference((), {}))
        write_subjects(connection, SubjectKind.MEMBER, [deletion], Versions(2, "1"))
    yield made
    made.dispose()


def update(subject_id: str, sequence: int) -> SubjectUpdate:
    edges = (
        Edge("member-title", ENGINEER.entity_id, EdgeStatus.INFERRED, 0.9, "titles", "Software engineer"),
        Edge("member-skill", PYTHON.entity_id, EdgeStatus.EXPLICIT, 1.0, "skills", "Python"),
        Edge("member-skill", RUST.entity_id, EdgeStatus.INFERRED, 0.62, "summary", "rust"),
        Edge("member-company", GOOGLE.entity_id, EdgeStatus.INFERRED, 0.8314, "companies", "Google 🦀"),
    )
    return subject_update(subject_id, sequence, f"e{sequence}", b'{"headline":"x"}', Inference(edges, {}))


@pytest.fixture(scope="session")
def open_source(engine: Engine, data_dir: Path) -> Callable[..., CurrentStandardizer]:
    """Return a function that makes a source of standardizers from the database."""

    def open_it(check_seconds: float = 0.05) -> CurrentStandardizer:
        return CurrentStandardizer(
            engine,
            lambda version: open_standardizer(engine, data_dir, version=version),
            check_seconds=check_seconds,
        )

    return open_it


@pytest.fixture(scope="session")
def client(engine: Engine, open_source: Callable[..., CurrentStandardizer]) -> Iterator[httpx.Client]:
    """Ask a server on a real socket."""
    dependencies = ApiDependencies(engine, open_source(), ApiLimits(), time.monotonic, CollectorRegistry())
    with closing(listen("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(dependencies), log_config=None, lifespan="on", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as opened:
            wait_ready(opened)
            yield opened
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def wait_ready(opened: httpx.Client) -> None:
    deadline = time.monotonic() + 20
    while opened.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
