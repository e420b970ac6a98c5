"""What is left out of a hierarchy makes it free of cycles, and nothing is left out for nothing."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.hierarchy import Edge, edges_closing_cycles

_NODES = st.sampled_from("abcdef")
_EDGES = st.sets(st.tuples(_NODES, _NODES).filter(lambda edge: edge[0] != edge[1]), max_size=12)


def is_free_of_cycles(edges: set[Edge]) -> bool:
    graph: nx.DiGraph[str] = nx.DiGraph(list(edges))
    return nx.is_directed_acyclic_graph(graph)


@pytest.mark.parametrize(
    ("kept", "new", "closing"),
    [
        (set(), {("b", "a"), ("c", "b")}, []),
        (set(), {("a", "b"), ("b", "a")}, [("b", "a")]),
        ({("b", "a")}, {("a", "b")}, [("a", "b")]),
        ({("b", "a")}, {("a", "b"), ("b", "a")}, [("a", "b")]),
        ({("a", "b")}, {("a", "b"), ("b", "a")}, [("b", "a")]),
    ],
)
def test_the_edge_left_out_is_a_new_one(kept: set[Edge], new: set[Edge], closing: list[Edge]) -> None:
    assert edges_closing_cycles(kept, new) == closing


def test_a_cycle_that_was_kept_before_is_left_alone_and_no_edge_for_it() -> None:
    """An older version of this code could store one; importing must go on."""
    cycle = {("a", "b"), ("b", "a")}
    assert edges_closing_cycles(cycle, {("c", "a"), ("a", "c"), ("a", "b")}) == [("c", "a")]


@given(_EDGES, _EDGES)
def test_no_cycle_is_left_and_each_edge_left_out_would_close_one(kept: set[Edge], new: set[Edge]) -> None:
    kept = kept if is_free_of_cycles(kept) else set()
    closing = edges_closing_cycles(kept, new)
    rest = (kept | new) - set(closing)
    assert is_free_of_cycles(rest)
    assert kept <= rest
    assert [edge for edge in closing if is_free_of_cycles({*rest, edge})] == []
