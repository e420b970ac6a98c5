"""The compiled hierarchy says what lies above and below, as walking the edges does."""

from pathlib import Path

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.hierarchy import Hierarchy, build_hierarchy
from taxonomy.model import Entity, EntityRelation, EntityType, Snapshot

SIZE = 8
EDGES = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda edge: edge[0] > edge[1]))


def hierarchy_of(edges: set[tuple[int, int]], relation: EntityRelation = EntityRelation.BROADER) -> Hierarchy:
    entities = tuple(
        Entity(str(i), EntityType.SKILL, str(i), (), (), tuple((relation, str(p)) for c, p in sorted(edges) if c == i))
        for i in range(SIZE)
    )
    return build_hierarchy(Snapshot(1, entities))


@given(edges=EDGES, chosen=st.sets(st.integers(0, SIZE - 1), max_size=3))
def test_below_and_above_are_what_the_edges_lead_to(edges: set[tuple[int, int]], chosen: set[int]) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph(edges)
    graph.add_nodes_from(range(SIZE))
    hierarchy = hierarchy_of(edges)
    below = set().union(chosen, *(nx.ancestors(graph, entity) for entity in chosen))
    assert set(hierarchy.below(chosen).nonzero()[0].tolist()) == below
    assert all(hierarchy.above(entity) == nx.descendants(graph, entity) for entity in range(SIZE))


def test_a_cycle_ends_nevertheless() -> None:
    entities = (
        Entity("a", EntityType.SKILL, "a", (), (), ((EntityRelation.BROADER, "b"),)),
        Entity("b", EntityType.SKILL, "b", (), (), ((EntityRelation.BROADER, "a"),)),
    )
    hierarchy = build_hierarchy(Snapshot(1, entities))
    assert hierarchy.below([0]).all()
    assert hierarchy.above(0) == {0, 1}


def test_what_is_needed_and_what_is_unknown_stands_above_nothing() -> None:
    assert hierarchy_of({(1, 0)}, EntityRelation.NEEDS).above(1) == set()
    lost = Entity("a", EntityType.SKILL, "a", (), (), ((EntityRelation.BROADER, "gone"),))
    assert build_hierarchy(Snapshot(1, (lost,))).above(0) == set()


def test_the_edges_of_some_entities_are_told_by_their_places() -> None:
    hierarchy = hierarchy_of({(1, 0), (2, 1), (3, 0), (3, 1)})
    rows, parents = hierarchy.edges_of(np.array([3, 0, 2], dtype=np.int32))
    assert (rows.tolist(), parents.tolist()) == ([0, 0, 2], [0, 1, 1])
    assert [len(array) for array in hierarchy.edges_of(np.zeros(0, dtype=np.int32))] == [0, 0]


def test_it_comes_back_from_its_folder(tmp_path: Path) -> None:
    hierarchy = hierarchy_of({(1, 0), (2, 1), (3, 0)})
    hierarchy.save(tmp_path)
    again = Hierarchy.load(tmp_path)
    assert again.below([1]).tolist() == hierarchy.below([1]).tolist()
    assert again.above(2) == {0, 1}
