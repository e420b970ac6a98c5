"""Compiled loops that turn folded texts into hashed features. Pure.

A word is a polynomial in its characters modulo 2^64, between marks for its start and end; so is each n-gram in it, and
each pair of words. Hashes are mixed (the finalizer of MurmurHash3) and cut to the number of features.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled

MAX_TOKENS = 40
"""Tokens of a text beyond this many are not looked at, which bounds the time that one text takes."""
MAX_TOKEN_CHARACTERS = 40

_SPACE = np.uint32(32)
_START, _END = np.uint64(ord("^")), np.uint64(ord("$"))
_MULTIPLIER = np.uint64(0x100000001B3)
_PAIR_SALT = np.uint64(77)
_SHIFT = np.uint64(33)
_FIRST_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SECOND_MIX = np.uint64(0xC4CEB9FE1A85EC53)
SchemeArguments = tuple[NDArray[np.int64], int, bool, np.uint64]
"""Lengths of n-grams, what a word counts, whether pairs of words count, the number of features."""
_LONGEST_WORD = MAX_TOKEN_CHARACTERS + 2
_DIGIT_BITS = 9
_DIGITS = 1 << _DIGIT_BITS
_LAST_DIGIT = _DIGITS - 1


@compiled
def decoded(texts: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the code points of all texts and where each ends, of their UTF-8 bytes and where each ends in these."""
    content, ends = texts
    characters, found = np.empty(len(content), dtype=np.uint32), np.empty(len(ends), dtype=np.int64)
    count = begin = 0
    for text in range(len(ends)):
        for place in range(begin, ends[text]):
            byte = content[place]
            if byte & 0xC0 == 0x80:
                characters[count - 1] = characters[count - 1] << 6 | byte & 0x3F
                continue
            if byte < 0x80:
                characters[count] = byte
            elif byte < 0xE0:
                characters[count] = byte & 0x1F
            else:
                characters[count] = byte & 0x0F if byte < 0xF0 else byte & 0x07
            count += 1
        begin, found[text] = ends[text], count
    return characters[:count], found


@compiled
def _bucket(code: Any, features: Any) -> Any:  # noqa: ANN401 - Numba gives the types
    """Return the feature of a hash."""
    mixed = (code ^ (code >> _SHIFT)) * _FIRST_MIX
    mixed = (mixed ^ (mixed >> _SHIFT)) * _SECOND_MIX
    return np.int32((mixed ^ (mixed >> _SHIFT)) % features)


@compiled
def _word_features(
    word: NDArray[np.uint64],
    length: int,
    ngram_lengths: NDArray[np.int64],
    features: Any,  # noqa: ANN401 - Numba gives the types
    found: NDArray[np.int32],
    count: int,
) -> int:
    """Append the features of the n-grams of a word, marks included; return how many features there are now."""
    for ngram_length in ngram_lengths:
        for start in range(length - ngram_length + 1):
            code = np.uint64(ngram_length)
            for place in range(start, start + ngram_length):
                code = code * _MULTIPLIER + word[place]
            found[count] = _bucket(code, features)
            count += 1
    return count


@compiled
def _text_features(
    characters: NDArray[np.uint32],
    ngram_lengths: NDArray[np.int64],
    word_weight: int,
    word_pairs: bool,  # noqa: FBT001 - Numba takes no keywords here
    features: Any,  # noqa: ANN401 - Numba gives the types
    found: NDArray[np.int32],
) -> int:
    """Write the features of one text, each as often as it stands there; return how many."""
    word = np.empty(_LONGEST_WORD, dtype=np.uint64)
    count = words = position = 0
    before = np.uint64(0)
    while position < len(characters) and words < MAX_TOKENS:
        if characters[position] == _SPACE:
            position += 1
            continue
        word[0] = _START
        length = 1
        while position < len(characters) and characters[position] != _SPACE:
            if length <= MAX_TOKEN_CHARACTERS:
                word[length] = characters[position]
                length += 1
            position += 1
        word[length] = _END
        length += 1
        code, power = np.uint64(0), np.uint64(1)
        for place in range(length):
            power *= _MULTIPLIER
            code += word[place] * power
        for _ in range(word_weight):
            found[count] = _bucket(code, features)
            count += 1
        if word_pairs and words:
            found[count] = _bucket(before * _MULTIPLIER + code + _PAIR_SALT, features)
            count += 1
        count = _word_features(word, length, ngram_lengths, features, found, count)
        before = code
        words += 1
    return count


@compiled
def _sorted(found: NDArray[np.int32], count: int, features: Any, room: NDArray[np.int32]) -> NDArray[np.int32]:  # noqa: ANN401
    """Return the first `count` of some features in rising order; `found` and `room` are written over.

    By their digits, the lowest first: a general sort takes six times as long for the hundred of a short text.
    """
    ends, shift = np.empty(_DIGITS, dtype=np.int32), 0
    while features > np.uint64(1) << np.uint64(shift):
        ends[:] = 0
        for place in range(count):
            ends[found[place] >> shift & _LAST_DIGIT] += 1
        total = np.int32(0)
        for digit in range(_DIGITS):
            ends[digit], total = total, total + ends[digit]
        for place in range(count):
            digit = found[place] >> shift & _LAST_DIGIT
            room[ends[digit]] = found[place]
            ends[digit] += 1
        found, room = room, found
        shift += _DIGIT_BITS
    return found[:count]


@compiled
def count_features(
    characters: NDArray[np.uint32],
    ends: NDArray[np.int64],
    scheme: SchemeArguments,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return how often each feature stands in each text, as the three arrays of a CSR matrix: starts, features, counts.

    `characters` are the code points of all texts, text after text; text i ends before `ends[i]`.
    """
    ngram_lengths, word_weight, word_pairs, features = scheme
    buffer = np.empty(MAX_TOKENS * (word_weight + 1 + len(ngram_lengths) * _LONGEST_WORD), dtype=np.int32)
    starts = np.zeros(len(ends) + 1, dtype=np.int32)
    room, indices = np.empty_like(buffer), np.empty(128 * len(ends) + len(buffer), dtype=np.int32)
    counts = np.empty(len(indices), dtype=np.float32)
    size = begin = 0
    for text in range(len(ends)):
        found = _text_features(characters[begin : ends[text]], ngram_lengths, word_weight, word_pairs, features, buffer)
        begin = ends[text]
        if size + found > len(indices):
            indices = np.concatenate((indices, np.empty(len(indices) + found, dtype=np.int32)))
            counts = np.concatenate((counts, np.empty(len(indices) - len(counts), dtype=np.float32)))
        first = size
        for feature in _sorted(buffer, found, features, room):
            if size > first and indices[size - 1] == feature:
                counts[size - 1] += np.float32(1)
            else:
                indices[size] = feature
                counts[size] = np.float32(1)
                size += 1
        starts[text + 1] = size
    return starts, indices[:size].copy(), counts[:size].copy()


@compiled
def weigh_features(
    starts: NDArray[np.int32],
    indices: NDArray[np.int32],
    counts: NDArray[np.float32],
    idf: NDArray[np.float32],
    least: float,
) -> NDArray[np.float32]:
    """Return log-scaled counts times idf, 0 for an idf below the least, those of each row scaled to length 1."""
    weights = np.empty(len(counts), dtype=np.float32)
    for row in range(len(starts) - 1):
        squares = np.float64(0)
        for place in range(starts[row], starts[row + 1]):
            rarity = idf[indices[place]]
            # Most features stand there once, and a logarithm takes longer than all the rest.
            count = 1 + np.log(counts[place]) if counts[place] > 1 else 1.0
            weight = np.float32(count * rarity) if rarity >= least else np.float32(0)
            weights[place] = weight
            squares += weight * weight
        if squares > 0:
            length = np.float32(np.sqrt(squares))
            for place in range(starts[row], starts[row + 1]):
                weights[place] /= length
    return weights


@compiled
def weighted_features(
    characters: NDArray[np.uint32],
    ends: NDArray[np.int64],
    scheme: SchemeArguments,
    idf: NDArray[np.float32],
    least: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return what `count_features` does, weighed by `weigh_features`: two calls cost as much as a short text."""
    starts, indices, counts = count_features(characters, ends, scheme)
    return starts, indices, weigh_features(starts, indices, counts, idf, least)
