from pathlib import Path

from core.kernels.compiling import forget_what_is_stale


def test_machine_code_is_kept_while_no_source_differs(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a")
    (tmp_path / "two.py").write_text("b")
    kept = tmp_path / "kept"
    forget_what_is_stale(tmp_path, kept)
    for name in ("one.f.nbi", "one.f.1.nbc", "one.pyc"):
        (kept / name).write_text("")
    forget_what_is_stale(tmp_path, kept)
    assert {path.name for path in kept.iterdir()} == {"sources", "one.f.nbi", "one.f.1.nbc", "one.pyc"}
    (tmp_path / "two.py").write_text("c")
    forget_what_is_stale(tmp_path, kept)
    assert {path.name for path in kept.iterdir()} == {"sources", "one.pyc"}


def test_a_folder_that_cannot_be_written_is_left(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    forget_what_is_stale(tmp_path, tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "a file"
