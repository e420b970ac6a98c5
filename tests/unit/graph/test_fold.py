"""The reference fold depends on nothing but the newest event of each subject."""

import random

from hypothesis import given
from hypothesis import strategies as st

from core.wire import PROFILE_DELETED, PROFILE_UPDATED, Deletion, Event, ProfileDocument
from graph.fold import fold_edges, newest_events
from graph.model import Edge, EdgeStatus, Inference


def event(subject: str, sequence: int, *, deleted: bool = False) -> Event:
    data = Deletion() if deleted else ProfileDocument(skills=(f"skill {sequence}",))
    kind = PROFILE_DELETED if deleted else PROFILE_UPDATED
    return Event(
        event_id=f"{subject}-{sequence}", type=kind, source="/test", subject=subject, sequence=sequence, data=data
    )


def infer(found: Event) -> Inference:
    assert isinstance(found.data, ProfileDocument)
    skills = [str(skill) for skill in found.data.skills]
    return Inference(
        tuple(Edge("member-skill", skill, EdgeStatus.INFERRED, 0.9, "skills", skill) for skill in skills), {}
    )


events = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 6)).map(lambda pair: event(*pair, deleted=pair[1] % 3 == 0)),
    max_size=12,
)


@given(events, st.randoms())
def test_order_and_duplicates_change_nothing(found: list[Event], rng: random.Random) -> None:
    mixed = found + found[::2]
    rng.shuffle(mixed)
    assert fold_edges(mixed, infer) == fold_edges(found, infer)


@given(events, events)
def test_folding_in_two_steps_is_folding_at_once(first: list[Event], second: list[Event]) -> None:
    assert fold_edges([*newest_events(first).values(), *second], infer) == fold_edges([*first, *second], infer)


def test_a_deletion_leaves_nothing_and_a_later_update_comes_back() -> None:
    gone = event("a", 3, deleted=True)
    assert fold_edges([event("a", 1), gone, event("a", 2)], infer) == {"a": frozenset()}
    assert len(fold_edges([event("a", 4), gone], infer)["a"]) == 1


def test_of_equal_sequences_the_first_stays() -> None:
    first, second = event("a", 1), event("a", 1, deleted=True)
    assert newest_events([first, second]) == {"a": first}


def test_no_events_are_no_subjects() -> None:
    assert fold_edges([], infer) == {}
