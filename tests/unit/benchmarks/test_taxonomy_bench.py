from pathlib import Path

import pytest

from benchmarks.model import BenchRequest
from benchmarks.sets import chosen_sets
from benchmarks.taxonomy.bench import SETS, bench_taxonomy
from core.errors import InvalidError


def test_without_data_or_with_an_unknown_set_nothing_is_measured(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="taxonomy construction needs real data"):
        bench_taxonomy(BenchRequest(None, print))
    with pytest.raises(InvalidError, match="no set nonsense; there are cleaning, "):
        bench_taxonomy(BenchRequest(tmp_path, print, ("nonsense", "senses")))


def test_sets_come_in_their_own_order_and_all_by_default(tmp_path: Path) -> None:
    some = BenchRequest(tmp_path, print, ("senses", "cleaning"))
    assert list(chosen_sets(some, SETS)) == [SETS["cleaning"], SETS["senses"]]
    assert list(chosen_sets(BenchRequest(tmp_path, print), SETS)) == list(SETS.values())
