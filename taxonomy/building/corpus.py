"""What several steps need of the documents: phrases and how many documents have each, token sequences, word vectors."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

import orjson

from core.errors import InvalidError
from taxonomy.building.model import BuildInput
from taxonomy.corpus.model import Document, Encode
from taxonomy.corpus.phrases import PhraseJoiner, fold_phrase, listed_tokens, sentences, text_sentences
from taxonomy.corpus.vectors import Vectors, as_encode, load_vectors, save_vectors, train_vectors

_JOINED_FROM: Final = 5
"""A value of several words is one token from this many documents on."""
_MOST_VALUES: Final = 2_000_000
"""Different values that are counted at once; then those seen once are dropped (as lossy counting does)."""
_LONGEST_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a field, folded."""

    field: str
    text: str


def count_values(documents: Iterable[Document]) -> dict[Value, int]:
    """Return how many documents have each value; of more than two million different ones the rare may be missing."""
    counts: Counter[Value] = Counter()
    for document in documents:
        counts.update(
            {
                Value(field, folded)
                for field, texts in document.fields.items()
                for text in texts
                if (folded := fold_phrase(text)) and folded.count(" ") < _LONGEST_WORDS
            }
        )
        if len(counts) > _MOST_VALUES:
            counts = Counter({value: count for value, count in counts.items() if count > 1})
    return dict(counts)


def values_of(build: BuildInput) -> dict[Value, int]:
    """Return how many documents have each value: as the work folder has it, or counted now and kept there."""
    path = build.work_dir / "values.json"
    try:
        return {Value(field, text): count for field, text, count in orjson.loads(path.read_bytes())}
    except (OSError, ValueError):
        build.on_step("counting the values of fields")
    values = count_values(build.documents())
    build.work_dir.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(orjson.dumps([(value.field, value.text, count) for value, count in values.items()]))
    partial.rename(path)
    return values


def joined_phrases(values: Mapping[Value, int]) -> frozenset[str]:
    """Return the values of several words that are common enough to be one token each."""
    return frozenset(value.text for value, count in values.items() if " " in value.text and count >= _JOINED_FROM)


def token_sequences(build: BuildInput, phrases: frozenset[str]) -> Iterator[list[str]]:
    """Yield the token sequences of as many documents as vectors are learned from."""
    return sentences(islice(build.documents(), build.policy.vector_documents), phrases)


def genres(build: BuildInput, phrases: frozenset[str]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the token sequences of the lists in the documents' fields, and those of their running text.

    What stands around a phrase in a list is not what stands around it in a sentence, whatever it means.
    """
    fields, texts = list[list[str]](), list[list[str]]()
    joiner = PhraseJoiner(phrases)
    for document in islice(build.documents(), build.policy.vector_documents):
        if values := listed_tokens(document, joiner):
            fields.append(values)
        texts += text_sentences(document, joiner)
    return fields, texts


def word_vectors(build: BuildInput, phrases: frozenset[str]) -> Encode:
    """Return the word vectors of the documents: those of the work folder, or learned now and kept there."""
    folder = build.work_dir / "vectors"
    vectors = _kept(build)
    if vectors is None:
        build.on_step("learning word vectors")
        vectors = train_vectors(lambda: token_sequences(build, phrases), build.policy.vectors, seed=build.policy.seed)
        save_vectors(vectors, folder)
    return as_encode(vectors)


def _kept(build: BuildInput) -> Vectors | None:
    try:
        return load_vectors(build.work_dir / "vectors")
    except InvalidError:
        return None
