"""Count n-grams of documents in one pass and bounded memory.

Lossy counting (Manku and Motwani 2002, "Approximate frequency counts over data streams"): documents come in buckets
of a fixed number of tokens, and after bucket b every n-gram whose count and possible miss together are at most b is
dropped. So of a corpus of N tokens no n-gram is missing that occurs more than N / `bucket_tokens` + 1 times, no
count is too high, and none is too low by more than that. At most about `bucket_tokens` x log(buckets) n-grams of
each length are held.

Within a bucket an n-gram is looked at only where both n-grams of one word less are kept: what the rule would drop at
the end of the bucket is not counted at all. N-grams are told apart by a 64-bit hash of their tokens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.candidates.bucket import FIELDS, RUNNING_TEXT, STATISTICS, Bucket, Stream, ahead, statistics_of, stream_of
from taxonomy.candidates.table import Keys, Table, empty_table
from taxonomy.candidates.vocabulary import VALUE_END, VALUE_MARK, Pieces
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import MAX_NGRAM, PIECE

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX: Final = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class CountingPolicy:
    """How n-grams are counted.

    `bucket_tokens` trades memory for exactness; `max_words` is the longest n-gram of running text and `max_value_words`
    of a whole value; `max_pieces` the most different pieces that are kept in mind before rare ones are forgotten.
    """

    bucket_tokens: int = 4_000_000
    max_words: int = MAX_NGRAM
    max_value_words: int = 8
    max_pieces: int = 2_000_000


@dataclass(frozen=True, slots=True)
class NgramCounts:
    """What was counted: a table for each number of words from 1, texts of the tokens, and totals.

    `uncertainty` is the most by which a count may be too low.
    """

    tables: tuple[Table, ...]
    texts: dict[int, str]
    tokens: int
    documents: int
    uncertainty: int

    def phrase(self, words: int, row: int) -> str:
        """Return the folded text of a row of the table of so many words."""
        return " ".join(self.texts[token] for token in self.tables[words - 1].tokens[row].tolist())


class NgramCounter:
    """Counts the n-grams of documents that are added one after the other."""

    def __init__(self, policy: CountingPolicy | None = None) -> None:
        self._policy = policy or CountingPolicy()
        self._pieces = Pieces()
        self._tables = [empty_table(words, len(STATISTICS)) for words in range(1, self._policy.max_value_words + 1)]
        self._bucket = Bucket()
        self._buckets = 0
        self._tokens = 0
        self._documents = 0

    def add(self, document: Document) -> None:
        """Count the n-grams of a document."""
        for number, name in enumerate(FIELDS):
            if name in document.fields:
                self._add_stretch(VALUE_MARK.join((*document.fields[name], "")), number)
        if document.text:
            self._add_stretch(document.text + VALUE_MARK, RUNNING_TEXT)
        self._documents += 1
        if len(self._bucket.pieces) >= self._policy.bucket_tokens:
            self._empty_bucket()

    def counts(self) -> NgramCounts:
        """Return what was counted so far."""
        if self._bucket.pieces:
            self._empty_bucket()
        return NgramCounts(
            tuple(self._tables), dict(self._pieces.texts), self._tokens, self._documents, max(1, self._buckets)
        )

    def _add_stretch(self, text: str, number: int) -> None:
        found = PIECE.findall(text)
        self._bucket.pieces.extend(map(self._pieces.__getitem__, found))
        self._bucket.lengths.append(len(found))
        self._bucket.fields.append(number)
        self._bucket.documents.append(self._documents)

    def _empty_bucket(self) -> None:
        self._buckets += 1
        stream = stream_of(self._bucket, self._pieces)
        self._bucket = Bucket()
        self._tokens += int((stream.tokens >= 0).sum())
        keys = _mixed(stream.tokens.astype(np.uint64))
        kept = stream.tokens >= 0
        for words in range(1, self._policy.max_value_words + 1):
            keys, kept = self._count(stream, keys, kept, words)
        self._prune()

    def _count(self, stream: Stream, keys: Keys, kept: NDArray[np.bool_], words: int) -> tuple[Keys, NDArray[np.bool_]]:
        """Count the n-grams of so many words, given the keys of those of one word less and where they are kept."""
        if words > 1:
            keys = _mixed(keys * _MULTIPLIER + ahead(stream.tokens, words - 1).astype(np.uint64))
        if words > self._policy.max_words:
            kept = kept & stream.starts_value & (ahead(stream.tokens, words - 1) >= 0)
            self._tables[words - 1], _ = self._counted(
                stream, keys, np.flatnonzero(kept & (ahead(stream.tokens, words) == VALUE_END)), words
            )
            return keys, kept
        if words > 1:
            kept = kept & np.append(kept[1:], False)
        self._tables[words - 1], places = self._counted(stream, keys, np.flatnonzero(kept), words)
        kept = np.zeros(len(kept), np.bool_)
        kept[places] = True
        return keys, kept

    def _counted(
        self, stream: Stream, keys: Keys, places: NDArray[np.int64], words: int
    ) -> tuple[Table, NDArray[np.int64]]:
        """Return the table with the n-grams at these places added, and the places of those that are no singletons."""
        table = self._tables[words - 1]
        unique, group = _grouped(keys[places])
        frequent = (np.bincount(group, minlength=len(unique)) > 1) | (table.rows_of(unique) >= 0)
        here = frequent[group]
        renumbered = (np.cumsum(frequent) - 1)[group[here]]
        new = _table_of(stream, unique[frequent], renumbered, places[here], words)
        new.missed[:] = self._buckets - 1
        return table.merged(new), places[here]

    def _prune(self) -> None:
        self._tables = [
            table.where(table.counts[:, 0] + table.missed > self._buckets) if len(table) else table
            for table in self._tables
        ]
        if len(self._pieces) > self._policy.max_pieces:
            self._pieces.keep_tokens(self._tables[0].tokens[:, 0])


def count_ngrams(documents: Iterable[Document], policy: CountingPolicy | None = None) -> NgramCounts:
    """Return the n-grams of documents, which are gone through once."""
    counter = NgramCounter(policy)
    for document in documents:
        counter.add(document)
    return counter.counts()


def _mixed(keys: Keys) -> Keys:
    """Return 64-bit numbers with their bits well mixed (the finish of SplitMix64, Steele et al. 2014)."""
    mixed = (keys + _MULTIPLIER) ^ ((keys + _MULTIPLIER) >> np.uint64(30))
    mixed *= _FIRST_MIX
    mixed ^= mixed >> np.uint64(27)
    mixed *= _SECOND_MIX
    mixed ^= mixed >> np.uint64(31)
    return mixed


def keys_of(tokens: NDArray[np.int32]) -> Keys:
    """Return the key of each row of tokens, n-grams x words, as the tables hold them."""
    keys = _mixed(tokens[:, 0].astype(np.uint64))
    for word in range(1, tokens.shape[1]):
        keys = _mixed(keys * _MULTIPLIER + tokens[:, word].astype(np.uint64))
    return keys


def _grouped(keys: Keys) -> tuple[Keys, NDArray[np.int64]]:
    """Return the different keys, ascending, and for each key the number of its own."""
    order = np.argsort(keys)
    ordered = keys[order]
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    group = np.empty(len(ordered), np.int64)
    group[order] = np.cumsum(first) - 1
    return ordered[first], group


def _table_of(stream: Stream, keys: Keys, group: NDArray[np.int64], places: NDArray[np.int64], words: int) -> Table:
    """Return the table of n-grams at places, of which each belongs to a group: the row of its key."""
    rows = len(keys)
    example = np.zeros(rows, np.int64)
    example[group] = places
    tokens = stream.tokens[example[:, None] + np.arange(words)]
    return Table(keys, tokens, statistics_of(stream, group, places, words, rows), np.zeros(rows, np.int32))
