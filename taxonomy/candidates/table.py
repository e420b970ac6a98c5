"""Counts of n-grams of one length as sorted arrays: merged bucket by bucket, pruned as lossy counting does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Table:
    """`keys` ascend; `tokens` is rows x words; `counts` is rows x statistics, the first of them the occurrences.

    `missed` is the most occurrences of a row that may have gone uncounted before the row came in.
    """

    keys: Keys
    tokens: NDArray[np.int32]
    counts: NDArray[np.int32]
    missed: NDArray[np.int32]

    def __len__(self) -> int:
        """Return how many n-grams there are."""
        return len(self.keys)

    def rows_of(self, keys: Keys) -> NDArray[np.int64]:
        """Return the row of each key, -1 where there is none."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[rows] == keys, rows, -1)

    def where(self, kept: NDArray[np.bool_]) -> "Table":
        """Return the rows that are kept."""
        return Table(self.keys[kept], self.tokens[kept], self.counts[kept], self.missed[kept])

    def merged(self, new: "Table") -> "Table":
        """Return both tables as one; rows of one key are added up."""
        rows = self.rows_of(new.keys)
        known = rows >= 0
        counts = self.counts.copy()
        counts[rows[known]] += new.counts[known]
        fresh = new.where(~known)
        places = np.searchsorted(self.keys, fresh.keys)
        return Table(
            np.insert(self.keys, places, fresh.keys),
            np.insert(self.tokens, places, fresh.tokens, axis=0),
            np.insert(counts, places, fresh.counts, axis=0),
            np.insert(self.missed, places, fresh.missed),
        )


def empty_table(words: int, statistics: int) -> Table:
    """Return a table without rows."""
    return Table(
        np.zeros(0, np.uint64),
        np.zeros((0, words), np.int32),
        np.zeros((0, statistics), np.int32),
        np.zeros(0, np.int32),
    )
