"""For whoever runs the API: `/healthz`, `/readyz`, `/metrics`."""

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Engine

from core.errors import CanonymError, RetryError
from services.api.dependencies import ApiDependencies
from services.api.model import StatusOut
from services.api.problems import UNAVAILABLE, problem_response
from services.api.reading import read_only
from taxonomy.repository import current_version


def operations_router(dependencies: ApiDependencies) -> APIRouter:
    """Return the operations on the process itself."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def healthz() -> StatusOut:
        """Tell that the process is alive; it may not be ready."""
        return StatusOut(status="alive")

    @router.get("/readyz", response_model=StatusOut)
    async def readyz(request: Request) -> Response:
        """Tell whether every operation can be answered: the database answers and a taxonomy is loaded."""
        reasons = await _reasons_not_ready(dependencies)
        if reasons:
            detail = "; ".join(f"{part}: {reason}" for part, reason in reasons.items())
            return problem_response(request.scope, UNAVAILABLE, detail, missing=list(reasons))
        return Response(StatusOut(status="ready").model_dump_json(), media_type="application/json")

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Give the metrics in Prometheus' text format."""
        # As a header and not as media_type, which would add a second charset.
        return Response(generate_latest(dependencies.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


async def _reasons_not_ready(dependencies: ApiDependencies) -> dict[str, str]:
    """Return what the process lacks, and why."""
    reasons: dict[str, str] = {}
    database = await _database_problem(dependencies.engine, dependencies.limits.database_answer_seconds)
    if database is not None:
        reasons["database"] = database
    try:
        dependencies.standardizers.current()
    except RetryError as error:
        reasons["taxonomy"] = str(error)
    return reasons


async def _database_problem(engine: Engine, seconds: float) -> str | None:
    """Return why the database cannot be read; a connection that hangs is left behind after `seconds`."""
    with anyio.move_on_after(seconds):
        try:
            await anyio.to_thread.run_sync(_ask_database, engine, abandon_on_cancel=True)
        except CanonymError as error:
            return str(error)
        return None
    return f"the database does not answer within {seconds:g} seconds"


def _ask_database(engine: Engine) -> None:
    with read_only(engine) as connection:
        # Not only an answer: a database without tables is not ready either.
        current_version(connection)
