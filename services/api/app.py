"""The API put together; nothing is decided here."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from core.errors import RetryError
from core.version import CODE_VERSION
from services.api.access import AccessMiddleware
from services.api.body_limit import BodyLimitMiddleware
from services.api.dependencies import ApiDependencies, StandardizerSource
from services.api.metrics import api_metrics
from services.api.openapi import DESCRIPTION, TITLE, openapi_of
from services.api.problems import install_problem_handlers
from services.api.routes.documents import documents_router
from services.api.routes.edges import edges_router
from services.api.routes.entities import entities_router
from services.api.routes.operations import operations_router
from services.api.routes.similar import similar_router
from services.api.routes.standardize import standardize_router
from services.api.worker import StandardizeWorker


def create_app(dependencies: ApiDependencies) -> FastAPI:
    """Return the API; its lifespan starts and ends its two threads, and leaves the engine to the caller."""
    metrics = api_metrics(dependencies.registry)
    metrics.taxonomy_version.set_function(lambda: _version(dependencies.standardizers))
    worker = StandardizeWorker(max_waiting=dependencies.limits.max_waiting_requests)
    app = FastAPI(
        title=TITLE,
        version=CODE_VERSION,
        description=DESCRIPTION,
        docs_url=None,  # the framework's pages load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(dependencies.standardizers, worker),
    )
    app.openapi = openapi_of(app)  # type: ignore[method-assign]
    install_problem_handlers(app)
    app.include_router(standardize_router(dependencies.standardizers, worker, metrics))
    app.include_router(similar_router(dependencies.standardizers, worker))
    app.include_router(entities_router(dependencies.engine, dependencies.standardizers))
    app.include_router(edges_router(dependencies.engine))
    app.include_router(operations_router(dependencies))
    app.include_router(documents_router(app.openapi))
    app.add_middleware(BodyLimitMiddleware, max_bytes=dependencies.limits.max_request_bytes)
    # The last one added is the outermost: it sees what the other refuses.
    app.add_middleware(AccessMiddleware, metrics=metrics, read_seconds=dependencies.read_seconds)
    return app


def _lifespan(
    standardizers: StandardizerSource, worker: StandardizeWorker
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        standardizers.start()
        try:
            yield
        finally:
            worker.close()
            standardizers.close()

    return lifespan


def _version(standardizers: StandardizerSource) -> int:
    try:
        return standardizers.current().taxonomy.version
    except RetryError:
        return 0
