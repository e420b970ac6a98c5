"""The folded aliases of a taxonomy as a tree of words, to find the longest ones in a running text. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.phrases import ALONE, FINDABLE, IN_PLURAL, WITH_SIGNS, WORD_BITS, longest_phrases
from classifiers.standardize.columns import IndexedTexts, Parts, indexed_text_parts, mapped

_CACHED_WORDS: Final = 1 << 14
"""Words that are looked up once: texts repeat a few thousand."""
_CACHED_CHARACTERS: Final = 40
_SHORT_CHARACTERS: Final = 4
"""A word so short is the plural of nothing by itself: `news` is no `new`."""
_ARRAYS: Final = ("roots", "children", "tokens", "ends")
_NAME: Final = "phrases"
_WORDS: Final = "words"


class Tree(NamedTuple):
    """A tree of words, as `classifiers.kernels.phrases.longest_phrases` describes it."""

    roots: NDArray[np.int32]
    children: NDArray[np.int32]
    tokens: NDArray[np.int32]
    ends: NDArray[np.int32]


class Phrases:
    """Finds folded aliases, by their places among the keys of a taxonomy; `marks` says of each how it can be found."""

    __slots__ = ("_code", "_tree", "_words", "marks")

    def __init__(self, words: IndexedTexts, tree: Tree, marks: NDArray[np.uint8]) -> None:
        self._words = words
        self._tree = tree
        # Of the words alone, not of a method: a taxonomy that is replaced must go at once, and a cycle would keep it.
        self._code = lru_cache(_CACHED_WORDS)(partial(_coded, words))
        self.marks = marks

    def find(self, words: Sequence[str], cuts: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
        """Return the phrases in the words of a text, in order: first word, number of words, place of the key.

        `cuts` says before which words a sign parts the text.
        """
        cached, known = self._code, self._words
        codes = [cached(word) if len(word) <= _CACHED_CHARACTERS else _coded(known, word) for word in words]
        count, found = longest_phrases(np.array(codes, dtype=np.int64), cuts, self._tree, self.marks)
        # Columns of numbers, not a list for each of what may be half a million.
        return zip(*(found[:count, column].tolist() for column in range(3)), strict=True)

    def marked(self, marks: NDArray[np.uint8]) -> "Phrases":
        """Return the same phrases with other marks."""
        return Phrases(self._words, self._tree, marks)

    @property
    def with_signs(self) -> NDArray[np.bool_]:
        """Which phrases are written with signs."""
        return (self.marks & WITH_SIGNS) > 0

    @classmethod
    def load(cls, folder: Path) -> "Phrases":
        """Return the phrases in a folder, memory-mapped."""
        tree = Tree(*(mapped(folder, f"{_NAME}.{name}") for name in _ARRAYS))
        return cls(IndexedTexts.load(folder, _WORDS), tree, mapped(folder, f"{_NAME}.marks"))


def _coded(words: IndexedTexts, word: str) -> int:
    """Return a word as `longest_phrases` reads it."""
    code = words.find(word) + 1
    if word[-1:] != "s":
        return code
    return code | words.find(word[:-1]) + 1 << WORD_BITS | (ALONE if len(word) > _SHORT_CHARACTERS else 0)


def phrase_marks(
    findable: NDArray[np.bool_], in_plural: NDArray[np.bool_], with_signs: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the marks of phrases: what may be found, what of it in the plural too, what is written with signs."""
    marks = findable * np.uint8(FINDABLE) | (findable & in_plural) * np.uint8(IN_PLURAL)
    return np.asarray(marks | with_signs * np.uint8(WITH_SIGNS), dtype=np.uint8)


def phrase_parts(keys: Iterable[str], marks: NDArray[np.uint8]) -> Parts:
    """Return what `Phrases` are made of; the keys differ, and are folded."""
    split = [key.split(" ") for key in keys]
    words = list(dict.fromkeys(word for key in split for word in key))
    place_of = {word: place for place, word in enumerate(words)}
    tree = _tree([[place_of[word] for word in key] for key in split], len(words))
    arrays = {f"{_NAME}.{name}": array for name, array in zip(_ARRAYS, tree, strict=True)}
    return {**indexed_text_parts(_WORDS, words), **arrays, f"{_NAME}.marks": marks}


def _tree(phrases: Sequence[Sequence[int]], words: int) -> Tree:
    """Return the tree of phrases, its nodes level by level, those of one parent side by side in the order of words."""
    children: list[dict[int, int]] = [{}]
    ends: list[int] = [-1]
    for place, phrase in enumerate(phrases):
        node = 0
        for word in phrase:
            below = children[node]
            node = below.get(word, -1)
            if node < 0:
                node = below[word] = len(children)
                children.append({})
                ends.append(-1)
        ends[node] = place
    order = [(word, children[0][word]) for word in sorted(children[0])]
    roots = np.full(words, -1, dtype=np.int32)
    roots[[word for word, _ in order]] = np.arange(len(order), dtype=np.int32)
    starts = []
    for _, node in order:
        starts.append(len(order))
        order += [(word, children[node][word]) for word in sorted(children[node])]
    starts.append(len(order))
    return Tree(
        roots,
        np.array(starts, dtype=np.int32),
        np.array([word for word, _ in order], dtype=np.int32),
        np.array([ends[node] for _, node in order], dtype=np.int32),
    )
