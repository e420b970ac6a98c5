"""Compiled: the words that are the same as another but for a letter of each. Pure."""

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled

CODE_BITS = 32
_POLYNOMIAL = 0xEDB88320
_ALL = np.uint32(0xFFFFFFFF)
_BYTE = np.uint32(0xFF)
_BITS = np.uint32(8)

_Codes = NDArray[np.uint32]
_Places = NDArray[np.int32]
_Bytes = NDArray[np.uint8]


def _table() -> _Codes:
    """Return what a byte changes in a CRC-32."""
    codes = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        codes = np.where(codes & 1, codes >> 1 ^ _POLYNOMIAL, codes >> 1)
    return codes.astype(np.uint32)


_TABLE = _table()


@compiled
def code_without(word: _Bytes, left_out: int) -> int:
    """Return the CRC-32 of a word without the byte at a place; of the whole word where there is none."""
    code = _ALL
    for place in range(len(word)):
        if place != left_out:
            code = _TABLE[(code ^ np.uint32(word[place])) & _BYTE] ^ (code >> _BITS)
    return int(code ^ _ALL)


@compiled
def alike_words(word: _Bytes, buckets: _Places, codes: _Codes, meant: _Places, found: _Places) -> int:
    """Write the places of the words that have a code of a word, its own or one without a letter.

    `codes` are the codes of all words, each whole and without each of its letters but the first, in order; `meant` is
    the word of each, and `buckets` where those of each bucket start, and the last one ends: 2^n buckets of codes that
    agree in their upper n bits. A word is found once for each code that it shares; those beyond the length of `found`
    are left out. Returns how many were written.
    """
    count = lower = 0
    while (len(buckets) - 1) << lower < 1 << CODE_BITS:
        lower += 1
    for left_out in range(len(word) + 1):
        code = code_without(word, left_out)
        bucket = code >> lower
        for place in range(buckets[bucket], buckets[bucket + 1]):
            if codes[place] == code and count < len(found):
                found[count] = meant[place]
                count += 1
    return count
