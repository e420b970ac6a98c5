"""Compiled: which words two texts share, and how rare those are that only one has. Pure.

`classifiers.standardize.rarity` says how rare each word is among the entities of a type.
"""

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled

BUCKETS = 1 << 18
"""Words are told apart by this many hashes; two in one bucket count as one word that is less rare."""
MOST = 255
"""The rarity of a word that one entity has at most; 0 is that of a word that all have."""
_SPACE = 32
_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_FOLD = np.uint64(32)
_MASK = np.uint64(BUCKETS - 1)
_LONGEST = 40
"""Bytes; longer words are like no other."""
_PLURAL = ord("s")
_ABBREVIATION = 3
"""Bytes of a word that was cut short: Dir. of Sales."""
_LETTER_BYTES = 3
_LETTER_STARTS = 0xE0
"""The first byte of a character of three bytes is this at least; scripts without blanks have such ones."""
_LETTERS_A_SLIP = 5
"""In so many letters one may be wrong: ADFC is not HDFC, nor Experian Expedia."""

_Bytes = NDArray[np.uint8]
_Integers = NDArray[np.int64]


@compiled
def token_end(text: _Bytes, start: int) -> int:
    """Return where the token that starts at a place ends."""
    end = start
    while end < len(text) and text[end] != _SPACE:
        end += 1
    return end


@compiled
def _token_start(text: _Bytes, place: int) -> int:
    """Return where the first token starts that does so at a place or later."""
    start = max(0, place)
    while 0 < start < len(text) and text[start - 1] != _SPACE:
        start += 1
    return start


@compiled
def has_token(text: _Bytes, token: _Bytes) -> bool:
    """Whether a token is among those of a text."""
    start = 0
    while start <= len(text):
        end = token_end(text, start)
        if end - start == len(token):
            place = 0
            while place < len(token) and text[start + place] == token[place]:
                place += 1
            if place == len(token):
                return True
        start = end + 1
    return False


@compiled
def bucket(token: _Bytes) -> int:
    """Return the bucket of a token: FNV-1a over its bytes, folded."""
    code = _OFFSET
    for byte in token:
        code = (code ^ np.uint64(byte)) * _PRIME
    return int((code ^ (code >> _FOLD)) & _MASK)


@compiled
def buckets_of(texts: _Bytes, ends: _Integers, found: _Integers, owners: _Integers) -> int:
    """Write the bucket of every token of many texts, and which text it is of; return how many there are."""
    begin = count = 0
    for number in range(len(ends)):
        text = texts[begin : ends[number]]
        begin = ends[number]
        start = 0
        while start <= len(text):
            end = token_end(text, start)
            found[count], owners[count] = bucket(text[start:end]), number
            count += 1
            start = end + 1
    return count


@compiled
def slips(one: _Bytes, other: _Bytes, table: _Integers) -> int:
    """Return by how many slips two tokens differ: letters added, left out, other ones, or neighbours swapped.

    The optimal string alignment distance. `table` has three rows of more places than a token has bytes; neither token
    is longer than `_LONGEST`.
    """
    for place in range(len(other) + 1):
        table[1, place] = place
    for row in range(1, len(one) + 1):
        before, last, now = (row - 1) % 3, row % 3, (row + 1) % 3
        table[now, 0] = row
        for place in range(1, len(other) + 1):
            changed = one[row - 1] != other[place - 1]
            best = min(table[last, place] + 1, table[now, place - 1] + 1, table[last, place - 1] + changed)
            if row > 1 and place > 1 and one[row - 1] == other[place - 2] and one[row - 2] == other[place - 1]:
                best = min(best, table[before, place - 2] + 1)
            table[now, place] = best
    return int(table[(len(one) + 1) % 3, len(other)])


@compiled
def _abbreviates(one: _Bytes, other: _Bytes) -> bool:
    """Whether a token of three letters is the beginning of one that is twice as long."""
    if len(one) != _ABBREVIATION or len(other) < 2 * _ABBREVIATION:
        return False
    return bool(one[0] == other[0] and one[1] == other[1] and one[2] == other[2])


@compiled
def _is_plural(one: _Bytes, other: _Bytes) -> bool:
    """Whether a token is another one of three letters or more with an s: too little to be a slip of a short one."""
    if len(other) < _ABBREVIATION or len(one) != len(other) + 1 or one[-1] != _PLURAL:
        return False
    return np.array_equal(one[:-1], other)


@compiled
def _span(token: _Bytes, text: _Bytes, start: int, latest: int) -> tuple[int, int]:
    """Return where a token stands in a text as several whole tokens without blanks; an empty span where it does not.

    It begins at `start`, where a token begins, or later, but not after `latest`.
    """
    while start <= latest and start < len(text):
        at, place = start, 0
        while place < len(token) and at < len(text) and (text[at] == token[place] or text[at] == _SPACE):
            place += text[at] != _SPACE
            at += 1
        if place == len(token) and (at == len(text) or text[at] == _SPACE):
            return start, at
        start = token_end(text, start) + 1
    return 0, 0


@compiled
def _is_slip(token: _Bytes, other: _Bytes, table: _Integers) -> bool:
    """Whether a token may be another one, mistyped."""
    longest = max(len(token), len(other))
    allowed = longest // _LETTERS_A_SLIP
    if longest > _LONGEST or abs(len(token) - len(other)) > allowed:
        return False
    return slips(token, other, table) <= allowed


@compiled
def _is_joined(text: _Bytes, own: _Bytes, begin: int, end: int) -> bool:
    """Whether the token of a text's own from `begin` to `end` stands in another text joined with others, or apart."""
    token = own[begin:end]
    first, last = _span(token, text, 0, len(text))
    if last > first:
        return True
    start = 0
    while start <= len(text):
        other = text[start : token_end(text, start)]
        if len(other) > len(token):
            # With its blanks it is not twice as long: so a long text is not searched from its start for each token.
            first, last = _span(other, own, _token_start(own, begin - 2 * len(other)), begin)
            if first <= begin and end <= last:
                return True
        start += len(other) + 1
    return False


@compiled
def _has_alike(text: _Bytes, token: _Bytes, table: _Integers) -> bool:
    """Whether a token may be one of a text, mistyped or abbreviated to its beginning."""
    start = 0
    while start <= len(text):
        other = text[start : token_end(text, start)]
        if _abbreviates(token, other) or _abbreviates(other, token) or _is_slip(token, other, table):
            return True
        if _is_plural(token, other) or _is_plural(other, token):
            return True
        start += len(other) + 1
    return False


@compiled
def _is_letter(token: _Bytes) -> bool:
    """Whether a token is a single character of three bytes, of a script without blanks: no word by itself."""
    return len(token) == _LETTER_BYTES and token[0] >= _LETTER_STARTS


@compiled
def compare_words(text: _Bytes, other: _Bytes, rarities: _Bytes, table: _Integers) -> tuple[float, float, float]:
    """Return the share of a text's words that another text has, and how rare the rarest is that it spells otherwise.

    Last how rare the rarest is of which it has nothing alike. All in [0, 1]; 0 where there is none. A word that is
    written apart or joined with others is the same word; characters of scripts without blanks are none that is rare.
    """
    slip = unlike = start = count = shared = 0
    while start <= len(text):
        end = token_end(text, start)
        token = text[start:end]
        count += 1
        if has_token(other, token) or _is_joined(other, text, start, end):
            shared += 1
        elif not _is_letter(token):
            rarity = int(rarities[bucket(token)])
            if rarity > min(slip, unlike):
                if _has_alike(other, token, table):
                    slip = max(slip, rarity)
                else:
                    unlike = max(unlike, rarity)
        start = end + 1
    return shared / count, slip / MOST, unlike / MOST


@compiled
def slip_table() -> _Integers:
    """Return what `compare_words` works in."""
    return np.zeros((3, _LONGEST + 2), dtype=np.int64)
