"""Token sequences of an even sample of the documents, made once and kept on disk, whatever their number.

They are gone through many times (an epoch of word vectors each), and reading them back costs a tenth of making them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from taxonomy.building.model import BuildInput
from taxonomy.corpus.phrases import PhraseJoiner, listed_tokens, text_sentences


@dataclass(frozen=True, slots=True)
class Sequences:
    """A file of one document a line: the tokens of its fields, then those of each sentence of its running text.

    What stands around a phrase in a list is not what stands around it in a sentence, whatever it means: so both can be
    read apart.
    """

    path: Path

    def every(self) -> Iterator[list[str]]:
        """Yield all sequences, document by document."""
        for listed, sentences in self._documents():
            if listed:
                yield listed
            yield from sentences

    def listed(self) -> Iterator[list[str]]:
        """Yield the tokens of the fields of each document that has any."""
        return (listed for listed, _ in self._documents() if listed)

    def running(self) -> Iterator[list[str]]:
        """Yield the tokens of each sentence of running text."""
        return (sentence for _, sentences in self._documents() for sentence in sentences)

    def _documents(self) -> Iterator[tuple[list[str], list[list[str]]]]:
        with self.path.open("rb") as file:
            for line in file:
                yield orjson.loads(line)


def sequences_of(build: BuildInput, phrases: frozenset[str], documents: int) -> Sequences:
    """Return the sequences of as many documents as vectors are learned from, out of so many, evenly spread.

    Of the work folder, or made now and kept there, known phrases joined to one token each.
    """
    path = build.work_dir / "sequences.jsonl"
    if path.exists():
        return Sequences(path)
    wanted = min(build.policy.vector_documents, documents)
    build.on_step(f"token sequences of {wanted:,} documents")
    joiner = PhraseJoiner(phrases)
    build.work_dir.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        for number, document in enumerate(build.documents()):
            if number * wanted // documents != (number + 1) * wanted // documents:
                sequences = listed_tokens(document, joiner), list(text_sentences(document, joiner))
                file.write(orjson.dumps(sequences) + b"\n")
    partial.rename(path)
    return Sequences(path)
