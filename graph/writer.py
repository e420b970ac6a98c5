"""Write subjects and their edges: newest sequence wins, edges change by their difference, all by set.

Works inside the caller's transaction. Subjects are written in the order of their ids, so that two workers that
share subjects wait for each other instead of deadlocking.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, text

from core.database import copy_rows
from graph.diff import diff_edges
from graph.model import Edge, EdgeDiff, EdgeStatus, Inference, SubjectKind

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_subject
    (subject_id text, sequence bigint, document jsonb, mention_counts jsonb, event_id text) ON COMMIT DELETE ROWS
"""
_EDGE_COLUMNS = (
    "subject_id",
    "relation",
    "entity_id",
    "status",
    "confidence",
    "field",
    "evidence",
    "taxonomy_version",
    "model_version",
    "event_sequence",
)


@dataclass(frozen=True, slots=True)
class SubjectUpdate:
    """The newest document of a subject; a deletion has none (and an inference without edges)."""

    subject_id: str
    sequence: int
    event_id: str
    document: bytes | None
    inference: Inference


@dataclass(frozen=True, slots=True)
class Versions:
    """With what the edges were made."""

    taxonomy_version: int
    model_version: str


def write_subjects(
    connection: Connection, kind: SubjectKind, updates: Sequence[SubjectUpdate], versions: Versions
) -> dict[str, EdgeDiff]:
    """Write the updates that are newer than what is stored; return what changed in the edges of each of those.

    `updates` holds one update a subject. A subject that is missing in the answer was superseded.
    """
    ordered = sorted(updates, key=lambda update: update.subject_id)
    inserted_by_id = _upsert_subjects(connection, kind, ordered, versions)
    winners = [update for update in ordered if update.subject_id in inserted_by_id]
    known = [update.subject_id for update in winners if not inserted_by_id[update.subject_id]]
    stored = read_edges(connection, kind, known) if known else {}
    diffs = {}
    for update in winners:
        before = stored.get(update.subject_id, ())
        if update.document is None:
            diffs[update.subject_id] = EdgeDiff(removed=tuple(before))
        else:
            diffs[update.subject_id] = diff_edges(before, update.inference.edges)
    _write_diffs(connection, kind, winners, diffs, versions)
    return diffs


def read_edges(connection: Connection, kind: SubjectKind, subject_ids: Sequence[str]) -> dict[str, list[Edge]]:
    """Return the stored edges of some subjects."""
    rows = connection.execute(
        text(f"""SELECT subject_id, relation, entity_id, status, confidence, field, evidence
                 FROM {kind}_edge WHERE subject_id = ANY(:ids)"""),
        {"ids": list(subject_ids)},
    )
    edges: dict[str, list[Edge]] = {}
    for row in rows:
        edge = Edge(row[1], row[2], EdgeStatus(row[3]), round(row[4], 4), row[5], row[6])
        edges.setdefault(row[0], []).append(edge)
    return edges


def _upsert_subjects(
    connection: Connection, kind: SubjectKind, ordered: Sequence[SubjectUpdate], versions: Versions
) -> dict[str, bool]:
    """Write the subjects' rows; return, for each that was written, whether it is new.

    They come by COPY through a table of the session: documents as parameters would be escaped one by one in Python.
    """
    connection.execute(text(_STAGE))
    connection.execute(text("DELETE FROM staged_subject"))
    copy_rows(
        connection,
        "staged_subject",
        ("subject_id", "sequence", "document", "mention_counts", "event_id"),
        (
            (
                update.subject_id,
                update.sequence,
                update.document and update.document.decode(),
                _counts_json(update.inference),
                update.event_id,
            )
            for update in ordered
        ),
    )
    rows = connection.execute(
        text(f"""
        INSERT INTO {kind} AS stored (subject_id, sequence, deleted, document, mention_counts, event_id,
                                      taxonomy_version, model_version)
        SELECT subject_id, sequence, document IS NULL, document, mention_counts,
               event_id, :taxonomy_version, :model_version
        FROM staged_subject ORDER BY subject_id COLLATE "C"
        ON CONFLICT (subject_id) DO UPDATE SET
            sequence = excluded.sequence, deleted = excluded.deleted, document = excluded.document,
            mention_counts = excluded.mention_counts, event_id = excluded.event_id,
            taxonomy_version = excluded.taxonomy_version, model_version = excluded.model_version, updated_at = now()
        WHERE excluded.sequence > stored.sequence
        RETURNING subject_id, xmax = 0"""),
        {"taxonomy_version": versions.taxonomy_version, "model_version": versions.model_version},
    )
    return {row[0]: row[1] for row in rows}


def _counts_json(inference: Inference) -> str:
    counts = {name: [count.mentions, count.linked] for name, count in inference.mention_counts.items()}
    return orjson.dumps(counts).decode()


def _write_diffs(
    connection: Connection,
    kind: SubjectKind,
    winners: Sequence[SubjectUpdate],
    diffs: Mapping[str, EdgeDiff],
    versions: Versions,
) -> None:
    """Write all differences: removals and updates by key, additions by COPY."""
    sequence_by_id = {update.subject_id: update.sequence for update in winners}
    removed = [(subject, edge) for subject, diff in diffs.items() for edge in diff.removed]
    updated = [(subject, edge) for subject, diff in diffs.items() for edge in diff.updated]
    if removed:
        _delete_edges(connection, kind, removed)
    if updated:
        _update_edges(connection, kind, updated, sequence_by_id, versions)
    copy_rows(connection, f"{kind}_edge", _EDGE_COLUMNS, _edge_rows(diffs, sequence_by_id, versions))


def _edge_rows(
    diffs: Mapping[str, EdgeDiff], sequence_by_id: Mapping[str, int], versions: Versions
) -> Iterable[tuple[object, ...]]:
    """Yield the added edges as rows for COPY."""
    taxonomy_version, model_version = versions.taxonomy_version, versions.model_version
    for subject, diff in diffs.items():
        sequence = sequence_by_id[subject]
        for e in diff.added:
            yield (
                subject,
                e.relation,
                e.entity_id,
                e.status,
                e.confidence,
                e.field,
                e.evidence,
                taxonomy_version,
                model_version,
                sequence,
            )


def _delete_edges(connection: Connection, kind: SubjectKind, removed: Sequence[tuple[str, Edge]]) -> None:
    connection.execute(
        text(f"""
        DELETE FROM {kind}_edge e
        USING unnest(CAST(:s AS text[]), CAST(:r AS text[]), CAST(:i AS text[])) AS d (subject_id, relation, entity_id)
        WHERE e.subject_id = ANY(:s) AND e.subject_id = d.subject_id
          AND e.relation = d.relation AND e.entity_id = d.entity_id"""),
        {
            "s": [subject for subject, _ in removed],
            "r": [edge.relation for _, edge in removed],
            "i": [edge.entity_id for _, edge in removed],
        },
    )


def _update_edges(
    connection: Connection,
    kind: SubjectKind,
    updated: Sequence[tuple[str, Edge]],
    sequence_by_id: Mapping[str, int],
    versions: Versions,
) -> None:
    connection.execute(
        text(f"""
        UPDATE {kind}_edge e SET status = d.status, confidence = d.confidence, field = d.field,
            evidence = d.evidence, event_sequence = d.event_sequence, updated_at = now(),
            taxonomy_version = :taxonomy_version, model_version = :model_version
        FROM unnest(CAST(:s AS text[]), CAST(:r AS text[]), CAST(:i AS text[]), CAST(:status AS text[]),
                    CAST(:confidence AS real[]), CAST(:field AS text[]), CAST(:evidence AS text[]),
                    CAST(:sequence AS bigint[]))
             AS d (subject_id, relation, entity_id, status, confidence, field, evidence, event_sequence)
        WHERE e.subject_id = ANY(:s) AND e.subject_id = d.subject_id
          AND e.relation = d.relation AND e.entity_id = d.entity_id"""),
        {
            "taxonomy_version": versions.taxonomy_version,
            "model_version": versions.model_version,
            "s": [subject for subject, _ in updated],
            "r": [edge.relation for _, edge in updated],
            "i": [edge.entity_id for _, edge in updated],
            "status": [edge.status for _, edge in updated],
            "confidence": [edge.confidence for _, edge in updated],
            "field": [edge.field for _, edge in updated],
            "evidence": [edge.evidence for _, edge in updated],
            "sequence": [sequence_by_id[subject] for subject, _ in updated],
        },
    )
