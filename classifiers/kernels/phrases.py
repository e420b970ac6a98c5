"""Compiled walk over the phrases of a taxonomy in running text. Pure."""

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled

FINDABLE = 1
"""The mark of a phrase that can be found."""
IN_PLURAL = 2
"""The mark of a phrase that is found in the plural too."""
WITH_SIGNS = 4
"""The mark of a phrase that is written with a sign that parts words, such as a slash."""
ALONE = 1 << 62
"""The mark of a word that may be the plural of a phrase by itself."""
WORD_BITS = 31
"""A word in a number: one more than its place in the vocabulary, above it the same of its singular, then `ALONE`."""
_WORD_MASK = (1 << WORD_BITS) - 1


_Integers = NDArray[np.int32]
_Tree = tuple[_Integers, _Integers, _Integers, _Integers]


@compiled
def _child(token: int, first: int, end: int, tokens: _Integers) -> int:
    """Return the node of a token among those from `first` to before `end`, of rising tokens; -1 where none has it."""
    last = end
    while first < last:
        middle = (first + last) >> 1
        if tokens[middle] < token:
            first = middle + 1
        else:
            last = middle
    return first if first < end and tokens[first] == token else -1


@compiled
def _token(word: int) -> int:
    return (word & _WORD_MASK) - 1


@compiled
def _singular(word: int) -> int:
    return ((word >> WORD_BITS) & _WORD_MASK) - 1


@compiled
def _marked(node: int, phrases: _Integers, marks: NDArray[np.uint8], mark: int) -> int:
    """Return the phrase that ends in a node, where it has a mark; else -1."""
    phrase = phrases[node] if node >= 0 else -1
    return phrase if phrase >= 0 and marks[phrase] & mark else -1


@compiled
def _one_word(word: int, roots: _Integers, phrases: _Integers, marks: NDArray[np.uint8]) -> int:
    """Return the phrase that a word is; -1 where it is none."""
    node = roots[_token(word)] if _token(word) >= 0 else -1
    phrase = _marked(node, phrases, marks, FINDABLE)
    known = phrases[node] >= 0 if node >= 0 else bool(word & ALONE)
    if phrase < 0 and known and _singular(word) >= 0:
        phrase = _marked(roots[_singular(word)], phrases, marks, IN_PLURAL)
    return phrase


@compiled
def _longest(
    words: NDArray[np.int64], cuts: NDArray[np.bool_], position: int, tree: _Tree, marks: NDArray[np.uint8]
) -> tuple[int, int]:
    """Return the number of words of the longest phrase at a position, and which it is; (0, -1) where there is none."""
    roots, children, tokens, phrases = tree
    phrase = _one_word(words[position], roots, phrases, marks)
    length = 1 if phrase >= 0 else 0
    node = roots[_token(words[position])] if _token(words[position]) >= 0 else -1
    depth, parted = 1, False
    while node >= 0 and position + depth < len(words):
        word = words[position + depth]
        parted = parted or (cuts[position + depth] and length == depth)
        depth += 1
        first, end = children[node], children[node + 1]
        child = _child(_singular(word), first, end, tokens) if _singular(word) >= 0 else -1
        node = _child(_token(word), first, end, tokens) if _token(word) >= 0 else -1
        ending = _marked(node, phrases, marks, FINDABLE)
        if ending < 0:
            ending = _marked(child, phrases, marks, IN_PLURAL)
        if ending >= 0 and (not parted or marks[ending] & WITH_SIGNS):
            length, phrase = depth, ending
    return length, phrase


@compiled
def longest_phrases(
    words: NDArray[np.int64], cuts: NDArray[np.bool_], tree: _Tree, marks: NDArray[np.uint8]
) -> tuple[int, _Integers]:
    """Return how many phrases stand in a text, and for each its first word, its number of words, and which it is.

    The longest that starts at each word, left to right, without overlap; the last word of one may be in the plural,
    if the phrase has the mark for it. A single word may only where it starts no phrase itself, and is not short.
    `cuts` says before which words a sign parts the text. Where a phrase ends there, none that is written without signs
    reaches over it.

    `tree` has nodes for the starts of phrases: by token, the root, -1 where no phrase starts so; the children of node i
    from `children[i]` to before `children[i + 1]`; by node, the token, which rises among the children of one; by node,
    the phrase that ends there, -1 where none does.
    """
    found = np.empty((len(words), 3), dtype=np.int32)
    count = position = 0
    while position < len(words):
        length, phrase = _longest(words, cuts, position, tree, marks)
        if length:
            found[count, 0], found[count, 1], found[count, 2] = position, length, phrase
            count += 1
        position += max(1, length)
    return count, found
