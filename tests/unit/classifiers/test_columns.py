"""Columns on disk hold what lists in memory would hold."""

import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.standardize import columns
from classifiers.standardize.columns import (
    Coded,
    IndexedTexts,
    Kept,
    RepeatedTexts,
    RowsByKey,
    SourceIds,
    Texts,
    indexed_text_parts,
    rows_by_key_arrays,
    text_parts,
    write_parts,
)
from core.errors import InvalidError
from taxonomy.model import AliasKind, SourceId

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), unique=True, max_size=20)


def indexed(folder: Path, texts: list[str]) -> IndexedTexts:
    write_parts(folder, indexed_text_parts("texts", texts))
    return IndexedTexts.load(folder, "texts")


@settings(deadline=None)
@given(texts=TEXTS, others=st.lists(st.text(max_size=8)))
def test_texts_are_found_by_what_they_say_and_others_are_not(texts: list[str], others: list[str]) -> None:
    with TemporaryDirectory() as folder:
        column = indexed(Path(folder), texts)
    assert list(column) == texts
    assert [column[place] for place in range(len(column))] == texts
    for text in [*texts, *others, "\ud800"]:
        assert column.find(text) == (texts.index(text) if text in texts else -1)
        assert (text in column) == (text in texts)


def test_two_texts_of_one_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zlib, "crc32", lambda _content: 12)
    column = indexed(tmp_path, ["a", "b", "c"])
    assert [column.find(text) for text in ("c", "b", "a", "d")] == [2, 1, 0, -1]


def test_more_text_than_starts_can_tell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_MOST_BYTES", 8)
    assert text_parts("names", ["1234567"])
    with pytest.raises(InvalidError, match="names: 8 bytes"):
        text_parts("names", ["12345678"])


def test_texts_that_repeat_are_kept_once(tmp_path: Path) -> None:
    column = RepeatedTexts(indexed(tmp_path, ["née", "b"]), np.array([1, 0, 1], dtype=np.int32))
    assert list(column) == ["b", "née", "b"]
    assert len(column) == 3
    content, starts, places = column.arrays
    assert bytes(content) == "néeb".encode()
    assert (starts.tolist(), places.tolist()) == ([0, 4, 5], [1, 0, 1])


def test_codes_stand_for_values() -> None:
    column = Coded(tuple(AliasKind), np.array([0, 2], dtype=np.uint8))
    assert list(column) == [AliasKind.CANONICAL, tuple(AliasKind)[2]]
    assert column.code_of(column[1]) == 2
    assert AliasKind.CANONICAL in column


def test_an_entity_has_the_ids_of_its_sources(tmp_path: Path) -> None:
    write_parts(tmp_path, text_parts("ids", ["1", "2", "3"]))
    sources = Coded(("esco", "onet"), np.array([0, 1, 0], dtype=np.uint16))
    column = Kept(SourceIds(np.array([0, 2, 2, 3], dtype=np.int32), sources, Texts.load(tmp_path, "ids")), 2)
    expected = [(SourceId("esco", "1"), SourceId("onet", "2")), (), (SourceId("esco", "3"),)]
    assert list(column) == expected
    assert [column[place] for place in range(len(column))] == expected
    assert column[2] is column[2]


@pytest.fixture
def rows(tmp_path: Path) -> RowsByKey:
    arrays = rows_by_key_arrays("keys", [0, 1, 0, 2], 3)
    return RowsByKey(indexed(tmp_path, ["a", "b", "c"]), arrays["keys.row_starts"], arrays["keys.rows"])


def test_rows_are_found_by_key(rows: RowsByKey) -> None:
    assert dict(rows) == {"a": [0, 2], "b": [1], "c": [3]}
    assert rows.get("d") is None
    assert rows.get("d", ()) == ()
    with pytest.raises(KeyError):
        rows["d"]


def test_a_view_has_no_other_rows_and_the_whole_keeps_its_own(rows: RowsByKey) -> None:
    view = rows.narrowed(np.array([True, False, False, True]))
    assert dict(view) == {"a": [0], "c": [3]}
    assert len(view) == 2
    assert dict(view.narrowed(np.array([False, True, True, True]))) == {"c": [3]}
    assert dict(rows)["b"] == [1]


def test_keys_are_marked_by_any_of_their_rows(rows: RowsByKey, tmp_path: Path) -> None:
    assert rows.any_of(np.array([False, False, True, True])).tolist() == [True, False, True]
    nothing = RowsByKey(indexed(tmp_path, []), np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.int32))
    assert nothing.any_of(np.zeros(0, dtype=np.bool_)).tolist() == []
