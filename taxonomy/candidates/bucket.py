"""The documents of a bucket as arrays, and what is to be said of n-grams that stand at places of them."""

from array import array
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.candidates.vocabulary import SEGMENT_END, VALUE_END, Pieces

FIELDS: Final = (
    "skills",
    "titles",
    "companies",
    "schools",
    "degrees",
    "locations",
    "fields_of_study",
    "languages",
    "certificates",
)
"""Delimited fields whose values are counted whole."""

STATISTICS: Final = (
    "count",
    "documents",
    "in_text",
    "inside_sentence",
    "capital",
    "all_capitals",
    "starts_segment",
    "ends_segment",
    "whole_segment",
    *FIELDS,
)
"""What is counted of an n-gram.

`count` and `in_text` are occurrences everywhere and in running text; `documents` the documents that hold it;
`inside_sentence` occurrences in text other than at the start of a sentence, `capital` and `all_capitals` those
written so; `starts_segment`, `ends_segment` and `whole_segment` occurrences in text beside punctuation; each field how
often it is a whole value there.
"""

RUNNING_TEXT: Final = -1
"""In place of the number of a field."""


@dataclass(slots=True)
class Bucket:
    """Pieces of the documents of a bucket, and for each stretch of one text or field its length."""

    pieces: "array[int]" = field(default_factory=lambda: array("i"))
    lengths: "array[int]" = field(default_factory=lambda: array("i"))
    fields: "array[int]" = field(default_factory=lambda: array("i"))
    documents: "array[int]" = field(default_factory=lambda: array("i"))


@dataclass(frozen=True, slots=True)
class Stream:
    """A bucket as arrays, a value each piece; `field` is the number of the field, `RUNNING_TEXT` in running text."""

    tokens: NDArray[np.int32]
    document: NDArray[np.int32]
    field: NDArray[np.int32]
    capital: NDArray[np.bool_]
    all_capitals: NDArray[np.bool_]
    before: NDArray[np.int32]
    """The token before each piece, negative where there is none."""

    @property
    def starts_value(self) -> NDArray[np.bool_]:
        """Whether a piece is the first of a value."""
        starts: NDArray[np.bool_] = (self.before == VALUE_END) & (self.field != RUNNING_TEXT)
        return starts


def stream_of(bucket: Bucket, pieces: Pieces) -> Stream:
    """Return a bucket as arrays."""
    numbers = np.frombuffer(bucket.pieces, np.int32)
    lengths = np.frombuffer(bucket.lengths, np.int32)
    tokens = pieces.tokens(numbers)
    return Stream(
        tokens,
        np.repeat(np.frombuffer(bucket.documents, np.int32), lengths),
        np.repeat(np.frombuffer(bucket.fields, np.int32), lengths),
        pieces.capital(numbers),
        pieces.all_capitals(numbers),
        np.concatenate((np.array([VALUE_END], np.int32), tokens[:-1])),
    )


def ahead(tokens: NDArray[np.int32], words: int) -> NDArray[np.int32]:
    """Return the token so many places ahead of each; every stretch ends in the end of a value, and so does the last."""
    return np.concatenate((tokens[words:], np.full(min(words, len(tokens)), VALUE_END, np.int32)))


def statistics_of(
    stream: Stream, group: NDArray[np.int64], places: NDArray[np.int64], words: int, rows: int
) -> NDArray[np.int32]:
    """Return the `STATISTICS` of n-grams of so many words at places, each of a group: groups x statistics."""
    last = places + words - 1
    before = stream.before[places]
    after = stream.tokens[np.minimum(last + 1, len(stream.tokens) - 1)]
    field_number = stream.field[places]
    in_text = field_number == RUNNING_TEXT
    inside = in_text & ((before >= 0) | (before == SEGMENT_END))
    flags = (
        in_text,
        inside,
        inside & stream.capital[places] & stream.capital[last],
        inside & stream.all_capitals[places] & stream.all_capitals[last],
        in_text & (before < 0),
        in_text & (after < 0),
        in_text & (before < 0) & (after < 0),
    )
    whole = (before == VALUE_END) & (after == VALUE_END) & ~in_text
    by_field = np.bincount(group[whole] * len(FIELDS) + field_number[whole], minlength=rows * len(FIELDS))
    columns = [np.bincount(group, minlength=rows), _documents(stream, group, places, rows)]
    columns += [np.bincount(group[flag], minlength=rows) for flag in flags]
    return np.column_stack([*columns, by_field.reshape(rows, len(FIELDS))]).astype(np.int32)


def _documents(stream: Stream, group: NDArray[np.int64], places: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Return in how many documents each group occurs."""
    if not len(places):
        return np.zeros(rows, np.int64)
    span = int(stream.document[-1]) + 1
    codes = np.sort(group * span + stream.document[places])
    different = np.append(True, codes[1:] != codes[:-1])
    return np.bincount(codes[different] // span, minlength=rows)
