"""`/v1/entities` and `/v1/taxonomy`: what the entities are."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy import Engine

from core.errors import InvalidError, RetryError
from services.api.cursor import decode_cursor, encode_cursor
from services.api.dependencies import StandardizerSource
from services.api.entities import entity_out
from services.api.etag import tagged_json
from services.api.model import (
    DEFAULT_PAGE,
    ID_PATTERN,
    MAX_ID_CHARACTERS,
    MAX_PAGE,
    EntityChangeOut,
    EntityOut,
    TaxonomyChangesOut,
    TaxonomyVersionOut,
    TaxonomyVersionsOut,
)
from services.api.reading import read_only
from taxonomy.history import read_changes
from taxonomy.repository import list_versions, require_version

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

    @router.get("/taxonomy/changes")
    def taxonomy_changes(
        *,
        since: Annotated[int, Query(ge=0, le=MAX_VERSION, description="The version at hand; 0 is before the first.")],
        until: Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="The newest by default.")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most entities in the page.")] = DEFAULT_PAGE,
        cursor: Annotated[str | None, Query(max_length=2_000, description="`next_cursor` of the page before.")] = None,
    ) -> TaxonomyChangesOut:
        """Read which entities changed since a version, and how: to keep a copy up to date."""
        # The first page fixes the newer version, so that a publication between two pages mixes nothing.
        fixed, after = decode_cursor(cursor) if cursor else ("", "")
        if fixed and not fixed.isdigit():
            raise InvalidError("cursor: take it from `next_cursor` of the page before")
        with read_only(engine) as connection:
            newer = require_version(connection, int(fixed) if fixed else until)
            found = read_changes(connection, since, newer, after=after, limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return TaxonomyChangesOut(
            since_version=since,
            until_version=newer,
            changes=[EntityChangeOut.model_validate(asdict(change)) for change in page],
            next_cursor=encode_cursor(str(newer), page[-1].entity_id) if more else None,
        )

    return router


def _loaded_version(source: StandardizerSource) -> int | None:
    try:
        return source.current().taxonomy.version
    except RetryError:
        return None
