import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from api_client import ApiClient, FixedSource, OpenClient
from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from services.api.app import create_app
from services.api.dependencies import ApiDependencies, ApiLimits, StandardizerSource
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot, SourceId

NOBODY_LISTENS = "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1"


def entity(entity_type: EntityType, name: str, *aliases: Alias) -> Entity:
    canonical = Alias(name, "en", AliasKind.CANONICAL, "test")
    key = name.lower().replace(" ", "-")
    return Entity(f"{entity_type}_{key}", entity_type, name, (SourceId("test", key),), (canonical, *aliases))


def synonym(text: str, language: str = "en") -> Alias:
    return Alias(text, language, AliasKind.SYNONYM, "test")


SNAPSHOT = Snapshot(
    3,
    (
        entity(EntityType.SKILL, "Machine learning", synonym("maschinelles Lernen", "de")),
        entity(EntityType.SKILL, "Python", synonym("Python programming")),
        entity(EntityType.SKILL, "C++"),
        entity(EntityType.SKILL, "تعلم الآلة"),
        entity(EntityType.TITLE, "Software engineer", Alias("SWE", "mul", AliasKind.ABBREVIATION, "test")),
        entity(EntityType.TITLE, "Data scientist"),
        entity(EntityType.COMPANY, "Google"),
        replace(entity(EntityType.LOCATION, "Berlin"), parents=((EntityRelation.BROADER, "location_germany"),)),
        entity(EntityType.LOCATION, "Germany"),
    ),
)


@pytest.fixture(scope="session")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder = tmp_path_factory.mktemp("compiled") / "v3"
    save(compile_snapshot(SNAPSHOT), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as running:
        yield running


@pytest.fixture(scope="session")
def open_client(portal: BlockingPortal) -> Iterator[OpenClient]:
    """Return a function that makes a running app of a source, and asks it."""
    opened: list[Callable[[], object]] = []

    def open_it(source: StandardizerSource, *, limits: ApiLimits | None = None) -> ApiClient:
        engine = create_engine(NOBODY_LISTENS)
        app = create_app(ApiDependencies(engine, source, limits or ApiLimits(), time.monotonic, CollectorRegistry()))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        lifespan = portal.wrap_async_context_manager(app.router.lifespan_context(app))
        lifespan.__enter__()
        opened.extend((lambda: portal.call(http.aclose), lambda: lifespan.__exit__(None, None, None), engine.dispose))
        return ApiClient(app, http, portal)

    yield open_it
    for close in opened:
        close()


@pytest.fixture(scope="session")
def client(open_client: OpenClient, standardizer: Standardizer) -> ApiClient:
    """Ask an app with a small taxonomy and a database that does not answer."""
    return open_client(FixedSource(standardizer))
