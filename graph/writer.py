"""Write subjects and their edges: newest sequence wins, edges change by their difference, all by set.

Works inside the caller's transaction. Subjects are written in the order of their ids, so that two workers that
share subjects wait for each other instead of deadlocking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, text

from core.database import copy_lines
from graph.diff import diff_edges
from graph.encoding import EDGE_COLUMNS, SubjectUpdate, change_data, copy_text, edge_text, edges_of_rows, joined_texts
from graph.model import Edge, EdgeDiff, EdgeStatus, SubjectKind

_BREAK = "\x1e"
"""Between the subjects of a batch, in one text for each column: ids, and JSON as it is written here, never hold it."""
_SUBJECT_COLUMNS = ("subject_id", "taxonomy_version", "model_version", "event_sequence")
"""The columns of an edge's row that follow those of `EdgeText.row`."""
_NO_CHANGE = EdgeDiff()


class Versions(NamedTuple):
    """With what the edges were made."""

    taxonomy_version: int
    model_version: str


@dataclass(frozen=True, slots=True)
class SubjectChange:
    """How many edges of a subject were added, updated and removed, and the data of the event that tells of it."""

    added: int
    updated: int
    removed: int
    data: bytes

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


def write_subjects(
    connection: Connection, kind: SubjectKind, updates: Sequence[SubjectUpdate], versions: Versions
) -> dict[str, SubjectChange]:
    """Write the updates that are newer than what is stored; return what changed in the edges of each of those.

    `updates` holds one update a subject. A subject that is missing in the answer was superseded.
    """
    if not updates:
        return {}
    ordered = sorted(updates, key=lambda update: update.subject_id)
    inserted_by_id = _upsert_subjects(connection, kind, ordered, versions)
    winners = [update for update in ordered if update.subject_id in inserted_by_id]
    known = [update.subject_id for update in winners if not inserted_by_id[update.subject_id]]
    stored = read_edges(connection, kind, known) if known else {}
    added: dict[str, tuple[str, str]] = {}
    diffs: dict[str, EdgeDiff] = {}
    for update in winners:
        if inserted_by_id[update.subject_id]:
            added[update.subject_id] = (update.edges, update.states)
        else:
            before = stored.get(update.subject_id, ())
            is_deletion = update.document is None
            diff = EdgeDiff(removed=tuple(before)) if is_deletion else diff_edges(before, edges_of_rows(update.edges))
            diffs[update.subject_id] = diff
            added[update.subject_id] = joined_texts(edge_text(edge) for edge in diff.added)
    _write_diffs(connection, kind, winners, diffs, versions)
    _add_edges(connection, kind, winners, added, versions)
    return {subject: _change(*texts, diffs.get(subject, _NO_CHANGE), versions) for subject, texts in added.items()}


def _change(rows: str, states: str, diff: EdgeDiff, versions: Versions) -> SubjectChange:
    added = rows.count("\n") + 1 if rows else 0
    data = change_data(states, diff, taxonomy_version=versions[0], model_version=versions[1])
    return SubjectChange(added, len(diff.updated), len(diff.removed), data)


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

    A column of the batch is one text that PostgreSQL cuts: parameters by the thousand, or a table between, cost more.
    """
    columns = {
        "ids": [update.subject_id for update in ordered],
        "sequences": [str(update.sequence) for update in ordered],
        "documents": [update.document or "" for update in ordered],
        "counts": [update.mention_counts for update in ordered],
        "events": [update.event_id for update in ordered],
    }
    rows = connection.execute(
        text(f"""
        INSERT INTO {kind} AS stored (subject_id, sequence, deleted, document, mention_counts, event_id,
                                      taxonomy_version, model_version)
        SELECT subject_id, CAST(sequence AS bigint), document IS NULL, CAST(document AS jsonb),
               CAST(mention_counts AS jsonb), event_id, :taxonomy_version, :model_version
        FROM unnest(string_to_array(:ids, :break), string_to_array(:sequences, :break),
                    string_to_array(:documents, :break, ''), string_to_array(:counts, :break),
                    string_to_array(:events, :break))
             AS given (subject_id, sequence, document, mention_counts, event_id)
        ORDER BY subject_id COLLATE "C"
        ON CONFLICT (subject_id) DO UPDATE SET
            sequence = excluded.sequence, deleted = excluded.deleted, document = excluded.document,
            mention_counts = excluded.mention_counts, event_id = excluded.event_id,
            taxonomy_version = excluded.taxonomy_version, model_version = excluded.model_version, updated_at = now()
        WHERE excluded.sequence > stored.sequence
        RETURNING subject_id, xmax = 0"""),
        {name: _BREAK.join(values) for name, values in columns.items()} | {"break": _BREAK, **versions._asdict()},
    )
    return {row[0]: row[1] for row in rows}


def _write_diffs(
    connection: Connection,
    kind: SubjectKind,
    winners: Sequence[SubjectUpdate],
    diffs: Mapping[str, EdgeDiff],
    versions: Versions,
) -> None:
    """Write what is removed and updated, by key."""
    sequence_by_id = {update.subject_id: update.sequence for update in winners}
    removed = [(subject, edge) for subject, diff in diffs.items() for edge in diff.removed]
    updated = [(subject, edge) for subject, diff in diffs.items() for edge in diff.updated]
    if removed:
        _delete_edges(connection, kind, removed)
    if updated:
        _update_edges(connection, kind, updated, sequence_by_id, versions)


def _add_edges(
    connection: Connection,
    kind: SubjectKind,
    winners: Sequence[SubjectUpdate],
    added: Mapping[str, tuple[str, str]],
    versions: Versions,
) -> None:
    """Write the edges that are new, by COPY: each row is completed by what is the same for all of its subject."""
    model_version = copy_text(versions.model_version)
    lines = []
    for update in winners:
        rows = added[update.subject_id][0]
        if rows:
            subject = copy_text(update.subject_id)
            rest = f"\t{subject}\t{versions.taxonomy_version}\t{model_version}\t{update.sequence}\n"
            lines.append(rows.replace("\n", rest) + rest)
    copy_lines(connection, f"{kind}_edge", (*EDGE_COLUMNS, *_SUBJECT_COLUMNS), lines)


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
