"""The reference: what the edges must be after a set of events, whatever order they came in.

Streaming, with its offsets, retries and crashes, is right exactly where its result equals this fold.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Protocol, TypeVar

from core.wire import Deletion, Event
from graph.model import Edge, Inference

Infer = Callable[[Event], Inference]
_SUBJECT = attrgetter("subject")


class _Numbered(Protocol):
    @property
    def sequence(self) -> int:
        """The number that the producer gave it."""
        ...


_T = TypeVar("_T", bound=_Numbered)


def newest_by_subject(items: Iterable[_T], subject_of: Callable[[_T], str]) -> dict[str, _T]:
    """Return, of the items of each subject, the one with the highest sequence; of equal ones the first."""
    newest: dict[str, _T] = {}
    for item in items:
        subject = subject_of(item)
        kept = newest.get(subject)
        if kept is None or item.sequence > kept.sequence:
            newest[subject] = item
    return newest


def newest_events(events: Iterable[Event]) -> dict[str, Event]:
    """Return the event with the highest sequence of each subject; of equal ones the first."""
    return newest_by_subject(events, _SUBJECT)


def fold_edges(events: Iterable[Event], infer: Infer) -> dict[str, frozenset[Edge]]:
    """Return the edges of each subject after all events; a deleted subject has none."""
    return {
        subject: frozenset() if isinstance(event.data, Deletion) else frozenset(infer(event).edges)
        for subject, event in newest_events(events).items()
    }
