"""The difference between stored and inferred edges does what its name says, and leaves people's judgement alone."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from graph.diff import diff_edges
from graph.model import JUDGED, Edge, EdgeDiff, EdgeStatus

edges = st.builds(
    Edge,
    relation=st.sampled_from(["member-skill", "member-title"]),
    entity_id=st.sampled_from(["skill_a", "skill_b", "title_c"]),
    status=st.sampled_from(EdgeStatus),
    confidence=st.sampled_from([0.5, 0.75, 1.0]),
    field=st.sampled_from(["skills", "headline"]),
    evidence=st.sampled_from(["Python", "py"]),
)
inferred_edges = edges.filter(lambda edge: edge.status not in JUDGED)


def one_each(found: st.SearchStrategy[Edge]) -> st.SearchStrategy[list[Edge]]:
    return st.lists(found, unique_by=lambda edge: edge.key)


def apply(stored: Iterable[Edge], diff: EdgeDiff) -> dict[tuple[str, str], Edge]:
    state = {edge.key: edge for edge in stored}
    for edge in diff.removed:
        assert state.pop(edge.key) == edge
    for edge in diff.updated:
        assert edge.key in state
        state[edge.key] = edge
    for edge in diff.added:
        assert edge.key not in state
        state[edge.key] = edge
    return state


@given(one_each(edges), one_each(inferred_edges))
def test_the_difference_turns_stored_into_inferred_with_judged_edges_kept(
    stored: list[Edge], inferred: list[Edge]
) -> None:
    judged = {edge.key: edge for edge in stored if edge.status in JUDGED}
    assert apply(stored, diff_edges(stored, inferred)) == {edge.key: edge for edge in inferred} | judged


@given(one_each(edges), one_each(inferred_edges))
def test_the_difference_is_empty_the_second_time(stored: list[Edge], inferred: list[Edge]) -> None:
    once = list(apply(stored, diff_edges(stored, inferred)).values())
    assert not diff_edges(once, inferred)


@given(one_each(edges))
def test_nothing_changes_where_nothing_changed(stored: list[Edge]) -> None:
    assert not diff_edges(stored, [edge for edge in stored if edge.status not in JUDGED])


@given(one_each(edges), one_each(inferred_edges))
def test_an_edge_is_in_one_part_of_the_difference_at_most(stored: list[Edge], inferred: list[Edge]) -> None:
    diff = diff_edges(stored, inferred)
    keys = [edge.key for edge in (*diff.added, *diff.updated, *diff.removed)]
    assert len(keys) == len(set(keys))


def test_a_choice_in_place_of_an_inference_is_an_update() -> None:
    inferred = Edge("member-skill", "skill_a", EdgeStatus.INFERRED, 0.9, "headline", "py")
    chosen = Edge("member-skill", "skill_a", EdgeStatus.EXPLICIT, 1.0, "skills", "Python")
    assert diff_edges([inferred], [chosen]) == EdgeDiff(updated=(chosen,))


def test_a_declined_edge_is_not_inferred_again() -> None:
    declined = Edge("member-skill", "skill_a", EdgeStatus.DECLINED, 0.0, "skills", "py")
    again = Edge("member-skill", "skill_a", EdgeStatus.INFERRED, 0.9, "skills", "py")
    assert diff_edges([declined], [again]) == EdgeDiff()
