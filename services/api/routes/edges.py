"""`/v1/members/.../edges` and `/v1/jobs/.../edges`: what is known of members and jobs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import Engine

from graph.model import SubjectKind
from graph.reader import EdgeFilter, StoredEdge, SubjectState, read_edge_page, read_subject
from services.api.cursor import decode_cursor, encode_cursor
from services.api.model import DEFAULT_PAGE, ID_PATTERN, MAX_ID_CHARACTERS, MAX_PAGE, EdgeOut, EdgesOut
from services.api.reading import read_only

_SubjectId = Annotated[str, Path(pattern=ID_PATTERN, max_length=MAX_ID_CHARACTERS)]
_Relation = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z][a-z_-]*$",
        max_length=100,
        description="Only this relation, for example `member-skill`.",
    ),
]
_MinConfidence = Annotated[float, Query(ge=0, le=1, description="Only edges at least this likely.")]
_Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most edges in the page.")]
_Cursor = Annotated[str | None, Query(max_length=2_000, description="`next_cursor` of the page before.")]


def edges_router(engine: Engine) -> APIRouter:
    """Return the operations on edges."""
    router = APIRouter(prefix="/v1", tags=["edges"])

    # An id may hold slashes (a URN, an address), so it takes all of the path up to the last part.
    @router.get("/members/{member_id:path}/edges")
    def member_edges(
        *,
        member_id: _SubjectId,
        relation: _Relation = None,
        min_confidence: _MinConfidence = 0.0,
        limit: _Limit = DEFAULT_PAGE,
        cursor: _Cursor = None,
    ) -> EdgesOut:
        """Read the edges of a member, ordered by relation and entity."""
        wanted = EdgeFilter(relation, min_confidence)
        return _page(engine, SubjectKind.MEMBER, member_id, wanted, limit=limit, cursor=cursor)

    @router.get("/jobs/{job_id:path}/edges")
    def job_edges(
        *,
        job_id: _SubjectId,
        relation: _Relation = None,
        min_confidence: _MinConfidence = 0.0,
        limit: _Limit = DEFAULT_PAGE,
        cursor: _Cursor = None,
    ) -> EdgesOut:
        """Read the edges of a job post, ordered by relation and entity."""
        wanted = EdgeFilter(relation, min_confidence)
        return _page(engine, SubjectKind.JOB, job_id, wanted, limit=limit, cursor=cursor)

    return router


def _page(
    engine: Engine, kind: SubjectKind, subject_id: str, wanted: EdgeFilter, *, limit: int, cursor: str | None
) -> EdgesOut:
    after = None if cursor is None else decode_cursor(cursor)
    with read_only(engine) as connection:
        subject = read_subject(connection, kind, subject_id)
        # One more than asked for tells whether a further page exists.
        found = read_edge_page(connection, kind, subject_id, wanted, after=after, limit=limit + 1)
    return _edges_out(subject, found[:limit], more=len(found) > limit)


def _edges_out(subject: SubjectState, edges: list[StoredEdge], *, more: bool) -> EdgesOut:
    return EdgesOut(
        subject_id=subject.subject_id,
        sequence=subject.sequence,
        updated_at=subject.updated_at,
        edges=[_edge_out(stored) for stored in edges],
        next_cursor=encode_cursor(*edges[-1].edge.key) if more else None,
    )


def _edge_out(stored: StoredEdge) -> EdgeOut:
    edge = stored.edge
    return EdgeOut(
        relation=edge.relation,
        entity_id=edge.entity_id,
        entity_name=stored.entity_name,
        status=edge.status,
        confidence=edge.confidence,
        field=edge.field,
        evidence=edge.evidence,
        taxonomy_version=stored.taxonomy_version,
        model_version=stored.model_version,
        event_sequence=stored.event_sequence,
        updated_at=stored.updated_at,
    )
