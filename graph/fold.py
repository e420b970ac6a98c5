"""The reference: what the edges must be after a set of events, whatever order they came in.

Streaming, with its offsets, retries and crashes, is right exactly where its result equals this fold.
"""

from collections.abc import Callable, Iterable

from core.wire import Deletion, Event
from graph.model import Edge, Inference

Infer = Callable[[Event], Inference]


def newest_events(events: Iterable[Event]) -> dict[str, Event]:
    """Return the event with the highest sequence of each subject; of equal ones the first."""
    newest: dict[str, Event] = {}
    for event in events:
        kept = newest.get(event.subject)
        if kept is None or event.sequence > kept.sequence:
            newest[event.subject] = event
    return newest


def fold_edges(events: Iterable[Event], infer: Infer) -> dict[str, frozenset[Edge]]:
    """Return the edges of each subject after all events; a deleted subject has none."""
    return {
        subject: frozenset() if isinstance(event.data, Deletion) else frozenset(infer(event).edges)
        for subject, event in newest_events(events).items()
    }
