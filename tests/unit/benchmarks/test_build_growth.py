import pytest

from benchmarks.model import BenchRequest
from benchmarks.registry import load_benchmark
from benchmarks.taxonomy.growth import Cost, bench_build_growth, growth_rows
from core.errors import InvalidError


def test_a_document_is_held_against_one_of_the_build_before() -> None:
    rows = growth_rows([Cost(1_000, 2.0, 3.0, 10**9), Cost(4_000, 4.0, 5.0, 15 * 10**8)])
    first, second = rows[0], rows[3]
    assert (first.metric, first.ours, first.baseline) == ("processor ms a document", 2.0, None)
    assert (second.ours, second.baseline, second.baseline_name) == (1.0, 2.0, "1,000 documents")
    assert [row.ours for row in rows[4:]] == [1.25, 1.5]
    assert {row.rows for row in rows} == {1_000, 4_000}
    assert growth_rows([]) == []


def test_an_unknown_size_is_refused_before_anything_is_made() -> None:
    assert load_benchmark("build-growth") is bench_build_growth
    with pytest.raises(InvalidError, match="no set 7; there are 10000, "):
        bench_build_growth(BenchRequest(None, lambda _step: None, ("7",)))
