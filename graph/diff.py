"""The difference between the edges that are stored and those that a document now yields. Pure."""

from collections.abc import Iterable

from graph.model import JUDGED, Edge, EdgeDiff


def diff_edges(stored: Iterable[Edge], inferred: Iterable[Edge]) -> EdgeDiff:
    """Return what to add, update and remove so that `stored` becomes `inferred`.

    Judged edges (accepted, declined) stand as the person left them: they are neither updated nor removed.
    """
    old = {edge.key: edge for edge in stored}
    new = {edge.key: edge for edge in inferred}
    return EdgeDiff(
        added=tuple(edge for key, edge in new.items() if key not in old),
        updated=tuple(
            edge
            for key, edge in new.items()
            if (before := old.get(key)) is not None and before != edge and before.status not in JUDGED
        ),
        removed=tuple(edge for key, edge in old.items() if key not in new and edge.status not in JUDGED),
    )
