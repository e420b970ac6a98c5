"""Subjects and edges as they are written: newest sequence wins, edges change by their difference."""

import pytest
from sqlalchemy import Engine, text

from core.database import transaction
from core.wire import EdgeChanges
from graph.encoding import SubjectUpdate, subject_update
from graph.model import Edge, EdgeStatus, Inference, MentionCount, SubjectKind
from graph.writer import SubjectChange, Versions, read_edges, write_subjects

pytestmark = pytest.mark.integration

FIRST, SECOND = Versions(1, "m1"), Versions(2, "m2")


def skill(name: str, confidence: float = 0.9, status: EdgeStatus = EdgeStatus.INFERRED) -> Edge:
    return Edge("member-skill", f"skill_{name}", status, confidence, "skills", name)


def update(subject: str, sequence: int, *edges: Edge) -> SubjectUpdate:
    inference = Inference(edges, {"skill": MentionCount(len(edges) + 1, len(edges))})
    return subject_update(subject, sequence, f"{subject}-{sequence}", b'{"skills":["x"]}', inference)


def deletion(subject: str, sequence: int) -> SubjectUpdate:
    return subject_update(subject, sequence, f"{subject}-{sequence}", None, Inference((), {}))


def write(
    engine: Engine, *updates: SubjectUpdate, versions: Versions = FIRST, kind: SubjectKind = SubjectKind.MEMBER
) -> dict[str, SubjectChange]:
    with transaction(engine) as connection:
        return write_subjects(connection, kind, updates, versions)


def told(change: SubjectChange, versions: Versions = FIRST) -> dict[str, set[tuple[str, float]]]:
    """Return the entities and confidences that the event of a change tells of, held against its counts."""
    data = EdgeChanges.model_validate_json(change.data)
    assert (len(data.added), len(data.updated), len(data.removed)) == (change.added, change.updated, change.removed)
    assert (data.taxonomy_version, data.model_version) == versions
    kinds = {"added": data.added, "updated": data.updated, "removed": data.removed}
    return {name: {(edge.entity_id, edge.confidence) for edge in edges} for name, edges in kinds.items() if edges}


def stored(engine: Engine, subject: str, kind: SubjectKind = SubjectKind.MEMBER) -> set[Edge]:
    with engine.connect() as connection:
        return set(read_edges(connection, kind, [subject]).get(subject, []))


def test_new_subjects_get_their_edges(engine: Engine) -> None:
    changes = write(engine, update("b", 1, skill("x")), update("a", 1, skill("x"), skill("y")))
    assert {subject: told(change) for subject, change in changes.items()} == {
        "a": {"added": {("skill_x", 0.9), ("skill_y", 0.9)}},
        "b": {"added": {("skill_x", 0.9)}},
    }
    assert stored(engine, "a") == {skill("x"), skill("y")}


@pytest.mark.parametrize("sequence", [4, 5])
def test_an_older_or_equal_sequence_changes_nothing(engine: Engine, sequence: int) -> None:
    write(engine, update("a", 5, skill("x")))
    assert write(engine, update("a", sequence, skill("y")), versions=SECOND) == {}
    assert stored(engine, "a") == {skill("x")}


def test_only_what_differs_is_rewritten(engine: Engine) -> None:
    write(engine, update("a", 1, skill("same"), skill("more"), skill("gone")))
    change = write(engine, update("a", 2, skill("same"), skill("more", 0.95), skill("new")), versions=SECOND)["a"]
    assert told(change, SECOND) == {
        "added": {("skill_new", 0.9)},
        "updated": {("skill_more", 0.95)},
        "removed": {("skill_gone", 0.9)},
    }
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT evidence, event_sequence, taxonomy_version, model_version FROM member_edge ORDER BY 1")
        ).all()
    assert [tuple(row) for row in rows] == [("more", 2, 2, "m2"), ("new", 2, 2, "m2"), ("same", 1, 1, "m1")]


def test_a_deletion_keeps_the_sequence_and_nothing_else(engine: Engine) -> None:
    write(engine, update("a", 1, skill("x"), skill("y", status=EdgeStatus.ACCEPTED)))
    assert told(write(engine, deletion("a", 2))["a"]) == {"removed": {("skill_x", 0.9), ("skill_y", 0.9)}}
    assert stored(engine, "a") == set()
    with engine.connect() as connection:
        row = connection.execute(text("SELECT sequence, deleted, document, mention_counts FROM member")).one()
    assert tuple(row) == (2, True, None, {})
    assert write(engine, update("a", 1, skill("x"))) == {}
    write(engine, update("a", 3, skill("z")))
    assert stored(engine, "a") == {skill("z")}


def test_a_deletion_of_somebody_never_seen_keeps_late_updates_out(engine: Engine) -> None:
    change = write(engine, deletion("ghost", 7))["ghost"]
    assert not change
    assert told(change) == {}
    assert write(engine, update("ghost", 6, skill("x"))) == {}
    assert stored(engine, "ghost") == set()


def test_judged_edges_stand(engine: Engine) -> None:
    accepted, declined = skill("yes", 1.0, EdgeStatus.ACCEPTED), skill("no", 0.0, EdgeStatus.DECLINED)
    write(engine, update("a", 1, accepted, declined, skill("x")))
    change = write(engine, update("a", 2, skill("no"), skill("y")))["a"]
    assert told(change) == {"added": {("skill_y", 0.9)}, "removed": {("skill_x", 0.9)}}
    assert stored(engine, "a") == {accepted, declined, skill("y")}


def test_members_and_jobs_of_one_id_are_apart(engine: Engine) -> None:
    write(engine, update("1", 1, skill("x")))
    write(engine, update("1", 9, skill("y")), kind=SubjectKind.JOB)
    assert (stored(engine, "1"), stored(engine, "1", SubjectKind.JOB)) == ({skill("x")}, {skill("y")})


@pytest.mark.parametrize("confidence", [0.0, 0.0001, 0.1234, 0.3333, 0.9999, 1.0])
def test_a_confidence_of_four_digits_comes_back_as_it_was(engine: Engine, confidence: float) -> None:
    write(engine, update("a", 1, skill("x", confidence)))
    assert stored(engine, "a") == {skill("x", confidence)}
    assert not write(engine, update("a", 2, skill("x", confidence)))["a"]


def test_any_text_can_be_evidence(engine: Engine) -> None:
    odd = [skill(name) for name in ("tab\tx", "line\nx", "back\\N", "\\.", "quote'\"", "Ünïcödé 👩‍💻", "{a,b}")]
    write(engine, update("a", 1, *odd))
    assert stored(engine, "a") == set(odd)
    write(engine, update("a", 2, *[skill(edge.evidence, 0.5) for edge in odd]))
    assert stored(engine, "a") == {skill(edge.evidence, 0.5) for edge in odd}
    write(engine, update("a", 3))
    assert stored(engine, "a") == set()


def test_nothing_to_write_is_fine(engine: Engine) -> None:
    assert write(engine) == {}
