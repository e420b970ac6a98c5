from functools import partial
from pathlib import Path

import pytest

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.sets import rows_of_sets
from benchmarks.taxonomy.bench import SETS, bench_taxonomy
from benchmarks.taxonomy.hierarchy_world import World, tuning_worlds
from core.errors import InvalidError
from taxonomy.arrange.model import Hierarchy, Node


def test_without_data_or_with_an_unknown_set_nothing_is_measured(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="taxonomy construction needs real data"):
        bench_taxonomy(BenchRequest(None, print))
    with pytest.raises(InvalidError, match="no set nonsense; there are cleaning, "):
        bench_taxonomy(BenchRequest(tmp_path, print, ("nonsense", "senses")))


def test_sets_come_in_their_own_order_and_all_by_default(tmp_path: Path) -> None:
    sets = {name: partial(_row_of, name) for name in SETS}
    some = rows_of_sets(BenchRequest(tmp_path, print, ("senses", "cleaning")), sets, None)
    assert [row.case for row in some] == ["cleaning", "senses"]
    assert [row.case for row in rows_of_sets(BenchRequest(tmp_path, print), sets, None)] == list(SETS)


def _row_of(name: str, _context: None) -> list[BenchRow]:
    return [BenchRow(name, "rows", 1.0)]


def test_what_is_tuned_on_is_never_what_is_reported_and_shows_no_edge_of_what_it_asks() -> None:
    nodes = [Node(str(number), (f"title {number}",)) for number in range(60)]
    edges = {str(number): (str(number // 2),) for number in range(1, 50)}
    paths = {str(number): ("0",) * (number > 0) for number in range(60)}
    reported: dict[str, tuple[str, ...]] = {str(number): ("0",) for number in range(50, 60)}
    world = World(Hierarchy(nodes, nodes, edges, paths), reported, paths)
    parts = list(tuning_worlds(world, parts=5))
    assert sorted(child for part in parts for child in part.truth) == sorted(edges)
    for part in parts:
        left = part.hierarchy.edges
        assert not part.truth.keys() & (reported.keys() | left.keys())
        assert not part.truth.keys() & {parent for some in left.values() for parent in some}
        assert all(part.hierarchy.paths[child] == () for child in part.truth)
