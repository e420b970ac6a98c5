"""What most commands need: the settings, the servers while the command runs, the schema, a taxonomy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url

from classifiers.standardize.opener import standardizer_opener
from classifiers.standardize.standardizer import Standardizer
from core.database import engine_for, transaction
from core.settings import Settings
from migrations.run import upgrade
from services.cli.terminal import steps
from services.local.progress import Progress
from services.local.servers import Endpoints, running
from taxonomy.importers.read import read_source
from taxonomy.importers.starter import starter_source
from taxonomy.publish import publish
from taxonomy.repository import current_version


@dataclass(frozen=True, slots=True)
class Session:
    """The servers of one command, and an engine on its database."""

    settings: Settings
    endpoints: Endpoints
    engine: Engine


@contextmanager
def open_session(settings: Settings, progress: Progress, *, kafka: bool) -> Iterator[Session]:
    """Open the database, and Kafka where asked; servers that the command had to start are stopped at its end."""
    with running(settings, kafka=kafka, progress=progress) as endpoints:
        engine = engine_for(endpoints.database_url, application_name="canonym-cli")
        try:
            upgrade(engine)
            yield Session(settings, endpoints, engine)
        finally:
            engine.dispose()


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a connection to read with, silently."""
    with (
        steps(quiet=True) as progress,
        open_session(Settings(), progress, kafka=False) as session,
        session.engine.connect() as connection,
    ):
        yield connection


def own_database(outer: Session, name: str) -> Session:
    """Return a session on a database of its own, made now or emptied of members; its taxonomy is kept.

    For work that must not touch the real members: demos and benchmarks. The caller disposes of the engine.
    """
    url = make_url(outer.endpoints.database_url).set(database=name)
    with outer.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        known = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": name}).scalar()
        if not known:
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.execute(text(f"CREATE DATABASE {quoted}"))
    address = url.render_as_string(hide_password=False)
    engine = engine_for(address, application_name=name)
    upgrade(engine)
    with transaction(engine) as connection:
        connection.execute(text("TRUNCATE member, member_edge, job, job_edge, stream_offset, dead_letter, outbox"))
    return Session(outer.settings, Endpoints(address, outer.endpoints.kafka_bootstrap_servers), engine)


def ensure_taxonomy(engine: Engine, on_step: Callable[[str], None]) -> int:
    """Return the newest taxonomy version; an empty database gets the starter taxonomy first."""
    with engine.connect() as connection:
        version = current_version(connection)
    if version:
        return version
    on_step("Loading the starter taxonomy")
    source = starter_source()
    with transaction(engine) as connection:
        publish(connection, source.key, read_source(source))
    with engine.connect() as connection:
        return current_version(connection)


def ready_standardizer(session: Session, on_step: Callable[[str], None], *, version: int | None) -> Standardizer:
    """Return the standardizer of a version, loading the starter taxonomy and compiling where needed."""
    # First, so that a damaged file is named at once and not after a minute of compiling.
    open_version = standardizer_opener(session.engine, session.settings)
    ensure_taxonomy(session.engine, on_step)
    return open_version(version, on_step=on_step)
