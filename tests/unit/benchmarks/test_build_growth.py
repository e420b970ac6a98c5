import pytest

from benchmarks.model import BenchRequest
from benchmarks.registry import load_benchmark
from benchmarks.taxonomy.growth import Cost, bench_build_growth, growth_rows
from core.errors import InvalidError


def test_a_document_is_held_against_one_of_the_build_before_and_growth_is_apart() -> None:
    rows = growth_rows([Cost(1_000, 2.0, 3.0, 10**9), Cost(5_000, 4.0, 5.0, 15 * 10**8)])
    first, *_ = rows
    assert (first.metric, first.ours, first.baseline, first.rows) == ("processor ms a document", 2.0, None, 1_000)
    second = {row.metric: row for row in rows if row.case == "build of 5,000 documents"}
    spent = second["processor ms a document"]
    assert (spent.ours, spent.baseline, spent.baseline_name) == (0.8, 2.0, "1,000 documents")
    more = second["processor ms for each document more"]
    assert (more.ours, more.rows) == (0.5, 4_000)
    assert (second["elapsed ms a document"].ours, second["peak GB"].ours) == (1.0, 1.5)
    assert {row.target for row in rows} == {None}
    assert growth_rows([Cost(1_000_000, 1.0, 1.0, 1)])[1].target == 0.9
    assert growth_rows([]) == []


def test_an_unknown_size_is_refused_before_anything_is_made() -> None:
    assert load_benchmark("build-growth") is bench_build_growth
    with pytest.raises(InvalidError, match="no set 7; there are 10000, "):
        bench_build_growth(BenchRequest(None, lambda _step: None, ("7",)))
