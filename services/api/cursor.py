"""Cursors: where a page of edges ended, as text that goes into a URL."""

import base64
import binascii

import orjson

from core.errors import InvalidError


def encode_cursor(relation: str, entity_id: str) -> str:
    """Return the cursor of the page that follows an edge."""
    return base64.urlsafe_b64encode(orjson.dumps([relation, entity_id])).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[str, str]:
    """Return the edge that the page follows.

    Raises:
        InvalidError: where the text is not a cursor that `encode_cursor` made.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        value = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError) as error:
        raise InvalidError("cursor: take it from `next_cursor` of the page before") from error
    match value:
        case [str(relation), str(entity_id)] if "\0" not in relation + entity_id:
            return relation, entity_id
    raise InvalidError("cursor: take it from `next_cursor` of the page before")
