"""What processes hold in memory is measured on processes that run side by side."""

from pathlib import Path

import pytest

from benchmarks.standardize.footprint import memory_rows
from classifiers.encoder.linear import load_encoder
from classifiers.standardize.compiled import compile_snapshot, save
from core.errors import EnvironmentFaultError
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

pytestmark = pytest.mark.integration


def test_all_processes_hold_more_than_each_alone(tmp_path: Path) -> None:
    alias = Alias("nurse", "en", AliasKind.CANONICAL, "test")
    entity = Entity("title_nurse", EntityType.TITLE, "nurse", (SourceId("test", "nurse"),), (alias,))
    save(compile_snapshot(Snapshot(1, (entity,))), tmp_path, load_encoder())
    rows = {row.metric: row for row in memory_rows(tmp_path, 1)}
    total = rows.pop("MB of all processes")
    alone = [row.ours or 0 for metric, row in rows.items() if metric.startswith("MB of")]
    assert total.target == 1_000
    assert len(alone) == 4
    assert min(alone) > 1
    assert sum(alone) < (total.ours or 0)


def test_a_process_that_cannot_load_says_why(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFaultError, match="is missing or damaged"):
        memory_rows(tmp_path, 0)
