"""`/v1/similar`: which of some texts are most like another one."""

from functools import partial

from fastapi import APIRouter, Response

from services.api.dependencies import StandardizerSource
from services.api.model import SimilarAnswer, SimilarRequest
from services.api.standardizing import answer_similar
from services.api.worker import StandardizeWorker


def similar_router(source: StandardizerSource, worker: StandardizeWorker) -> APIRouter:
    """Return the operation that compares texts."""
    router = APIRouter(prefix="/v1/similar", tags=["similar"])

    # The worker makes the JSON, so the model is given for the documentation only.
    @router.post("", response_model=SimilarAnswer)
    async def similar(request: SimilarRequest) -> Response:
        """Order texts by how alike they are to another one of their type."""
        body = await worker.run(partial(answer_similar, source.current(), request))
        return Response(body, media_type="application/json")

    return router
