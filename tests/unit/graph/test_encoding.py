"""Edges as texts: what is put together for the database and for messages says what the edges say."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wire import EdgeChanges
from graph.encoding import change_data, copy_text, edge_text, edges_of_rows, subject_update
from graph.model import Edge, EdgeDiff, EdgeStatus, Inference, MentionCount

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
EDGES = st.builds(
    Edge,
    relation=st.sampled_from(["member-skill", "member-title"]),
    entity_id=TEXTS,
    status=st.sampled_from(EdgeStatus),
    confidence=st.integers(0, 10_000).map(lambda n: n / 10_000),
    field=st.sampled_from(["skills", "titles"]),
    evidence=TEXTS | st.sampled_from(["\\", "\\t", "\t", "\\\t\\\\n\n\r", "a\\N"]),
)


@given(st.lists(EDGES, max_size=5))
def test_rows_say_what_the_edges_say(edges: list[Edge]) -> None:
    update = subject_update("m1", 3, "e1", b"{}", Inference(tuple(edges), {}))
    assert edges_of_rows(update.edges) == edges
    assert [
        (state["relation"], state["entity_id"], state["status"], state["confidence"])
        for state in orjson.loads(f"[{update.states}]")
    ] == [(edge.relation, edge.entity_id, edge.status.value, edge.confidence) for edge in edges]


@pytest.mark.parametrize(
    ("text", "expected"), [("plain", "plain"), ("a\tb", "a\\tb"), ("\\N", "\\\\N"), ("x\r\n", "x\\r\\n")]
)
def test_a_column_escapes_what_copy_would_read_otherwise(text: str, expected: str) -> None:
    assert copy_text(text) == expected


def test_texts_that_came_with_an_inference_are_taken_as_they_are() -> None:
    edge = Edge("member-skill", "skill_x", EdgeStatus.INFERRED, 0.5, "skills", "X")
    made = edge_text(edge)._replace(row="the row")
    counts = {"skill": MentionCount(2, 1)}
    update = subject_update("m1", 1, "e1", b"{}", Inference((edge,), counts, texts=(made,)))
    assert (update.edges, update.mention_counts) == ("the row", '{"skill":[2,1]}')


def test_a_deletion_has_no_document_and_no_edges() -> None:
    update = subject_update("m1", 1, "e1", None, Inference((), {}))
    assert (update.document, update.edges, update.states, update.mention_counts) == (None, "", "", "{}")


@given(st.lists(EDGES, max_size=3), st.lists(EDGES, max_size=3), st.lists(EDGES, max_size=3), TEXTS)
def test_what_changed_is_data_of_its_schema(
    added: list[Edge], updated: list[Edge], removed: list[Edge], model_version: str
) -> None:
    states = ",".join(edge_text(edge).state for edge in added)
    diff = EdgeDiff(updated=tuple(updated), removed=tuple(removed))
    data = EdgeChanges.model_validate_json(change_data(states, diff, taxonomy_version=7, model_version=model_version))
    assert (data.taxonomy_version, data.model_version) == (7, model_version)
    for told, edges in ((data.added, added), (data.updated, updated), (data.removed, removed)):
        assert [(one.entity_id, one.confidence) for one in told] == [(e.entity_id, e.confidence) for e in edges]
