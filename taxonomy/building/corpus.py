"""What several steps need of the documents: how many documents have each value, phrases, word vectors."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from core.errors import InvalidError
from taxonomy.building.model import BuildInput
from taxonomy.building.sequences import sequences_of
from taxonomy.corpus.model import Document, Encode
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.corpus.vectors import Vectors, as_encode, load_vectors, save_vectors, train_vectors

_JOINED_FROM: Final = 5
"""A value of several words is one token from this many documents on."""
_MOST_VALUES: Final = 2_000_000
"""Different values that are counted at once; then those seen once are dropped (as lossy counting does)."""
_CHECKED_EVERY: Final = 1_000
_LONGEST_WORDS: Final = 6


class Value(NamedTuple):
    """A value of a field, folded."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class CountedValues:
    """How many documents there are, and how many of them have each value."""

    documents: int
    counts: dict[Value, int]


def count_values(documents: Iterable[Document]) -> CountedValues:
    """Return how many documents have each value; of more than two million different ones the rare may be missing."""
    total = 0
    # A counter a field, of strings alone: making and hashing pairs costs more than all else here.
    counts: dict[str, Counter[str]] = {}
    for document in documents:
        total += 1
        for field, texts in document.fields.items():
            counter = counts.setdefault(field, Counter())
            for folded in {fold_phrase(text) for text in texts}:
                if folded and folded.count(" ") < _LONGEST_WORDS:
                    counter[folded] += 1
        if total % _CHECKED_EVERY == 0 and sum(map(len, counts.values())) > _MOST_VALUES:
            counts = {field: Counter({v: n for v, n in some.items() if n > 1}) for field, some in counts.items()}
    return CountedValues(
        total, {Value(field, text): count for field, some in counts.items() for text, count in some.items()}
    )


def values_of(build: BuildInput) -> dict[Value, int]:
    """Return how many documents have each value: as the work folder has it, or counted now and kept there."""
    return counted_of(build).counts


def counted_of(build: BuildInput) -> CountedValues:
    """Return the documents and values counted: as the work folder has it, or counted now and kept there."""
    path = build.work_dir / "values.json"
    try:
        kept = orjson.loads(path.read_bytes())
        return CountedValues(kept["documents"], {Value(field, text): n for field, text, n in kept["values"]})
    except (OSError, ValueError, TypeError, KeyError):
        build.on_step("counting the values of fields")
    counted = count_values(build.documents())
    build.work_dir.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    values = [(value.field, value.text, count) for value, count in counted.counts.items()]
    partial.write_bytes(orjson.dumps({"documents": counted.documents, "values": values}))
    partial.rename(path)
    return counted


def joined_phrases(values: Mapping[Value, int]) -> frozenset[str]:
    """Return the values of several words that are common enough to be one token each."""
    return frozenset(value.text for value, count in values.items() if " " in value.text and count >= _JOINED_FROM)


def word_vectors(build: BuildInput, counted: CountedValues) -> Encode:
    """Return the word vectors of the documents: those of the work folder, or learned now and kept there."""
    folder = build.work_dir / "vectors"
    vectors = _kept(build)
    if vectors is None:
        sequences = sequences_of(build, joined_phrases(counted.counts), counted.documents)
        build.on_step("learning word vectors")
        vectors = train_vectors(sequences.every, build.policy.vectors, seed=build.policy.seed)
        save_vectors(vectors, folder)
    return as_encode(vectors)


def _kept(build: BuildInput) -> Vectors | None:
    try:
        return load_vectors(build.work_dir / "vectors")
    except InvalidError:
        return None
