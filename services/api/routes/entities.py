"""`/v1/entities` and `/v1/taxonomy`: what the entities are."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy import Engine

from core.errors import RetryError
from services.api.dependencies import StandardizerSource
from services.api.entities import entity_out
from services.api.etag import tagged_json
from services.api.model import (
    ID_PATTERN,
    MAX_ID_CHARACTERS,
    EntityOut,
    TaxonomyVersionOut,
    TaxonomyVersionsOut,
)
from services.api.reading import read_only
from taxonomy.repository import list_versions

MAX_VERSION = 2**31 - 1


def entities_router(engine: Engine, source: StandardizerSource) -> APIRouter:
    """Return the operations on the taxonomy."""
    router = APIRouter(prefix="/v1", tags=["taxonomy"])

    @router.get("/entities/{entity_id}", response_model=EntityOut, responses={304: {"description": "Not modified"}})
    def read_entity(
        request: Request,
        entity_id: Annotated[str, Path(pattern=ID_PATTERN, max_length=MAX_ID_CHARACTERS)],
        version: Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="The newest by default.")] = None,
        if_none_match: Annotated[str | None, Header(description="The ETag of an answer at hand.")] = None,  # noqa: ARG001
    ) -> Response:
        """Read an entity as of a taxonomy version; a merged id answers with what replaced it."""
        with read_only(engine) as connection:
            entity = entity_out(connection, entity_id, version)
        return tagged_json(request, entity.model_dump_json())

    @router.get("/taxonomy/versions")
    def taxonomy_versions() -> TaxonomyVersionsOut:
        """List the published taxonomy versions, oldest first, and the one in use."""
        with read_only(engine) as connection:
            versions = list_versions(connection)
        return TaxonomyVersionsOut(
            loaded_version=_loaded_version(source),
            versions=[
                TaxonomyVersionOut(
                    version=item.version,
                    source=item.source,
                    changelog=item.changelog,
                    created_at=item.created_at,
                )
                for item in versions
            ],
        )

    return router


def _loaded_version(source: StandardizerSource) -> int | None:
    try:
        return source.current().taxonomy.version
    except RetryError:
        return None
