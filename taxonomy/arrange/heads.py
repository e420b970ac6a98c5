"""The head of a label: the word that says what kind of thing it names (`driver` of `driver of trams`)."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:[-'+#.][^\W_]*)*")
_CUT: Final = re.compile(r"[,/(]")
_LINKS: Final = 20
"""A word that stands inside so many labels and hardly ever at an end links others."""
_AT_ENDS: Final = 0.02


def linking_words(labels: Iterable[str]) -> frozenset[str]:
    """Return the words of a language that link others (`of`, `for`, `de`), found by where they stand."""
    inside: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for label in labels:
        words = _WORD.findall(label.lower())
        inside.update(set(words[1:-1]))
        ends.update(words[:1] + words[-1:])
    return frozenset(word for word, count in inside.items() if count >= _LINKS and ends[word] <= _AT_ENDS * count)


def head_of(label: str, links: frozenset[str]) -> str:
    """Return the last word before the first linking word, comma, slash or parenthesis; "" where there is none."""
    words = _WORD.findall(_CUT.split(label.lower())[0])
    end = next((place for place, word in enumerate(words) if place and word in links), len(words))
    return words[end - 1] if words else ""


def words_of(label: str) -> list[str]:
    """Return the words of a label in lower case."""
    return _WORD.findall(label.lower())
