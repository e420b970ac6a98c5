"""Strict reading of delimited text, plain or gzipped: damage is an error that names file, line and column."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

from taxonomy.importers.model import Advance, MalformedFileError

_LINES_BETWEEN_REPORTS: Final = 256
_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Row:
    """A record: its first line, counted from 1 with the header, and its fields by column name."""

    line: int
    fields: dict[str, str]

    def get(self, column: str) -> str:
        """Return a field without outer blanks, empty where the file has no such column."""
        return self.fields.get(column, "").strip()


def read_lines(path: Path, advance: Advance) -> Iterator[str]:
    """Yield the lines of a UTF-8 text with their line ends; a byte order mark is dropped.

    Raises:
        MalformedFileError: for bytes that are not UTF-8 and for a damaged or truncated gzip file.
    """
    reported = 0
    line = 0
    with path.open("rb") as raw:
        stream = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        try:
            for line, data in enumerate(stream, start=1):
                text = _decoded(data, file=path.name, line=line)
                yield text.removeprefix(_BYTE_ORDER_MARK) if line == 1 else text
                if line % _LINES_BETWEEN_REPORTS == 0:
                    reported = _report(raw, reported, advance)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            problem = f"the gzip data is damaged or cut off ({error})"
            raise MalformedFileError(path.name, line=line + 1, column=1, problem=problem) from error
        _report(raw, reported, advance)


def read_csv(path: Path, *, needed: Sequence[str], advance: Advance) -> Iterator[Row]:
    """Yield the records of a comma-separated file with a header and RFC 4180 quoting.

    Raises:
        MalformedFileError: for bad quoting, a wrong number of fields or a needed column that is missing.
    """
    pending: list[str] = []
    records = csv.reader(_recorded(read_lines(path, advance), pending), strict=True)
    header: list[str] | None = None
    while True:
        line = records.line_num + 1
        pending.clear()
        try:
            fields = next(records)
        except StopIteration:
            break
        except csv.Error as error:
            raise _quoting_error(path.name, pending, first_line=line, error=error) from error
        if header is None:
            header = _checked_header(fields, needed, file=path.name, line=line)
        elif fields:
            if len(fields) != len(header):
                starts, _ = _scan(pending, first_line=line)
                raise _count_error(path.name, starts, found=len(fields), expected=len(header))
            yield Row(line, dict(zip(header, fields, strict=True)))
    if header is None:
        raise MalformedFileError(path.name, line=1, column=1, problem="the file is empty; a header was expected")


def read_tsv(
    path: Path, *, needed: Sequence[str], advance: Advance, header: Sequence[str] | None = None
) -> Iterator[Row]:
    """Yield the records of a tab-separated file, in which a quotation mark is an ordinary character.

    Where `header` is given, the file has none of its own, and lines that start with `#` are comments.

    Raises:
        MalformedFileError: for a wrong number of fields or a needed column that is missing.
    """
    columns = None if header is None else list(header)
    for line, text in enumerate(read_lines(path, advance), start=1):
        stripped = text.rstrip("\r\n")
        if not stripped or (header is not None and stripped.startswith("#")):
            continue
        fields = stripped.split("\t")
        if columns is None:
            columns = _checked_header(fields, needed, file=path.name, line=line)
            continue
        if len(fields) != len(columns):
            starts = _tab_starts(fields, line=line)
            raise _count_error(path.name, starts, found=len(fields), expected=len(columns))
        yield Row(line, dict(zip(columns, fields, strict=True)))
    if columns is None:
        raise MalformedFileError(path.name, line=1, column=1, problem="the file is empty; a header was expected")


def read_whole(path: Path, advance: Advance) -> str:
    """Return a whole UTF-8 text; for small files in formats that cannot be read line by line."""
    return "".join(read_lines(path, advance))


def ignore_progress(_size: int) -> None:
    """Serve as an `Advance` that nobody watches."""


def _report(raw: BufferedReader, reported: int, advance: Advance) -> int:
    position = raw.tell()
    if position > reported:
        advance(position - reported)
    return position


def _decoded(data: bytes, *, file: str, line: int) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        column = len(data[: error.start].decode()) + 1
        problem = f"byte 0x{data[error.start]:02x} is not valid UTF-8; save the file as UTF-8"
        raise MalformedFileError(file, line=line, column=column, problem=problem) from error
    if "\0" in text:
        problem = "the text holds the character NUL; is this a text file in UTF-8?"
        raise MalformedFileError(file, line=line, column=text.index("\0") + 1, problem=problem)
    return text


def _recorded(lines: Iterator[str], pending: list[str]) -> Iterator[str]:
    """Pass lines on and keep those of the record at hand, so that an error can be located in them."""
    for text in lines:
        pending.append(text)
        yield text


def _checked_header(fields: list[str], needed: Sequence[str], *, file: str, line: int) -> list[str]:
    header = [name.strip() for name in fields]
    for number, name in enumerate(header):
        if name in header[:number]:
            problem = f"column {name!r} stands twice in the header"
            raise MalformedFileError(file, line=line, column=_header_column(fields, number), problem=problem)
    missing = [name for name in needed if name not in header]
    if missing:
        problem = f"missing column {', '.join(map(repr, missing))}; the header has {', '.join(header)}"
        raise MalformedFileError(file, line=line, column=1, problem=problem)
    return header


def _header_column(fields: list[str], number: int) -> int:
    return 1 + sum(len(field) + 1 for field in fields[:number])


def _tab_starts(fields: list[str], *, line: int) -> list[tuple[int, int]]:
    starts = [(line, 1)]
    for field in fields:
        starts.append((line, starts[-1][1] + len(field) + 1))
    return starts


def _count_error(file: str, starts: list[tuple[int, int]], *, found: int, expected: int) -> MalformedFileError:
    """Point at the first field too many, or at the last one where fields are missing."""
    line, column = starts[expected] if found > expected else starts[found - 1]
    problem = f"{found} fields where the header has {expected}"
    return MalformedFileError(file, line=line, column=column, problem=problem)


def _quoting_error(file: str, pending: list[str], *, first_line: int, error: csv.Error) -> MalformedFileError:
    """Point at the character that breaks the quoting, or at the quotation mark that is never closed."""
    starts, broken = _scan(pending, first_line=first_line)
    line, column = broken or starts[-1]
    return MalformedFileError(file, line=line, column=column, problem=f"bad quoting ({error})")


def _scan(lines: list[str], *, first_line: int) -> tuple[list[tuple[int, int]], tuple[int, int] | None]:
    """Walk one record: where each field starts, and the first character after a closing quotation mark."""
    starts = [(first_line, 1)]
    quoted = closed = False
    at_start = True
    for line, text in enumerate(lines, start=first_line):
        for column, character in enumerate(text, start=1):
            if quoted:
                if character == '"':
                    quoted, closed = False, True
            elif character == '"' and (at_start or closed):
                quoted, closed = True, False
            elif character == ",":
                starts.append((line, column + 1))
                at_start, closed = True, False
                continue
            elif closed and character not in "\r\n":
                return starts, (line, column)
            at_start = False
    return starts, None
