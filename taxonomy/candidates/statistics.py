"""What the counts say of each phrase: how firmly its words hold together, how freely it stands, where it is written.

NPMI: Bouma 2009, "Normalized (pointwise) mutual information in collocation extraction". C-value: Frantzi, Ananiadou
and Mima 2000, "Automatic recognition of multi-word terms". Branching entropy: Jin and Tanaka-Ishii 2006,
"Unsupervised segmentation of Chinese text by use of branching entropy".
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.candidates.bucket import FIELDS, STATISTICS
from taxonomy.candidates.counting import NgramCounts, keys_of
from taxonomy.candidates.table import Table

Column = NDArray[np.float64]

MOST_PHRASES: Final = 400_000
"""Phrases that are looked at, which bounds memory and time for corpora of any size."""

_OF: Final = {name: column for column, name in enumerate(STATISTICS)}


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of a corpus: folded texts, documents that hold each, and features by name, a value a phrase.

    A feature is NaN where it cannot be told: how a phrase is capitalised that never stands inside a sentence.
    """

    texts: tuple[str, ...]
    documents: NDArray[np.int64]
    counts: NDArray[np.int64]
    whole_values: NDArray[np.int64]
    """Phrases x fields: how often each is a whole value."""
    features: dict[str, Column]

    def __len__(self) -> int:
        """Return how many phrases there are."""
        return len(self.texts)


def phrases_of(counts: NgramCounts, *, min_count: int, most: int = MOST_PHRASES) -> Phrases:
    """Return the phrases that occur at least so often, by the number of their words and then by their key.

    Where there are more than `most`, a phrase must occur more often, so that there are no more.
    """
    min_count = max(min_count, _least_count(counts, most))
    parts = [_part(counts, words, min_count) for words in range(1, len(counts.tables) + 1)]
    names = parts[0].features
    return Phrases(
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.documents for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.whole_values for part in parts]),
        {name: np.concatenate([part.features[name] for part in parts]) for name in names},
    )


def _least_count(counts: NgramCounts, most: int) -> int:
    """Return how often a phrase must occur for there to be at most so many."""
    frequencies = np.concatenate([_stat(table, "count") for table in counts.tables])
    if len(frequencies) <= most:
        return 0
    return int(np.partition(frequencies, len(frequencies) - most - 1)[len(frequencies) - most - 1]) + 1


def _part(counts: NgramCounts, words: int, min_count: int) -> Phrases:
    whole = counts.tables[words - 1]
    kept = whole.counts[:, 0] >= min_count
    table = whole.where(kept)
    extensions = _extensions(counts, words, kept)
    features = {
        **_frequency(table, counts),
        **_cohesion(table, counts),
        **{name: values[kept] for name, values in extensions.items()},
        **_writing(table),
        **_words(table, counts),
    }
    features["c_value"] = np.log1p(np.maximum(0.0, features.pop("unnested") * np.log2(words + 1)))
    texts = tuple(" ".join(map(counts.texts.__getitem__, row)) for row in table.tokens.tolist())
    features["characters"] = np.array([len(text) for text in texts], float)
    features["digits"] = np.array([sum(map(str.isdigit, text)) / max(1, len(text)) for text in texts], float)
    return Phrases(texts, _stat(table, "documents"), _stat(table, "count"), _fields(table), features)


def _stat(table: Table, name: str) -> NDArray[np.int64]:
    return table.counts[:, _OF[name]].astype(np.int64)


def _fields(table: Table) -> NDArray[np.int64]:
    return table.counts[:, [_OF[name] for name in FIELDS]].astype(np.int64)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Column:
    """Return part / whole, NaN where the whole is nothing."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _frequency(table: Table, counts: NgramCounts) -> dict[str, Column]:
    documents = _stat(table, "documents")
    return {
        "words": np.full(len(table), table.tokens.shape[1], float),
        "log_count": np.log(np.maximum(_stat(table, "count"), 1)),
        "idf": np.log((1 + counts.documents) / (1 + documents)),
        "repetition": np.log(np.maximum(_stat(table, "count"), 1) / np.maximum(documents, 1)),
        "in_text": _share(_stat(table, "in_text"), _stat(table, "count")),
    }


def _writing(table: Table) -> dict[str, Column]:
    in_text, inside = _stat(table, "in_text"), _stat(table, "inside_sentence")
    in_fields = _stat(table, "count") - in_text
    features = {name: _share(_stat(table, name), inside) for name in ("capital", "all_capitals")}
    features |= {name: _share(_stat(table, name), in_text) for name in ("starts_segment", "ends_segment")}
    features["whole_segment"] = _share(_stat(table, "whole_segment"), in_text)
    features["whole_value"] = _share(_fields(table).sum(axis=1), in_fields)
    features |= {f"log_{name}": np.log1p(_stat(table, name)) for name in FIELDS}
    return features


def _cohesion(table: Table, counts: NgramCounts) -> dict[str, Column]:
    """How firmly the words hold together: NPMI of all words, and of the two parts at the weakest seam."""
    words = table.tokens.shape[1]
    if words == 1 or not len(table):
        return {"npmi": np.zeros(len(table)), "weakest_npmi": np.zeros(len(table))}
    total = max(1, counts.tokens)
    here = np.log(np.maximum(_stat(table, "count"), 1) / total)
    alone = sum(_log_share(counts, table.tokens[:, [word]], total) for word in range(words))
    seams = [
        here - _log_share(counts, table.tokens[:, :seam], total) - _log_share(counts, table.tokens[:, seam:], total)
        for seam in range(1, words)
    ]
    return {"npmi": (here - alone) / (-here * (words - 1)), "weakest_npmi": np.min(seams, axis=0) / -here}


def _log_share(counts: NgramCounts, tokens: NDArray[np.int32], total: int) -> Column:
    """Return the logarithm of the share of n-grams, as one occurrence where they are not in their table."""
    table = counts.tables[tokens.shape[1] - 1]
    rows = table.rows_of(keys_of(tokens))
    found = np.where(rows >= 0, _stat(table, "count")[np.maximum(rows, 0)] if len(table) else 1, 1)
    return np.asarray(np.log(found / total))


def _extensions(counts: NgramCounts, words: int, kept: NDArray[np.bool_]) -> dict[str, Column]:
    """What stands beside an n-gram, told by the n-grams of one word more: a value for every row of the table.

    Occurrences whose extension was too rare to be held count as one each; the end of a segment is a neighbour that
    differs each time. NaN where no longer n-grams were counted.
    """
    table = counts.tables[words - 1]
    count = _stat(table, "count").astype(float)
    longer = counts.tables[words] if words < len(counts.tables) else None
    if longer is None or not len(longer) or not len(table):
        unknown = np.full(len(kept), np.nan)
        return {"left_entropy": unknown, "right_entropy": unknown, "completeness": unknown, "unnested": count}
    right = table.rows_of(keys_of(longer.tokens[:, :-1]))
    left = table.rows_of(keys_of(longer.tokens[:, 1:]))
    frequency = _stat(longer, "count").astype(float)
    largest = np.zeros(len(table))
    for rows in (left, right):
        np.maximum.at(largest, rows[rows >= 0], frequency[rows >= 0])
    around = np.bincount(left[left >= 0], frequency[left >= 0], len(table))
    around += np.bincount(right[right >= 0], frequency[right >= 0], len(table))
    kinds = np.bincount(left[left >= 0], minlength=len(table)) + np.bincount(right[right >= 0], minlength=len(table))
    return {
        "left_entropy": _entropy(left, frequency, count),
        "right_entropy": _entropy(right, frequency, count),
        "completeness": 1 - np.minimum(1.0, largest / np.maximum(count, 1)),
        "unnested": count - around / np.maximum(kinds, 1),
    }


def _entropy(rows: NDArray[np.int64], frequency: Column, count: Column) -> Column:
    """Return the entropy in bits of what stands on one side of each n-gram."""
    found = rows >= 0
    share = frequency[found] / count[rows[found]]
    known = np.bincount(rows[found], -share * np.log2(share), len(count))
    rest = np.maximum(0.0, 1 - np.bincount(rows[found], share, len(count)))
    entropy: Column = known + rest * np.log2(np.maximum(count, 1))
    return entropy


def _words(table: Table, counts: NgramCounts) -> dict[str, Column]:
    """What kind of words begin and end a phrase and what the rarest and the most common of them is."""
    single = counts.tables[0]
    if not len(table):
        none = np.zeros(0)
        names = ("first_idf", "last_idf", "rarest_idf", "commonest_idf", "first_value", "last_value")
        return dict.fromkeys((*names, "first_starts", "last_ends"), none)
    rows = np.column_stack([single.rows_of(keys_of(table.tokens[:, [word]])) for word in range(table.tokens.shape[1])])
    idf = np.log((1 + counts.documents) / (1 + _stat(single, "documents")))[rows]
    whole = (_fields(single).sum(axis=1) / np.maximum(_stat(single, "count"), 1))[rows]
    starts = (_stat(single, "starts_segment") / np.maximum(_stat(single, "in_text"), 1))[rows]
    ends = (_stat(single, "ends_segment") / np.maximum(_stat(single, "in_text"), 1))[rows]
    return {
        "first_idf": idf[:, 0],
        "last_idf": idf[:, -1],
        "rarest_idf": idf.max(axis=1),
        "commonest_idf": idf.min(axis=1),
        "first_value": whole[:, 0],
        "last_value": whole[:, -1],
        "first_starts": starts[:, 0],
        "last_ends": ends[:, -1],
    }
