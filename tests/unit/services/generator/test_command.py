"""What the command line does with the generator."""

import io
from pathlib import Path

from rich.console import Console

from services.cli.generate import run_generate
from taxonomy.model import Entity, EntityType, Snapshot, SourceId


def test_the_command_writes_both_files_and_says_so(tmp_path: Path) -> None:
    skill = Entity("skill_1", EntityType.SKILL, "Python", (SourceId("test", "1"),), ())
    said = io.StringIO()
    run_generate(
        lambda: Snapshot(1, (skill,)),
        members=5,
        jobs=1,
        seed=1,
        out=tmp_path / "out",
        console=Console(file=said, width=300),
    )
    lines = (tmp_path / "out" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert f"{len(lines)} events in" in said.getvalue()
    assert (tmp_path / "out" / "truth.jsonl").is_file()
