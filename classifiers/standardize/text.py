"""Cut text into tokens that know where they stand, and fold each to the form that aliases are compared in.

Offsets are characters of the text as given, so folding may change lengths freely. All steps are linear in the
length of the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html import unescape
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u200b-\u200d\u2060\ufeff\u00ad"
_WORD = rf"(?:[^\W_{_CJK}]++|[{_MARKS}]++)++"
"""Possessive: a word of a million letters would otherwise keep a million places to go back to."""

TOKEN = re.compile(
    rf"(?<![\w.])[^\W\d_{_CJK}](?:\.[^\W\d_{_CJK}]{{1,5}}+(?!\w))++"  # B.Sc, M.B.A, e.g
    rf"|[{_CJK}]"
    rf"|(?<![\w.])\.(?=[^\W\d_]){_WORD}"  # .net
    rf"|{_WORD}(?:[+#]+(?!\w))?"  # c++, c#, words, numbers
)
"""A token: a dotted abbreviation, one CJK character, a name such as .net, or a word with its + or #."""

_CACHED_CHARACTERS = 40
"""Longer tokens are folded each time, so that hostile text cannot fill the cache with megabytes."""

_PLAIN = re.compile(r"[A-Za-z0-9 ]*\Z")
_PLAIN_ASCII = re.compile(r"[a-z0-9+#]+\Z")


_REFERENCE = re.compile(r"&(?:amp|quot|apos|nbsp|lt|gt|#(?:3[2489]|96|160|x2[267]|x3[cCeE]));")
"""What web pages write for a sign that is no letter."""


def without_references(text: str) -> str:
    """Return a text with the signs that references of HTML stand for, blanks after each, so that offsets stay."""
    return _REFERENCE.sub(_sign, text) if "&" in text else text


def _sign(match: re.Match[str]) -> str:
    return unescape(match.group()).ljust(len(match.group()))


SIGN = re.compile(r"[/,;|]")
"""What parts words without a name around it: in `Python/Django`, or in a list."""


class Token(NamedTuple):
    """A folded token and the characters that it covers: from `start` to before `end`. A tuple: they are many."""

    folded: str
    start: int
    end: int


class Words(NamedTuple):
    """The tokens of a running text in columns: `folded` ones, and the characters from `starts` to before `ends`.

    A megabyte has half a million of them. As tuples they would each be an object that the collector of garbage looks
    at, with everything else in the process, again and again while the text is read.
    """

    folded: list[str]
    starts: list[int]
    ends: list[int]


def running_words(text: str) -> Words:
    """Return the tokens of a running text, in order."""
    words = Words([], [], [])
    for match in TOKEN.finditer(text):
        if folded := fold_token(match.group()):
            words.folded.append(folded)
            words.starts.append(match.start())
            words.ends.append(match.end())
    return words


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, in order."""
    if is_plain(text):
        return _words_of(text)
    # Not by way of columns: the values of fields have a word or two, and that takes half as long again.
    return [Token(folded, *match.span()) for match in TOKEN.finditer(text) if (folded := fold_token(match.group()))]


def is_plain(text: str) -> bool:
    """Whether a text has nothing but ASCII letters, digits and blanks: then its words are its tokens."""
    return _PLAIN.match(text) is not None


def _words_of(text: str) -> list[Token]:
    """Return the tokens of a plain text, which takes a third of the time."""
    tokens: list[Token] = []
    start = 0
    for word in text.lower().split(" "):
        end = start + len(word)
        if word:
            tokens.append(Token(word, start, end))
        start = end + 1
    return tokens


def fold_token(token: str) -> str:
    """Return a token in lower case, without diacritics, inner dots or characters that do not show."""
    return _fold_cached(token) if len(token) <= _CACHED_CHARACTERS else _fold(token)


@lru_cache(maxsize=1 << 15)
def _fold_cached(token: str) -> str:
    return _fold(token)


def _fold(token: str) -> str:
    lowered = token.casefold()
    if _PLAIN_ASCII.match(lowered):
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    bare = "".join([character for character in decomposed if character.isalnum() or character in "+#"])
    if lowered.startswith("."):
        bare = f".{bare}"
    return unicodedata.normalize("NFC", bare).casefold()


def fold(text: str) -> str:
    """Return the folded tokens of a text, joined by single spaces: the key that aliases are found by."""
    return " ".join(token.folded for token in tokenize(text))


def folded_phrases(listed: str) -> frozenset[str]:
    """Return the folded phrases of a list with commas."""
    return frozenset(fold(phrase) for phrase in listed.split(","))


def utf8_texts(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of texts, one after another, and where each of them ends: what compiled loops read."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.array(list(accumulate(map(len, encoded))), dtype=np.int64)
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), ends
