"""Edges and subjects as texts: rows for COPY, and members of the messages that tell of changes. Pure.

What a value of a document says is the same for everybody who wrote it, so its texts are made once, where it is
inferred; writing a batch is then putting texts together. Rows are in the text format of COPY.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from graph.model import Edge, EdgeDiff, EdgeStatus, EdgeText, Inference

_ESCAPED = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_UNESCAPED = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


EDGE_COLUMNS = ("relation", "entity_id", "status", "confidence", "field", "evidence")
"""The columns that `EdgeText.row` has: those that are the same for every subject."""


class SubjectUpdate(NamedTuple):
    """The newest document of a subject, ready to be written; a deletion has no document and no edges.

    `document` and `mention_counts` are JSON, `edges` the edges' rows, `states` their JSON objects, each joined by a
    line feed and by a comma; both are empty where there is no edge.
    """

    subject_id: str
    sequence: int
    event_id: str
    document: str | None
    mention_counts: str
    edges: str
    states: str


def edge_text(edge: Edge) -> EdgeText:
    """Return an edge as texts."""
    # Names of relations, statuses and fields are ours, and plain.
    start = f"{edge.relation}\t{copy_text(edge.entity_id)}\t{edge.status.value}"
    return EdgeText(f"{start}\t{edge.confidence!r}\t{edge.field}\t{copy_text(edge.evidence)}", edge_state(edge))


def edge_state(edge: Edge) -> str:
    """Return an edge as the JSON object of `core.wire.EdgeState`."""
    state = {
        "relation": edge.relation,
        "entity_id": edge.entity_id,
        "status": edge.status.value,
        "confidence": edge.confidence,
    }
    return orjson.dumps(state).decode()


def subject_update(
    subject_id: str, sequence: int, event_id: str, document: bytes | None, inference: Inference
) -> SubjectUpdate:
    """Return what is to be written for a subject; `inference` has one edge for each relation and entity."""
    made = inference.texts
    rows, states = joined_texts(made if made is not None else [edge_text(edge) for edge in inference.edges])
    counts = {name: [count.mentions, count.linked] for name, count in inference.mention_counts.items()}
    return SubjectUpdate(
        subject_id,
        sequence,
        event_id,
        None if document is None else document.decode(),
        orjson.dumps(counts).decode(),
        rows,
        states,
    )


def joined_texts(texts: Iterable[EdgeText]) -> tuple[str, str]:
    """Return edges as `SubjectUpdate` has them: rows joined by a line feed, and JSON objects joined by a comma."""
    rows, states = [], []
    for text in texts:
        rows.append(text.row)
        states.append(text.state)
    return "\n".join(rows), ",".join(states)


def edges_of_rows(rows: str) -> list[Edge]:
    """Return the edges that rows joined by a line feed stand for."""
    edges = []
    for row in rows.split("\n") if rows else ():
        relation, entity_id, status, confidence, field, evidence = [_unescaped(column) for column in row.split("\t")]
        edges.append(Edge(relation, entity_id, EdgeStatus(status), float(confidence), field, evidence))
    return edges


def copy_text(value: str) -> str:
    """Return a text as a column of COPY's text format."""
    return value.translate(_ESCAPES) if _ESCAPED.search(value) else value


def change_data(added: str, diff: EdgeDiff, *, taxonomy_version: int, model_version: str) -> bytes:
    """Return what changed as the data of an event, in the schema of `core.wire.EdgeChanges`.

    `added` holds the JSON objects of the edges that are new, joined by commas. Built by hand: a model for each of
    fifteen edges an event costs more than writing them to the database.
    """
    parts = [
        f'"{name}":[{states}]'
        for name, states in (("added", added), ("updated", _states(diff.updated)), ("removed", _states(diff.removed)))
        if states
    ]
    parts.append(f'"taxonomy_version":{taxonomy_version},"model_version":{orjson.dumps(model_version).decode()}')
    return f"{{{','.join(parts)}}}".encode()


def _states(edges: Iterable[Edge]) -> str:
    return ",".join([edge_state(edge) for edge in edges])


def _unescaped(column: str) -> str:
    if "\\" not in column:
        return column
    first, *rest = column.split("\\\\")
    return "\\".join(_without_letters(part) for part in (first, *rest))


def _without_letters(text: str) -> str:
    """Return a text that has no escaped backslash with its other escapes undone."""
    first, *rest = text.split("\\")
    return first + "".join([_UNESCAPED[part[0]] + part[1:] for part in rest])
