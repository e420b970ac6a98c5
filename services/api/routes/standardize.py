"""`/v1/standardize`: texts in, entities out."""

from functools import partial

from fastapi import APIRouter, Response

from services.api.dependencies import StandardizerSource
from services.api.metrics import ApiMetrics
from services.api.model import BatchAnswer, BatchRequest, StandardizeAnswer, StandardizeRequest
from services.api.standardizing import answer_batch, answer_one
from services.api.worker import StandardizeWorker


def standardize_router(source: StandardizerSource, worker: StandardizeWorker, metrics: ApiMetrics) -> APIRouter:
    """Return the operations on texts."""
    router = APIRouter(prefix="/v1/standardize", tags=["standardize"])

    # The worker makes the JSON, so the models are given for the documentation only.
    @router.post("", response_model=StandardizeAnswer)
    async def standardize(request: StandardizeRequest) -> Response:
        """Find the entities that a text mentions."""
        body = await worker.run(partial(answer_one, source.current(), request, metrics))
        return Response(body, media_type="application/json")

    @router.post("/batch", response_model=BatchAnswer)
    async def standardize_batch(request: BatchRequest) -> Response:
        """Find the entities that many texts mention; the results are in the order of the items."""
        body = await worker.run(partial(answer_batch, source.current(), request.items, metrics))
        return Response(body, media_type="application/json")

    return router
