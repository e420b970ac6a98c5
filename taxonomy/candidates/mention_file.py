"""Read texts that resolved to nothing from JSON Lines, plain or gzipped, line by line.

A line is `{"text", "type", "count"}`, of which type and count may be missing, or an answer of `canonym standardize` or
of the API, with `mentions`, of which those that are not linked count once each.
"""

from collections.abc import Iterator
from pathlib import Path

import orjson

from taxonomy.candidates.mentions import Mention
from taxonomy.corpus.model import RejectedLine
from taxonomy.corpus.reading import read_lines
from taxonomy.model import EntityType


class _RejectedError(Exception):
    """A line is of no known form; the message says why."""


def read_mentions(path: Path) -> Iterator[Mention | RejectedLine]:
    """Yield the unresolved texts of a file, and the lines that hold none; blank lines are passed over.

    Raises:
        InvalidError: where there is no such file, or its gzip data is damaged or cut off.
    """
    for line, data in read_lines(path):
        if isinstance(data, RejectedLine):
            yield data
            continue
        try:
            found = _mentions_of(data)
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
