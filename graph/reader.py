"""Read a subject and its edges page by page, for whoever asks from outside.

Pages are cut by the primary key, so that an edge that appears or goes between two pages moves no other edge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from core.errors import NotFoundError
from graph.model import Edge, EdgeStatus, SubjectKind


@dataclass(frozen=True, slots=True)
class SubjectState:
    """A living subject: the sequence of its newest event, and when that was written."""

    subject_id: str
    sequence: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StoredEdge:
    """An edge, its entity's name (None for an id that was never issued), and what made it."""

    edge: Edge
    entity_name: str | None
    taxonomy_version: int
    model_version: str
    event_sequence: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class EdgeFilter:
    """Which edges are wanted: of one relation, or of any; from a confidence on."""

    relation: str | None = None
    min_confidence: float = 0.0


def read_subject(connection: Connection, kind: SubjectKind, subject_id: str) -> SubjectState:
    """Return a subject as it stands.

    Raises:
        NotFoundError: where it was never seen, or is deleted.
    """
    row = connection.execute(
        text(f"SELECT sequence, updated_at FROM {kind} WHERE subject_id = :id AND NOT deleted"),
        {"id": subject_id},
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"{kind} {subject_id!r} does not exist, or was deleted")
    return SubjectState(subject_id, row.sequence, row.updated_at)


def read_documents(connection: Connection, kind: SubjectKind, *, at_once: int = 1_000) -> Iterator[dict[str, Any]]:
    """Yield the stored documents of all living subjects of a kind, so many fetched at once."""
    rows = connection.execution_options(stream_results=True, yield_per=at_once).execute(
        text(f"SELECT document FROM {kind} WHERE NOT deleted")
    )
    for row in rows:
        yield row.document


def read_edge_page(
    connection: Connection,
    kind: SubjectKind,
    subject_id: str,
    wanted: EdgeFilter,
    *,
    after: tuple[str, str] | None,
    limit: int,
) -> list[StoredEdge]:
    """Return up to `limit` edges in the order of (relation, entity id), from the one that follows `after`."""
    # A confidence is stored in 4 bytes: compared in 8, the stored 0.9 would be less than 0.9.
    rows = connection.execute(
        text(f"""
        SELECT e.relation, e.entity_id, e.status, e.confidence, e.field, e.evidence,
               named.name AS entity_name, e.taxonomy_version, e.model_version, e.event_sequence, e.updated_at
        FROM {kind}_edge e
        LEFT JOIN LATERAL (SELECT name FROM entity WHERE entity.entity_id = e.entity_id
                           ORDER BY since_version DESC LIMIT 1) AS named ON TRUE
        WHERE e.subject_id = :id
          AND (CAST(:relation AS text) IS NULL OR e.relation = CAST(:relation AS text))
          AND e.confidence >= CAST(:min_confidence AS real)
          AND (e.relation, e.entity_id) > (CAST(:after_relation AS text), CAST(:after_entity AS text))
        ORDER BY e.relation, e.entity_id
        LIMIT :limit"""),
        {
            "id": subject_id,
            "relation": wanted.relation,
            "min_confidence": wanted.min_confidence,
            "after_relation": after[0] if after else "",
            "after_entity": after[1] if after else "",
            "limit": limit,
        },
    )
    return [
        StoredEdge(
            Edge(
                row.relation,
                row.entity_id,
                EdgeStatus(row.status),
                round(row.confidence, 4),
                row.field,
                row.evidence,
            ),
            row.entity_name,
            row.taxonomy_version,
            row.model_version,
            row.event_sequence,
            row.updated_at,
        )
        for row in rows
    ]
