"""The hierarchy of entities has no cycles: which of the new edges would close one. Pure."""

from collections.abc import Collection

Edge = tuple[str, str]
"""A child and its parent, by entity id."""


def edges_closing_cycles(kept: Collection[Edge], new: Collection[Edge]) -> list[Edge]:
    """Return, in order, the `new` edges to leave out: each closes a cycle with what stays.

    Edges that are `kept` already are never among them, for leaving out a second mention of an edge removes nothing.
    """
    import networkx as nx  # noqa: PLC0415 - a third of a second, and only imports of taxonomies need it

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(kept)
    graph.add_edges_from(new)
    if nx.is_directed_acyclic_graph(graph):
        return []
    added = sorted(set(new).difference(kept))
    graph.remove_edges_from(added)
    closing = []
    for child, parent in added:
        if nx.has_path(graph, parent, child):
            closing.append((child, parent))
        else:
            graph.add_edge(child, parent)
    return closing
