"""Reading of delimited text: what is damaged is named by file, line and column."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.importers.model import MalformedFileError
from taxonomy.importers.rows import ignore_progress, read_csv, read_lines, read_tsv


def write(folder: Path, content: bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def rows(path: Path, *needed: str) -> list[dict[str, str]]:
    return [row.fields for row in read_csv(path, needed=needed, advance=ignore_progress)]


def test_csv_fields_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, b'a,b\r\n"x, ""y""","two\nlines"\r\n\r\nz,\r\n')
    assert rows(path, "a") == [{"a": 'x, "y"', "b": "two\nlines"}, {"a": "z", "b": ""}]


def test_a_row_knows_the_line_on_which_it_starts(tmp_path: Path) -> None:
    path = write(tmp_path, b'a,b\n"1\n2\n3",x\ny,z\n')
    assert [row.line for row in read_csv(path, needed=("a",), advance=ignore_progress)] == [2, 5]


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        (b'a,b\nx,"y"z\n', 2, 6, "bad quoting"),
        (b'a,b\nx,y\nx,"never closed\nto the end\n', 3, 3, "bad quoting"),
        (b"a,b\nx,y,z\n", 2, 5, "3 fields where the header has 2"),
        (b"a,b\nx,y\nlonely\n", 3, 1, "1 fields where the header has 2"),
        (b'a,b\n"1\n2",x,extra\n', 3, 6, "3 fields"),
        (b"a,c\nx,y\n", 1, 1, "missing column 'b'"),
        (b"a,b,a\nx,y,z\n", 1, 5, "stands twice"),
        (b"", 1, 1, "empty"),
        ("a,b\nä\xff,y\n".encode("latin-1"), 2, 1, "not valid UTF-8"),
        (b"a,b\n\xc3\xa4\xff,y\n", 2, 2, "byte 0xff is not valid UTF-8"),
        ("a,b\nx,y\n".encode("utf-16-le"), 1, 2, "NUL"),
    ],
)
def test_damaged_csv_is_refused_with_line_and_column(
    tmp_path: Path, content: bytes, line: int, column: int, words: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(MalformedFileError) as caught:
        rows(path, "a", "b")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("file.csv", line, column)
    assert words in str(caught.value)
    assert f"file.csv, line {line}, column {column}: " in str(caught.value)


def test_tsv_takes_quotation_marks_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, b'a\tb\r\n"x\ty"\r\n', "file.tsv")
    assert [row.fields for row in read_tsv(path, needed=("a",), advance=ignore_progress)] == [{"a": '"x', "b": 'y"'}]


def test_tsv_without_header_skips_comments(tmp_path: Path) -> None:
    path = write(tmp_path, b"# note\nx\ty\n", "file.txt")
    found = list(read_tsv(path, needed=(), header=("a", "b"), advance=ignore_progress))
    assert [(row.line, row.fields) for row in found] == [(2, {"a": "x", "b": "y"})]


@pytest.mark.parametrize(("content", "column"), [(b"a\tb\nx\ty\tz\n", 5), (b"a\tb\nx\n", 1)])
def test_a_wrong_number_of_tab_separated_fields_is_refused(tmp_path: Path, content: bytes, column: int) -> None:
    path = write(tmp_path, content, "file.tsv")
    with pytest.raises(MalformedFileError) as caught:
        list(read_tsv(path, needed=("a",), advance=ignore_progress))
    assert (caught.value.line, caught.value.column) == (2, column)


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def overwritten(data: bytes) -> bytes:
    return data[:20] + b"\xff\x00\xff\x00" + data[24:]


def not_gzip(_data: bytes) -> bytes:
    return b"a,b\n"


@pytest.mark.parametrize("damage", [truncated, overwritten, not_gzip])
def test_damaged_gzip_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    text = "a,b\n" + "".join(f"{number},{number * 7919}\n" for number in range(5000))
    path = write(tmp_path, damage(gzip.compress(text.encode())), "file.csv.gz")
    with pytest.raises(MalformedFileError, match=r"file\.csv\.gz, line \d+, column 1: the gzip data"):
        rows(path, "a")


def test_progress_adds_up_to_the_bytes_on_disk(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{number},x\n" for number in range(3000))
    for path in (
        write(tmp_path, text.encode()),
        write(tmp_path, gzip.compress(text.encode()), "file.csv.gz"),
    ):
        steps: list[int] = []
        list(read_csv(path, needed=("a",), advance=steps.append))
        assert sum(steps) == path.stat().st_size
        assert min(steps) > 0


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert list(read_lines(write(tmp_path, b"\xef\xbb\xbfa\n"), ignore_progress)) == ["a\n"]


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=2, max_size=2),
        max_size=8,
    )
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, records: list[list[str]]
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *records])
    path = write(tmp_path_factory.mktemp("csv"), buffer.getvalue().encode())
    assert [list(fields.values()) for fields in rows(path, "a")] == records
