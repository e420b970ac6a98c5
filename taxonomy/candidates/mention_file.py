"""Read texts that resolved to nothing from JSON Lines or a table, plain or gzipped, line by line.

A line is `{"text", "type", "count"}`, of which type and count may be missing, or an answer of `canonym standardize` or
of the API, with `mentions`, of which those that are not linked count once each. A table (`.csv`) has the same names as
columns, one record a line; a column of texts that is called as a type is, such as `title`, says the type of all.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from core.errors import InvalidError
from taxonomy.candidates.mentions import Mention
from taxonomy.corpus.model import RejectedLine
from taxonomy.corpus.reading import read_lines
from taxonomy.model import EntityType

_TABLE: Final = ".csv"
_TEXT: Final = "text"
_LONGEST_COUNT: Final = 19
"""Digits."""


class _RejectedError(Exception):
    """A line is of no known form; the message says why."""


def read_mentions(path: Path) -> Iterator[Mention | RejectedLine]:
    """Yield the unresolved texts of a file, and the lines that hold none; blank lines are passed over.

    Raises:
        InvalidError: where there is no such file, its gzip data is damaged or cut off, or a table has no column of
            texts, or several.
    """
    columns: list[str] | None = None
    is_table = path.name.removesuffix(".gz").endswith(_TABLE)
    for line, data in read_lines(path):
        if isinstance(data, RejectedLine):
            yield data
            continue
        try:
            if is_table and columns is None:
                columns = _columns_of(_values_of(data), path)
                continue
            found = [_mention(_row_of(columns, _values_of(data)))] if columns else _mentions_of(data)
        except (_RejectedError, orjson.JSONDecodeError) as error:
            yield RejectedLine(path.name, line, str(error))
            continue
        yield from found


def _mentions_of(data: bytes) -> list[Mention]:
    """Return the mentions of a line.

    Raises:
        _RejectedError: where it is not of either form.
        orjson.JSONDecodeError: where it is no JSON.
    """
    row = orjson.loads(data)
    if not isinstance(row, dict):
        raise _RejectedError(f"a JSON object was expected, not {type(row).__name__}")
    if isinstance(row.get("mentions"), list):
        return [_mention(one) for one in row["mentions"] if isinstance(one, dict) and _is_unresolved(one)]
    return [_mention(row)]


def _columns_of(header: list[str], path: Path) -> list[str]:
    """Return the names of the columns of a table.

    Raises:
        InvalidError: where not exactly one of them can hold the texts.
    """
    columns = [name.strip() for name in header]
    if len({_TEXT, *EntityType}.intersection(columns)) != 1:
        problem = f"one column of texts is needed, called {_TEXT} or as a type is ({', '.join(EntityType)})"
        raise InvalidError(f"{path.name}: {problem}; the header has {', '.join(columns)}")
    return columns


def _row_of(columns: list[str], values: list[str]) -> dict[str, object]:
    """Return a record of a table as a row of JSON would say it."""
    record = dict(zip(columns, values, strict=False))
    named = next((name for name in columns if name in EntityType.__members__.values()), None)
    row: dict[str, object] = {_TEXT: record.get(named or _TEXT, "")}
    if kind := named or record.get("type", "").strip():
        row["type"] = kind
    if count := record.get("count", "").strip():
        row["count"] = int(count) if count.isascii() and count.isdigit() and len(count) < _LONGEST_COUNT else count
    return row


def _values_of(data: bytes) -> list[str]:
    """Return the values of one line of a table.

    Raises:
        _RejectedError: where it is not UTF-8, or a quoted value does not end.
    """
    try:
        return next(csv.reader([data.decode()], strict=True), [])
    except UnicodeDecodeError as error:
        raise _RejectedError(f"byte 0x{data[error.start]:02x} is not valid UTF-8") from error
    except csv.Error as error:
        raise _RejectedError("a quoted value does not end on its line") from error


def _is_unresolved(mention: dict[str, object]) -> bool:
    return mention.get("nil") is True or mention.get("linked") is False


def _mention(row: dict[str, object]) -> Mention:
    text, kind, count = row.get("text"), row.get("type"), row.get("count", 1)
    if not isinstance(text, str) or not text.strip():
        raise _RejectedError("'text' must be a string that is not empty")
    if kind is not None and kind not in EntityType.__members__.values():
        raise _RejectedError(f"unknown type {kind!r}; known are {', '.join(EntityType)}")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise _RejectedError(f"'count' must be a whole number from 1 on, not {count!r}")
    return Mention(text.replace("\0", " ").strip(), count, EntityType(str(kind)) if kind else None)
