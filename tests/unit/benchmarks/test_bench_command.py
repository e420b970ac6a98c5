import json
import re
from pathlib import Path

import pytest

from benchmarks.kept import KeptSets, run_folder
from benchmarks.model import BenchRequest, BenchRow
from benchmarks.provenance import code_fingerprint, commit, data_fingerprint, machine
from benchmarks.report import section, with_sections
from benchmarks.sets import check_sets, rows_of_sets
from core.errors import InvalidError
from services.cli import bench as command

ROW = BenchRow("a | b", "MRR", 0.5, 1_234.0, "floor", None, 0.6, 12_345, 0.4, 0.6)


class InterruptedRunError(Exception):
    """What stops a run in these tests."""


class TwoSets:
    """A benchmark of two sets; counts what it measures, and stops in the second one where `stops`."""

    def __init__(self) -> None:
        self.measured: list[str] = []
        self.stops = True

    def __call__(self, request: BenchRequest) -> list[BenchRow]:
        return rows_of_sets(request, {"first": self.first, "second": self.second}, None)

    def first(self, _context: None) -> list[BenchRow]:
        self.measured.append("first")
        return [ROW]

    def second(self, _context: None) -> list[BenchRow]:
        if self.stops:
            raise InterruptedRunError
        self.measured.append("second")
        return [BenchRow("second", "seconds", float(len(self.measured)))]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TwoSets:
    made = TwoSets()
    monkeypatch.setattr(command, "load_benchmark", {"standardize": made, "stream": lambda _request: [ROW]}.get)
    monkeypatch.setattr(command, "_OUT", tmp_path / "out")
    monkeypatch.setattr(command, "_RESULTS", tmp_path / "RESULTS.md")
    monkeypatch.setattr(command, "code_fingerprint", lambda: "code")
    return made


def test_an_interrupted_run_goes_on_after_the_last_set(
    two: TwoSets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(InterruptedRunError):
        command.bench("standardize", data=tmp_path / "data", as_json=True)
    assert capsys.readouterr().out == ""
    two.stops = False
    command.bench("standardize", data=tmp_path / "data", as_json=True)
    assert two.measured == ["first", "second"]
    said = capsys.readouterr()
    assert [row["case"] for row in json.loads(said.out)] == ["a | b", "second"]
    assert "first: measured before the interruption" in said.err
    command.bench("standardize", data=tmp_path / "data", as_json=True)
    assert two.measured == ["first", "second"] * 2


def test_an_interrupted_run_of_all_goes_on_in_the_benchmark_that_it_had_come_to(
    two: TwoSets, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = TwoSets()
    two.stops = False
    monkeypatch.setattr(command, "BENCHMARKS", {"standardize": "", "taxonomy": ""})
    monkeypatch.setattr(command, "load_benchmark", {"standardize": two, "taxonomy": other}.get)
    with pytest.raises(InterruptedRunError):
        command.bench("all")
    other.stops = False
    command.bench("all")
    assert (two.measured, other.measured) == (["first", "second"], ["first", "second"])
    command.bench("all")
    assert two.measured == ["first", "second"] * 2


def test_fresh_measures_what_was_measured_again(two: TwoSets) -> None:
    with pytest.raises(InterruptedRunError):
        command.bench("standardize")
    two.stops = False
    command.bench("standardize", fresh=True)
    assert two.measured == ["first", "first", "second"]


def test_other_data_and_other_options_are_another_run(two: TwoSets, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for only in ("", "second"):
        with pytest.raises(InterruptedRunError):
            command.bench("standardize", data=tmp_path / "data", only=only)
    (tmp_path / "data" / "more.txt").write_text("more")
    with pytest.raises(InterruptedRunError):
        command.bench("standardize", data=tmp_path / "data")
    assert two.measured == ["first", "first"]


def test_the_report_has_a_section_a_set_with_its_provenance(two: TwoSets, tmp_path: Path) -> None:
    two.stops = False
    command.bench("standardize")
    command.bench("standardize", only="second")
    command.bench("stream")
    text = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Results",
        "## standardize: first",
        "## standardize: second",
        "## stream",
    ]
    assert text.count("commit ") == text.count("data none") == 3
    assert "| a \\| b | MRR | 0.5 | 0.4 to 0.6 | 1,234 (floor) |  | 0.6 | 12,345 |" in text
    assert "| second | seconds | 3 |" in text


def test_a_damaged_file_is_measured_again(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, "standardize", ["code", "data"])
    KeptSets(folder, lambda _: None).measure("first", lambda: [ROW])
    assert KeptSets(folder, lambda _: None).measure("first", list) == [ROW]
    (folder / "first.json").write_text('{"rows": [{"unknown": 1}], "seconds": 1}')
    assert KeptSets(folder, lambda _: None).measure("first", list) == []


def test_sections_of_other_sets_stay() -> None:
    old = with_sections("", {"b": section("then.", [ROW]), "a": section("then.", [ROW])})
    new = with_sections(old, {"b": section("now.", [])})
    assert new.count("then.") == new.count("now.") == 1
    assert with_sections(new, {}) == new


def test_unknown_sets_are_named() -> None:
    request = BenchRequest(None, lambda _: None, ("third",))
    with pytest.raises(InvalidError, match="no set third; there are first, second"):
        check_sets(request, {"first": 1, "second": 2})


def test_fingerprints_follow_contents_and_names(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1")
    first = data_fingerprint(tmp_path)
    assert first == data_fingerprint(tmp_path)
    (tmp_path / "a.txt").write_text("2")
    second = data_fingerprint(tmp_path)
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert len({first, second, data_fingerprint(tmp_path), data_fingerprint(None)}) == 4


def test_the_fingerprint_of_the_code_ignores_what_a_run_makes(tmp_path: Path) -> None:
    source = tmp_path / "classifiers" / "kernels" / "loops.py"
    source.parent.mkdir(parents=True)
    source.write_text("a")
    first = code_fingerprint(tmp_path)
    for made in ("classifiers/kernels/__pycache__/loops.nbi", "benchmarks/out/plot.png", "benchmarks/RESULTS.md"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).write_text("made")
    assert code_fingerprint(tmp_path) == first
    source.write_text("b")
    assert code_fingerprint(tmp_path) != first


def test_machine_and_commit_are_told() -> None:
    assert "cores" in machine()
    assert re.fullmatch(r"[0-9a-f]{10}( with changes)?|unknown", commit())
