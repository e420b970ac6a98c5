"""Where phrases stand in documents: snippets for a person to judge by, and how each is mostly written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import PIECE, fold_piece
from taxonomy.proposals.model import MAX_SNIPPET_CHARACTERS, MAX_SNIPPETS

_AROUND_CHARACTERS: Final = 90
_MOST_NEIGHBOURS: Final = 6
"""Values of a field that are shown around the one that is meant."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pieces of documents that hold a phrase, and how those write it most often; empty where none was found."""

    snippets: tuple[str, ...] = ()
    written: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    phrase: str
    start: int
    end: int


class _Finder:
    """Finds known phrases in texts, the longest at each place and every one that starts elsewhere."""

    def __init__(self, phrases: AbstractSet[str]) -> None:
        self.wanted = set(phrases)
        self._longest: dict[str, int] = {}
        for phrase in phrases:
            words = phrase.split()
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def find(self, text: str) -> Iterator[_Found]:
        """Yield each phrase and the characters that it covers; no phrase runs across the end of a segment."""
        pieces = [(fold_piece(match.group()), match.start(), match.end()) for match in PIECE.finditer(text)]
        for place, (first, start, _) in enumerate(pieces):
            words: list[str] = []
            for folded, _, end in pieces[place : place + self._longest.get(first, 0)]:
                if not folded:
                    break
                words.append(folded)
                if (phrase := " ".join(words)) in self.wanted:
                    yield _Found(phrase, start, end)


def find_evidence(phrases: AbstractSet[str], documents: Iterable[Document]) -> dict[str, Evidence]:
    """Return the evidence of each folded phrase that the documents hold; reading stops when there is enough of all."""
    finder = _Finder({phrase for phrase in phrases if phrase})
    snippets: dict[str, list[str]] = {}
    written: dict[str, Counter[str]] = {}
    for document in documents:
        if not finder.wanted:
            break
        seen: set[str] = set()
        for phrase, text, snippet in _places(finder, document):
            if phrase in seen:
                continue
            seen.add(phrase)
            written.setdefault(phrase, Counter())[text] += 1
            snippets.setdefault(phrase, []).append(snippet)
            if len(snippets[phrase]) >= MAX_SNIPPETS:
                finder.wanted.discard(phrase)
    return {
        phrase: Evidence(tuple(dict.fromkeys(found)), written[phrase].most_common(1)[0][0])
        for phrase, found in snippets.items()
    }


def count_phrases(phrases: AbstractSet[str], documents: Iterable[Document]) -> Counter[str]:
    """Return how often each folded phrase of any length occurs, in every field and text, counted one by one."""
    finder = _Finder({phrase for phrase in phrases if phrase})
    return Counter(
        found.phrase
        for document in documents
        for text in (*(value for values in document.fields.values() for value in values), document.text)
        for found in finder.find(text)
    )


def _places(finder: _Finder, document: Document) -> Iterator[tuple[str, str, str]]:
    """Yield (phrase, as written, snippet) for each phrase of a document."""
    for name, values in document.fields.items():
        for place, value in enumerate(values):
            for found in finder.find(value):
                yield found.phrase, value[found.start : found.end], _snippet_of_value(name, values, place)
    for found in finder.find(document.text):
        first = max(0, found.start - _AROUND_CHARACTERS)
        snippet = " ".join(document.text[first : found.end + _AROUND_CHARACTERS].split())
        yield found.phrase, document.text[found.start : found.end], snippet[:MAX_SNIPPET_CHARACTERS]


def _snippet_of_value(name: str, values: Sequence[str], place: int) -> str:
    """Return a value with as many of its neighbours as there is room for, the nearest first."""
    start, end = place, place + 1
    snippet = f"{name}: {values[place]}"
    for step in range(1, _MOST_NEIGHBOURS):
        wider = (start, min(end + 1, len(values))) if step % 2 else (max(start - 1, 0), end)
        longer = f"{name}: {', '.join(values[slice(*wider)])}"
        if len(longer) > MAX_SNIPPET_CHARACTERS:
            break
        (start, end), snippet = wider, longer
    return snippet[:MAX_SNIPPET_CHARACTERS]
