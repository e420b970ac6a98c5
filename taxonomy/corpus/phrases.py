"""From text to folded tokens, phrases, n-grams, and the sentences that word vectors are learned from.

A text is cut into sentences, a sentence into segments at what no phrase runs across (commas, brackets, bullets), a
segment into tokens. A token is folded: lower case, no diacritics, no inner dots. A phrase is folded tokens joined by
single blanks, so that it equals the key that the standardizer finds aliases by.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from taxonomy.corpus.model import Document

MAX_NGRAM: Final = 5
"""Words of the longest n-gram that is looked at."""
_CACHED_CHARACTERS: Final = 40

_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
_MARKS: Final = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u200b-\u200d\u2060\ufeff\u00ad"

PIECE: Final = re.compile(
    r"[A-Za-z0-9]+(?=[ ,])"  # the plain word, first for speed: the others would find it too
    rf"|(?<![\w.])[^\W\d_{_CJK}](?:\.[^\W\d_{_CJK}]{{1,5}})+(?!\w)"  # B.Sc, M.B.A, e.g
    rf"|(?:[^\W_{_CJK}]|[{_MARKS}])+(?:[+#]+(?!\w))?"  # words, numbers, c++, c#
    rf"|[{_CJK}]"
    rf"|(?<![\w.])\.(?=[^\W\d_])[^\W_]+"  # .net
    r"|(?<=\s)[\u2013\u2014-]+(?=\s)"  # a dash between blanks
    r"|(?:(?!(?<![\w.])\.[^\W\d_])[^\w\s'\u2019&/+_\u2013-])+|\n\s*"  # what ends a segment
)
"""A token, or what ends a segment: punctuation other than what stands inside phrases, or the end of a line."""

_SENTENCE_END: Final = re.compile(r"[.!?…\n]")
_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9+#]*\Z")


def tokens(text: str) -> list[str]:
    """Return the folded tokens of a text, in order."""
    return [folded for piece in PIECE.findall(text) if (folded := fold_piece(piece))]


def fold_phrase(text: str) -> str:
    """Return the folded tokens of a text joined by single blanks; empty where it has none."""
    return _fold_phrase_cached(text) if len(text) <= _CACHED_CHARACTERS else " ".join(tokens(text))


def fold_piece(piece: str) -> str:
    """Return a piece of a text folded, empty where it ends a segment."""
    return _fold_cached(piece) if len(piece) <= _CACHED_CHARACTERS else _fold(piece)


def ends_sentence(piece: str) -> bool:
    """Whether a piece that ends a segment ends the sentence too."""
    return _SENTENCE_END.search(piece) is not None


def segments(text: str) -> list[list[str]]:
    """Return the folded tokens of each segment of a text; no phrase runs across the end of one."""
    return [segment for sentence in sentence_segments(text) for segment in sentence]


def sentence_segments(text: str) -> list[list[list[str]]]:
    """Return the segments of each sentence of a text; no sentence and no segment is empty."""
    sentences: list[list[list[str]]] = []
    sentence: list[list[str]] = []
    segment: list[str] = []
    for piece in PIECE.findall(text):
        if folded := fold_piece(piece):
            segment.append(folded)
            continue
        if segment:
            sentence.append(segment)
            segment = []
        if sentence and ends_sentence(piece):
            sentences.append(sentence)
            sentence = []
    if segment:
        sentence.append(segment)
    return [*sentences, sentence] if sentence else sentences


def ngrams(words: Sequence[str], *, longest: int = MAX_NGRAM) -> Iterator[str]:
    """Yield every n-gram of a segment as a phrase, from 1 to `longest` words."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            yield " ".join(words[start:end])


class PhraseJoiner:
    """Joins the words of known phrases, the longest phrase first, from left to right.

    `phrases` are folded texts; what is no phrase stays single words. Linear in the words times the longest phrase.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._longest: dict[str, int] = {}
        self._phrases: set[str] = set()
        for phrase in phrases:
            words = phrase.split()
            if len(words) > 1:
                self._phrases.add(phrase)
                self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def join(self, words: Sequence[str]) -> list[str]:
        """Return the words of a segment with those of each known phrase joined by blanks."""
        joined = []
        start = 0
        while start < len(words):
            end = min(start + self._longest.get(words[start], 1), len(words))
            while end > start + 1 and " ".join(words[start:end]) not in self._phrases:
                end -= 1
            joined.append(" ".join(words[start:end]))
            start = end
        return joined


def sentences(documents: Iterable[Document], phrases: AbstractSet[str]) -> Iterator[list[str]]:
    """Yield token sequences for learning word vectors, known phrases joined to one token each.

    The values of a document's fields make one sequence, so that each value has the others as its context: a value
    that is a known phrase is one token, any other its words and the known phrases in it. Each sentence of the running
    text is a sequence of its own.
    """
    joiner = PhraseJoiner(phrases)
    for document in documents:
        if values := listed_tokens(document, joiner):
            yield values
        yield from text_sentences(document, joiner)


def listed_tokens(document: Document, joiner: PhraseJoiner) -> list[str]:
    """Return the tokens of all values of a document's fields, in order."""
    return [
        token
        for field in document.fields.values()
        for value in field
        for segment in segments(value)
        for token in joiner.join(segment)
    ]


def text_sentences(document: Document, joiner: PhraseJoiner) -> Iterator[list[str]]:
    """Yield the tokens of each sentence of a document's running text."""
    for sentence in sentence_segments(document.text):
        yield [token for segment in sentence for token in joiner.join(segment)]


@lru_cache(maxsize=200_000)
def _fold_phrase_cached(text: str) -> str:
    return " ".join(tokens(text))


@lru_cache(maxsize=200_000)
def _fold_cached(piece: str) -> str:
    return _fold(piece)


def _fold(piece: str) -> str:
    lowered = piece.casefold()
    if _PLAIN.match(lowered):
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    bare = "".join([character for character in decomposed if character.isalnum() or character in "+#"])
    if not any(character.isalnum() for character in bare):
        return ""
    if lowered.startswith("."):
        bare = f".{bare}"
    return unicodedata.normalize("NFC", bare).casefold()
