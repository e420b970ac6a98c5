"""Read documents from files of any size: JSON Lines or one string a line, plain or gzipped, line by line.

What a line holds can only reject that line. What makes the rest of a file unreadable (a damaged gzip, no file at all)
is an `InvalidError` that names the file. Memory is bounded by the longest line that is allowed.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from core.errors import InvalidError
from taxonomy.corpus.model import Document, RejectedLine

MAX_LINE_BYTES: Final = 2_000_000
"""Longer lines are rejected without being held."""

ID_KEYS: Final = ("member_id", "job_id", "id")
"""Where the id of a document is looked for, in this order; a line without one is named by file and line."""

FIELD_OF_KEY: Final[Mapping[str, str]] = {
    "titles": "titles",
    "title": "titles",
    "companies": "companies",
    "company": "companies",
    "org": "companies",
    "schools": "schools",
    "school": "schools",
    "degrees": "degrees",
    "degree": "degrees",
    "locations": "locations",
    "location": "locations",
    "locality": "locations",
    "skills": "skills",
    "fields_of_study": "fields_of_study",
    "languages": "languages",
    "certificates": "certificates",
}
"""The field that the values of a key belong to; a value is a string or a list of strings."""

TEXT_KEYS: Final = ("headline", "text", "summary", "description")
"""Keys of running text; several are joined by line ends."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WHOLE_STRINGS: Final = ".txt"


class _RejectedError(Exception):
    """A line is no document; the message says why."""


def read_documents(path: Path, *, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[Document | RejectedLine]:
    """Yield the documents of a file, and the lines that are none; blank lines are passed over.

    A file that ends in `.txt` or `.txt.gz` holds one skill a line; any other is read as JSON Lines.

    Raises:
        InvalidError: where there is no such file, or its gzip data is damaged or cut off.
    """
    strings = path.name.removesuffix(".gz").endswith(_WHOLE_STRINGS)
    for line, data in read_lines(path, max_line_bytes):
        if isinstance(data, RejectedLine):
            yield data
            continue
        try:
            yield _skill_of(data, path.name, line) if strings else _document_of(data, path.name, line)
        except _RejectedError as error:
            yield RejectedLine(path.name, line, str(error))


def read_lines(path: Path, limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes | RejectedLine]]:
    """Yield (number, content without blanks at its ends) of the lines that hold something; `limit` is in bytes.

    Raises:
        InvalidError: where there is no such file, or its gzip data is damaged or cut off.
    """
    line = 0
    try:
        with path.open("rb") as raw:
            stream: BinaryIO = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw  # type: ignore[assignment]
            while data := stream.readline(limit + 1):
                line += 1
                if len(data) > limit and not data.endswith(b"\n"):
                    _skip_rest(stream, limit)
                    yield line, RejectedLine(path.name, line, f"the line is longer than {limit} bytes")
                    continue
                if content := (data.removeprefix(_BYTE_ORDER_MARK) if line == 1 else data).strip():
                    yield line, content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidError(f"{path.name}: the gzip data is damaged or cut off after line {line} ({error})") from error
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror or error}") from error
    if line == 0:
        yield 1, RejectedLine(path.name, 1, "the file is empty")


def _skip_rest(stream: BinaryIO, limit: int) -> None:
    while (data := stream.readline(limit)) and not data.endswith(b"\n"):
        pass


def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _RejectedError(f"byte 0x{data[error.start]:02x} is not valid UTF-8") from error
    if "\0" in text:
        raise _RejectedError("the line holds the character NUL; is this a text file in UTF-8?")
    return text


def _skill_of(data: bytes, file: str, line: int) -> Document:
    return Document(f"{file}:{line}", {"skills": (_decoded(data),)})


def _document_of(data: bytes, file: str, line: int) -> Document:
    try:
        content = orjson.loads(_decoded(data))
    except orjson.JSONDecodeError as error:
        raise _RejectedError(f"not JSON: {error}") from error
    if not isinstance(content, dict):
        raise _RejectedError(f"a JSON object was expected, not {type(content).__name__}")
    if "specversion" in content:
        content = _inside(content)
    fields: dict[str, tuple[str, ...]] = {}
    for key, field in FIELD_OF_KEY.items():
        if key in content:
            fields[field] = fields.get(field, ()) + _strings(content[key], key)
    texts = [text for key in TEXT_KEYS if key in content for text in _strings(content[key], key)]
    if not any(key in content for key in (*ID_KEYS, *FIELD_OF_KEY, *TEXT_KEYS)):
        raise _RejectedError("none of the keys of a profile or posting")
    filled = {field: values for field, values in fields.items() if values}
    return Document(_id_of(content, f"{file}:{line}"), filled, "\n".join(texts))


def _inside(envelope: Mapping[str, object]) -> dict[str, object]:
    """Return the document in an event (CloudEvents), with its subject as id."""
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise _RejectedError("an event without a document, such as a deletion")
    return {**data, "id": envelope.get("subject")}


def _id_of(content: Mapping[str, object], otherwise: str) -> str:
    for key in ID_KEYS:
        value = content.get(key)
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, str | int) and (text := _clean(str(value))):
            return text
    return otherwise


def _strings(value: object, key: str) -> tuple[str, ...]:
    """Return the strings of a value without outer blanks and without empty ones.

    Raises:
        _RejectedError: where the value is no string, no list of strings and not null.
    """
    if value is None:
        return ()
    texts = []
    for item in value if isinstance(value, list) else [value]:
        # What a person chose from a list is an object with the text that was shown.
        shown = item.get("text") if isinstance(item, dict) else item
        if not isinstance(shown, str):
            raise _RejectedError(f"{key!r} must be a string or a list of strings, and holds {type(item).__name__}")
        if text := _clean(shown):
            texts.append(text)
    return tuple(texts)


def _clean(text: str) -> str:
    """Return a text without outer blanks; NUL, which no database keeps, becomes a blank."""
    return text.replace("\0", " ").strip()
