"""Compiled loops of search by letters: best posting lists; and the vectors of texts. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled, compiled_fast

_BLOCK = 64
"""Totals that are compared with the floor at once."""
PART = 1 << 15
"""Aliases whose products with a query are added up at once: their totals stay in the processor's nearer caches."""
WEIGHT_ONE = 65_535
"""The weight 1 as posting lists keep it."""
_VALUE_UNIT = np.float32(1 / WEIGHT_ONE)
_LOOK_AT_ALL_FROM = 16
"""With one posting for so many aliases it is faster to look at all totals than to note which are touched."""

_Floats = NDArray[np.float32]
_Integers = NDArray[np.int32]
Postings = tuple[_Integers, NDArray[np.uint16], NDArray[np.uint16]]


@compiled
def keep_best(score: Any, item: Any, scores: _Floats, items: _Integers, kept: int) -> int:  # noqa: ANN401
    """Put an item where its score belongs among the best ones, the lower item first of equals; return how many."""
    place = kept if kept < len(items) else len(items) - 1
    if kept == len(items) and (score < scores[place] or (score == scores[place] and item > items[place])):
        return kept
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and items[place - 1] > item)):
        scores[place] = scores[place - 1]
        items[place] = items[place - 1]
        place -= 1
    scores[place] = score
    items[place] = item
    return min(kept + 1, len(items))


@compiled
def _best_of_all(
    weighted: tuple[_Integers, _Floats],
    postings: Postings,
    where: tuple[int, NDArray[np.bool_]],
    floor: Any,  # noqa: ANN401 - Numba gives the type
    totals: _Floats,
    best: tuple[_Floats, _Integers],
    kept: int,
) -> int:
    """Keep the best aliases of a part; looks at the totals of all, few of them above the floor, and makes them 0."""
    features, weights = weighted
    starts, members, values = postings
    part, allowed = where
    scores, items = best
    for place in range(len(features)):
        feature, weight = features[place], weights[place] * _VALUE_UNIT
        for posting in range(starts[feature, part], starts[feature, part + 1]):
            totals[members[posting]] += weight * np.float32(values[posting])
    first = part * PART
    for start in range(0, min(len(totals), len(allowed) - first), _BLOCK):
        block, above = totals[start : start + _BLOCK], np.int32(0)
        for place in range(_BLOCK):
            above += np.int32(block[place] > floor)
        if above:
            for place in range(_BLOCK):
                if block[place] > floor and allowed[first + start + place]:
                    kept = keep_best(block[place], np.int32(first + start + place), scores, items, kept)
                    # Aliases come in order: of those that are as like as the last one, the first stays.
                    floor = scores[-1] if kept == len(scores) else floor
        for place in range(_BLOCK):
            block[place] = 0
    return kept


@compiled
def _best_of_touched(
    weighted: tuple[_Integers, _Floats],
    postings: Postings,
    where: tuple[int, NDArray[np.bool_]],
    floor: Any,  # noqa: ANN401 - Numba gives the type
    rooms: tuple[_Floats, NDArray[np.uint16]],
    best: tuple[_Floats, _Integers],
    kept: int,
) -> int:
    """Keep the best aliases of a part; looks at those alone that postings name, and makes their totals 0."""
    features, weights = weighted
    starts, members, values = postings
    part, allowed = where
    totals, touched = rooms
    count = 0
    for place in range(len(features)):
        feature, weight = features[place], weights[place] * _VALUE_UNIT
        for posting in range(starts[feature, part], starts[feature, part + 1]):
            alias = members[posting]
            # No branch, which the processor would guess wrong each time: what is touched again is overwritten.
            touched[count] = alias
            count += totals[alias] == 0
            totals[alias] += weight * np.float32(values[posting])
    first = part * PART
    for alias in touched[:count]:
        if totals[alias] > floor and allowed[first + alias]:
            kept = keep_best(totals[alias], np.int32(first + alias), best[0], best[1], kept)
        totals[alias] = 0
    return kept


@compiled
def best_postings(
    query: tuple[_Integers, _Integers, _Floats],
    postings: Postings,
    allowed: NDArray[np.bool_],
    top: int,
    floor: float,
) -> tuple[NDArray[np.int64], _Integers, _Floats]:
    """Return the aliases with the highest products with each query, above a floor, best first.

    `query` are the CSR arrays (starts, columns, values) of queries x features; `postings` those of
    `classifiers.standardize.postings.PostingLists`, features x aliases; of the aliases only those that are `allowed`
    are found. The answer is how many were found for each query, and two arrays of queries x `top`: the aliases and
    their products.
    """
    row_starts, features, weights = query
    starts, least = postings[0], np.float32(floor)
    size = min(PART, -(-len(allowed) // _BLOCK) * _BLOCK)
    totals = np.zeros(size, dtype=np.float32)
    rooms = totals, np.empty(PART // _LOOK_AT_ALL_FROM + 1, dtype=np.uint16)
    found = np.zeros(len(row_starts) - 1, dtype=np.int64)
    best = np.zeros((len(found), top), dtype=np.int32)
    scores = np.zeros((len(found), top), dtype=np.float32)
    for row in range(len(found)):
        weighted = features[row_starts[row] : row_starts[row + 1]], weights[row_starts[row] : row_starts[row + 1]]
        kept, so_far = 0, (scores[row], best[row])
        for part in range(starts.shape[1] - 1):
            many = 0
            for feature in weighted[0]:
                many += starts[feature, part + 1] - starts[feature, part]
            if many * _LOOK_AT_ALL_FROM > min(size, len(allowed) - part * PART):
                kept = _best_of_all(weighted, postings, (part, allowed), least, totals, so_far, kept)
            else:
                kept = _best_of_touched(weighted, postings, (part, allowed), least, rooms, so_far, kept)
        found[row] = kept
    return found, best, scores


@compiled_fast
def project(query: tuple[_Integers, _Integers, _Floats], weights: NDArray[np.int8], scales: _Floats) -> _Floats:
    """Return the product of sparse rows with an 8-bit matrix, features x dimensions, each row scaled to length 1."""
    starts, features, values = query
    vectors = np.zeros((len(starts) - 1, weights.shape[1]), dtype=np.float32)
    for row in range(len(vectors)):
        vector = vectors[row]
        for place in range(starts[row], starts[row + 1]):
            value, line = values[place], weights[features[place]]
            for dimension in range(len(vector)):
                vector[dimension] += value * line[dimension]
        squares = np.float32(0)
        for dimension in range(len(vector)):
            vector[dimension] *= scales[dimension]
            squares += vector[dimension] * vector[dimension]
        if squares > 0:
            vector /= np.sqrt(squares)
    return vectors
