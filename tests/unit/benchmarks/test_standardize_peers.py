import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_data import write

from benchmarks.model import BenchRequest
from benchmarks.standardize import peers
from benchmarks.standardize.bench import bench_standardize
from benchmarks.standardize.context import BenchPolicy
from benchmarks.standardize.finders import aho_corasick_finder, spacy_finder
from benchmarks.standardize.hostile import HOSTILE, hostile_rows, repeated
from benchmarks.standardize.marked_spans import MarkedSentence, read_marked, span_counts
from benchmarks.standardize.peers import extract_one, nearest, prepared, ratio_interval
from benchmarks.standardize.taxonomies import compiled_snapshot, standardizer_of
from core.errors import InvalidError
from taxonomy.model import Snapshot

LINE = {
    "tokens": ["You", "know", "Python", "and", "team", "building", "."],
    "tags_skill": ["O", "O", "O", "O", "B", "I", "O"],
    "tags_knowledge": ["O", "O", "B", "O", "O", "O", "O"],
}
SMALL = BenchPolicy(with_pretrained=False, speed_texts=4, running_text_characters=6_000)


def write_marked(data: Path, *lines: object) -> Path:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return write(data / "evaluation" / "skill_spans" / "some.json.gz", text)


def test_spans_are_read_in_characters_of_the_joined_words(data: Path) -> None:
    (one,) = read_marked(write_marked(data, LINE))
    assert one.text == "You know Python and team building ."
    assert {one.text[start:end] for start, end in one.spans} == {"Python", "team building"}


@pytest.mark.parametrize("line", [{"tokens": ["a"]}, {**LINE, "tags_skill": ["O"]}, [1], "text"])
def test_a_damaged_line_is_named(data: Path, line: object) -> None:
    path = write_marked(data, LINE, line)
    with pytest.raises(InvalidError, match=r"skill_spans/some.json.gz, line 2: an object with tokens"):
        read_marked(path)


def test_words_that_are_no_text_are_refused(data: Path) -> None:
    path = data / "bad.json.gz"
    path.write_bytes(gzip.compress(b"\xff\xfe\n"))
    with pytest.raises(InvalidError):
        read_marked(path)


def test_aho_corasick_finds_whole_words_the_longest_left_to_right() -> None:
    find = aho_corasick_finder([("java", True), ("Java Script", True), ("script", True), ("Paris", False)])
    text = "JavaScript, java script in PARIS; Java"
    assert {text[start:end] for start, end in find(text)} == {"java script", "Java"}


def test_another_type_at_the_same_place_is_no_skill_unless_it_is_both() -> None:
    find = aho_corasick_finder([("go", False), ("go", True), ("new york", False), ("york", True)])
    assert find("go to new york") == {(0, 2)}


@given(st.text(alphabet="ab \u0130", max_size=30))
def test_what_aho_corasick_finds_lies_apart_in_the_text(text: str) -> None:
    spans = sorted(aho_corasick_finder([("a", True), ("b a", True), ("ab", True)])(text))
    assert all(text[start:end].lower() in {"a", "b a", "ab"} for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_spacy_finds_phrases_in_any_case_and_the_longest() -> None:
    pytest.importorskip("spacy")
    text = "Machine Learning with python."
    spans = spacy_finder(["machine learning", "learning", "Python", ""])(text)
    assert {text[start:end] for start, end in spans} == {"Machine Learning", "python"}


def test_a_span_is_right_where_both_ends_are() -> None:
    marked = [MarkedSentence("a b c", frozenset({(0, 1), (2, 5)})), MarkedSentence("a", frozenset())]
    right, found, gold = span_counts(lambda _: {(0, 1), (2, 3)}, marked)
    assert (right.tolist(), found.tolist(), gold.tolist()) == ([1, 0], [2, 2], [2, 0])


def test_the_interval_of_a_ratio_holds_it_and_is_a_point_where_all_are_the_same() -> None:
    assert ratio_interval(np.ones(9), np.full(9, 2.0)) == (0.5, 0.5)
    parts, wholes = np.arange(50.0), np.full(50, 49.0)
    low, high = ratio_interval(parts, wholes)
    assert low < 0.5 < high
    assert ratio_interval(np.zeros(3), np.zeros(3)) == (0.0, 0.0)


def test_rapidfuzz_finds_the_nearest_label() -> None:
    labels = prepared(["Registered Nurse", "Software Engineer"])
    asked = ["engineer, software", "REGISTERED nurse"]
    assert extract_one(asked, labels) == nearest(asked, labels) == [1, 0]


def test_rows_stand_beside_every_peer(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "RESAMPLES", 20)
    write_marked(data, LINE, LINE)
    rows = bench_standardize(BenchRequest(data, lambda _: None, ("peers",)), SMALL, out=data)
    found = {(row.case, row.metric, row.baseline_name) for row in rows}
    assert ("peers, skill spans (some)", "recall", peers.SPACY) in found
    assert ("peers, running text", "characters/s", peers.AHO_CORASICK) in found
    assert ("peers, a title alone (made_up)", "accuracy@1", peers.ONE_BY_ONE) in found
    assert ("peers, a title alone", "times its titles/s, one by one", peers.ONE_BY_ONE) in found
    assert all(row.rows and row.low is not None and row.baseline is not None for row in rows)


def test_what_is_not_installed_is_left_out_and_said(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise ModuleNotFoundError("No module named 'spacy'")

    monkeypatch.setattr(peers, "RESAMPLES", 20)
    monkeypatch.setattr(peers, "spacy_finder", missing)
    steps: list[str] = []
    rows = bench_standardize(BenchRequest(data, steps.append, ("peers",)), SMALL, out=data)
    assert {row.baseline_name for row in rows if "running text" in row.case} == {peers.AHO_CORASICK}
    assert any("No module named 'spacy'; the extra bench installs it" in step for step in steps)


def test_hostile_text_has_two_rows_a_kind(tmp_path: Path) -> None:
    standardizer = standardizer_of(compiled_snapshot(Snapshot(1, ()), tmp_path))
    rows = hostile_rows(standardizer, characters=400)
    assert len(rows) == 2 * len(HOSTILE)
    assert repeated("abc", 7) == "abcabca"
