"""Labels as pieces: words, punctuation, and the parts of compounds, so that rules reach inside words.

A piece that is glued to its neighbour carries `GLUE` on that side; `join` puts a label together again. Splitting
follows Koehn and Knight, "Empirical Methods for Compound Splitting", 2003, with linking elements that are found in
the words themselves, so that no language is named anywhere.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import log
from typing import Final

GLUE: Final = "￭"
_TOKEN: Final = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?|[^\w\s]|_")
_SHORTEST_PART: Final = 3
_SHORTEST_HEAD: Final = 4
_LONGEST_LINK: Final = 2
_LINK_WORDS: Final = 25
"""A linking element joins known words in at least so many compounds."""
_MOST_PARTS: Final = 5
_FEWEST: Final = 2
"""A part stands alone at least so often."""

Pieces = tuple[str, ...]
_Place = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class PieceModel:
    """What splits words: how often each word stands alone, linking elements, and how words are capitalised.

    `capitals` holds, by the kind of label, the last piece of a word and whether it starts the label, the words with a
    capital less those without. The kind and the piece may be empty: then all are meant.
    """

    words: Mapping[str, int]
    links: frozenset[str]
    capitals: Mapping[_Place, int]
    _seen: dict[str, Pieces] = field(default_factory=dict, compare=False, repr=False)

    def split(self, label: str) -> Pieces:
        """Return the pieces of a label, in order."""
        found: list[str] = []
        end = -1
        wordy = False
        for match in _TOKEN.finditer(label):
            token, glued = match.group(), match.start() == end
            is_word = token[0].isalnum()
            if not is_word:
                token = (GLUE if glued else "") + token
            elif glued and found and not wordy:
                found[-1] += GLUE
            found += self._parts(lowered(token)) if is_word else [token]
            end, wordy = match.end(), is_word
        return tuple(found)

    def join(self, pieces: Sequence[str], kind: str = "") -> str:
        """Return the label that pieces make, written as labels of a kind are."""
        words: list[list[str]] = []
        for piece in pieces:
            if words and (piece.startswith(GLUE) or words[-1][-1].endswith(GLUE)):
                words[-1].append(piece)
            else:
                words.append([piece])
        return " ".join("".join(self._cased(word, kind, first=not place)) for place, word in enumerate(words))

    def _cased(self, word: Sequence[str], kind: str, *, first: bool) -> list[str]:
        """Return the bare pieces of a word between blanks; each run of letters gets its capital."""
        shown = [piece.strip(GLUE) for piece in word]
        start = 0
        for place, piece in enumerate(word):
            if not shown[place][:1].isalnum():
                start = place + 1
            elif (
                (place + 1 == len(word) or not shown[place + 1][:1].isalnum())
                and shown[start].islower()
                and self._is_capital(kind, piece.strip(GLUE), first=first and start == 0)
            ):
                shown[start] = shown[start][0].upper() + shown[start][1:]
        return shown

    def _is_capital(self, kind: str, last: str, *, first: bool) -> bool:
        keys = ((kind, last, first), (kind, last, not first), ("", last, first), (kind, "", first), ("", "", first))
        return next((known > 0 for key in keys if (known := self.capitals.get(key, 0))), False)

    def _parts(self, word: str) -> list[str]:
        parts = self.parts(word) if word.isalpha() else (word,)
        return [part + GLUE for part in parts[:-1]] + [parts[-1]]

    def parts(self, word: str) -> Pieces:
        """Return the parts of a word, remembered: the same words come again and again."""
        known = self._seen.get(word)
        if known is None:
            known = self._seen[word] = _split_word(self.words, self.links, word)
        return known


def learn_pieces(labels: Iterable[tuple[str, str]], texts: Iterable[str] = ()) -> PieceModel:
    """Learn how the words of a language are split and written, from kinds and labels; `texts` show more words."""
    labels = list(labels)
    words: Counter[str] = Counter()
    for label in chain((label for _, label in labels), texts):
        words.update(lowered(token) for token in _TOKEN.findall(label) if token.isalpha())
    words = Counter({word: count for word, count in words.items() if len(word) >= _SHORTEST_PART})
    model = PieceModel(words, _links(words), {})
    return PieceModel(words, model.links, _capitals(labels, model))


def lowered(word: str) -> str:
    """Return a word without the capital at its start; words with other capitals stay as they are."""
    return word.lower() if word[1:].islower() or len(word) == 1 else word


def _links(words: Mapping[str, int]) -> frozenset[str]:
    """Return short strings that stand between two known words in many words; the empty one is always there."""
    found: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_HEAD):
            if word[:cut] not in words:
                continue
            for size in range(1, _LONGEST_LINK + 1):
                if word[cut + size :] in words and len(word) - cut - size >= _SHORTEST_HEAD:
                    found[word[cut : cut + size]].add(word)
    return frozenset({"", *(link for link, seen in found.items() if len(seen) >= _LINK_WORDS)})


def _capitals(labels: Iterable[tuple[str, str]], model: PieceModel) -> Mapping[_Place, int]:
    balance: Counter[_Place] = Counter()
    for kind, label in labels:
        for match in _TOKEN.finditer(label):
            word = match.group()
            if word.isalpha():
                sign = 1 if word[0].isupper() else -1
                last = model.parts(lowered(word))[-1]
                first = match.start() == 0
                for key in ((kind, last, first), ("", last, first), (kind, "", first), ("", "", first)):
                    balance[key] += sign
    return balance


def _split_word(words: Mapping[str, int], links: frozenset[str], word: str) -> Pieces:
    """Return the parts of a word: known words, all but the last with a linking element or without.

    Of all ways the one with the highest geometric mean of counts is taken; the word itself where there is none.
    """
    best: list[dict[int, tuple[float, Pieces]]] = [{} for _ in range(len(word) + 1)]
    best[0][0] = (0.0, ())
    for start in range(len(word) - _SHORTEST_HEAD + 1):
        if not best[start]:
            continue
        for end in range(start + _SHORTEST_PART, len(word) + 1):
            count = _part_count(words, links, word[start:end], last=end == len(word))
            if count < _FEWEST or end - start == len(word):
                continue
            for parts, (score, pieces) in best[start].items():
                reached = score + log(count), (*pieces, word[start:end])
                if parts < _MOST_PARTS and reached > best[end].get(parts + 1, (-1.0, ())):
                    best[end][parts + 1] = reached
    ways = [(score / parts, pieces) for parts, (score, pieces) in best[len(word)].items() if parts]
    return max(ways)[1] if ways else (word,)


def _part_count(words: Mapping[str, int], links: frozenset[str], part: str, *, last: bool) -> int:
    if last:
        return words.get(part, 0) if len(part) >= _SHORTEST_HEAD else 0
    return max(words.get(part.removesuffix(link), 0) for link in links)
