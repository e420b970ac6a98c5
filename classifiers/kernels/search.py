"""Compiled loops of search: best posting lists, vectors of texts, nearest entities. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels.compiling import compiled, compiled_fast

_NEVER = np.float32(-2)
"""Lower than any cosine."""
_REST = np.float32(0.3)
"""Of the lengths of two vectors outside the first directions, what their product there hardly ever exceeds."""
_MARGIN = np.float32(0.1)
"""How far below the estimate of the last one that is wanted others are compared too."""
_MOST_COMPARED = 1_024
"""Centres that are compared for one text at most; of more the margin is halved until there are no more."""
_VIEWS = 3
"""Likeness of letters, cosine to the nearest alias, cosine to the centre."""

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
def _keep_best(score: Any, item: Any, scores: _Floats, items: _Integers, kept: int) -> int:  # noqa: ANN401
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
                    kept = _keep_best(block[place], np.int32(first + start + place), scores, items, kept)
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
            kept = _keep_best(totals[alias], np.int32(first + alias), best[0], best[1], kept)
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


@compiled_fast
def _nearest_alias(vector: _Floats, aliases: NDArray[np.int8], scales: _Floats, begin: int, end: int) -> Any:  # noqa: ANN401
    """Return the alias nearest to a vector among some, the first of equals, and the cosine to it."""
    best, nearest = np.float32(-2), begin
    for alias in range(begin, end):
        line, total = aliases[alias], np.float32(0)
        for dimension in range(len(vector)):
            total += vector[dimension] * line[dimension]
        total *= scales[alias]
        if total > best:
            best, nearest = total, alias
    return nearest, best


@compiled
def _find(entities: _Integers, entity: Any) -> int:  # noqa: ANN401 - Numba gives the types
    """Return where an entity stands among some, -1 where it does not."""
    for place in range(len(entities)):
        if entities[place] == entity:
            return place
    return -1


@compiled
def _first_of_each(
    rows: _Integers, similarities: _Floats, owners: _Integers, entities: _Integers, bests: _Integers, most: _Floats
) -> int:
    """Write each entity of some alias rows, its first row and the similarity of that; return how many there are."""
    count = 0
    for place in range(len(rows)):
        entity = owners[rows[place]]
        if _find(entities[:count], entity) < 0:
            entities[count], bests[count], most[count] = entity, rows[place], similarities[place]
            count += 1
    return count


@compiled_fast
def _product(one: _Floats, other: _Floats) -> Any:  # noqa: ANN401 - Numba gives the type
    total = np.float32(0)
    for dimension in range(len(one)):
        total += one[dimension] * other[dimension]
    return total


@compiled_fast
def _roughly(vector: _Floats, small: NDArray[np.int8], scales: _Floats, products: _Floats) -> None:
    """Write the products of a vector with rows of 8-bit integers, each times its scale."""
    for place in range(len(products)):
        line, total = small[place], np.float32(0)
        for dimension in range(len(vector)):
            total += vector[dimension] * line[dimension]
        products[place] = total * scales[place]


@compiled
def _estimate(vector: _Floats, heads: tuple[_Floats, NDArray[np.int8], _Floats, _Floats], estimates: _Floats) -> None:
    """Write what the cosine of a vector to each centre may be at most, as far as its first directions tell."""
    directions, small, scales, tails = heads
    head, squares = np.empty(len(directions), dtype=np.float32), np.float32(0)
    for direction in range(len(directions)):
        head[direction] = _product(directions[direction], vector)
        squares += head[direction] * head[direction]
    tail = _REST * np.sqrt(max(np.float32(0), np.float32(1) - squares))
    _roughly(head, small, scales, estimates)
    for place in range(len(estimates)):
        estimates[place] += tail * tails[place]


@compiled
def _least_compared(estimates: _Floats, allowed: NDArray[np.bool_], top: int) -> Any:  # noqa: ANN401
    """Return the estimate from which on centres are compared."""
    bests = np.full(top, _NEVER)
    for place in range(len(estimates)):
        estimate = estimates[place]
        if estimate > bests[-1] and allowed[place]:
            at = top - 1
            while at > 0 and bests[at - 1] < estimate:
                bests[at] = bests[at - 1]
                at -= 1
            bests[at] = estimate
    margin = _MARGIN
    while True:
        least, above = bests[-1] - margin, 0
        for place in range(len(estimates)):
            above += (estimates[place] >= least) & allowed[place]
        # Of equals there may be any number; a margin that is nothing to their estimates ends it.
        if above <= max(top, _MOST_COMPARED) or margin < np.float32(1e-3):
            return least
        margin /= np.float32(2)


@compiled
def nearest_centres(
    vector: _Floats,
    centres: _Floats,
    heads: tuple[_Floats, NDArray[np.int8], _Floats, _Floats],
    allowed: NDArray[np.bool_],
    looked: _Integers,
    top: int,
) -> tuple[_Integers, _Floats]:
    """Return the places of the `top` nearest centres and those `looked` at, in rising order, and the exact cosines.

    Of all centres the heads alone are read: their share in the few directions in which vectors differ most. `heads`
    are these directions x dimensions, centres x directions as 8-bit integers, the scale of each row, and the length of
    what lies in no such direction. Those that may be among the nearest by that are compared exactly; one in a hundred
    of the nearest is missed, of the first one in a thousand.
    """
    estimates = np.empty(len(centres), dtype=np.float32)
    _estimate(vector, heads, estimates)
    least = _least_compared(estimates, allowed, top)
    best, scores, kept = np.empty(top, dtype=np.int32), np.empty(top, dtype=np.float32), 0
    for place in range(len(estimates)):
        if estimates[place] >= least and allowed[place]:
            kept = _keep_best(_product(vector, centres[place]), np.int32(place), scores, best, kept)
    places = np.unique(np.concatenate((best[:kept], looked)))
    exact = np.empty(len(places), dtype=np.float32)
    for number, place in enumerate(places):
        exact[number] = _product(vector, centres[place])
    return places, exact


@compiled
def _order(scores: _Floats, prominences: _Floats, rows: _Integers, count: int) -> NDArray[np.int64]:
    """Return the places of the first `count` values by score, then by prominence, then the lower row first."""
    order = np.empty(count, dtype=np.int64)
    for place in range(count):
        at = place
        while at > 0:
            other = order[at - 1]
            if scores[other] > scores[place]:
                break
            if scores[other] == scores[place]:
                if prominences[other] > prominences[place]:
                    break
                if prominences[other] == prominences[place] and rows[other] < rows[place]:
                    break
            order[at] = other
            at -= 1
        order[at] = place
    return order


@compiled
def join_views(
    alike: tuple[NDArray[np.int64], _Integers, _Floats],
    vectors: _Floats,
    centres: tuple[_Floats, _Floats, NDArray[np.int8], _Floats, _Floats, NDArray[np.bool_]],
    aliases: tuple[NDArray[np.int8], _Floats, _Integers, _Integers, _Integers],
    entities: tuple[_Integers, _Integers, _Floats, _Floats],
    limits: tuple[int, int],
    weights: tuple[float, float, float],
) -> tuple[NDArray[np.int64], _Integers, _Floats, _Floats, _Floats]:
    """Return the entities that look like each text or mean the same, best first, each by one row of its aliases.

    `alike` is how many alias rows look alike, and queries x rows of them and their similarities, best first. `vectors`
    are those of the texts; `centres` those of entities, their heads (see `nearest_centres`), and which may be found.
    `aliases` are their vectors as 8-bit integers, the scale of each, where those of each place start, the alias row of
    each, and the place of each entity in the taxonomy, -1 where it has none. `entities` are, by alias row, the entity,
    and by that how well known it is, and the confidence of each row. `limits` are how many entities are looked at by
    each view, and how many are returned; `weights` those of centre and letters in the score, and the similarity from
    which on the row that looks alike is shown.

    The answer is how many were found for each text, then queries x found: rows, similarities, cosines to the nearest
    alias and to the centre; these are NaN where the encoder knows nothing of the text.
    """
    counts, rows, similarities = alike
    exact, directions, small, small_scales, tails, allowed = centres
    vectors8, scales, firsts, alias_rows, place_of = aliases
    owners, owner_of_place, popularity, confidences = entities
    top, most = limits
    centre_weight, letters_weight, shown_as_alike = weights
    top_centres = min(top, len(owner_of_place))
    width = max(rows.shape[1], top + top_centres)
    size = min(most, width)
    found = np.zeros(len(counts), dtype=np.int64)
    out_rows = np.zeros((len(counts), size), dtype=np.int32)
    out = np.zeros((_VIEWS, len(counts), size), dtype=np.float32)
    looked, look_rows = np.empty(rows.shape[1], dtype=np.int32), np.empty(rows.shape[1], dtype=np.int32)
    looks = np.empty(rows.shape[1], dtype=np.float32)
    these, prominences = np.empty(width, dtype=np.int32), np.empty(width, dtype=np.float32)
    values = np.empty((_VIEWS, width), dtype=np.float32)
    for query in range(len(counts)):
        end = counts[query]
        seen = _first_of_each(rows[query, :end], similarities[query, :end], owners, looked, look_rows, looks)
        if vectors[query].any():
            also = place_of[looked[: min(seen, top)]]
            places, near = nearest_centres(
                vectors[query], exact, (directions, small, small_scales, tails), allowed, also[also >= 0], top_centres
            )
            count = len(places)
            for number, place in enumerate(places):
                alias, cosine = _nearest_alias(vectors[query], vectors8, scales, firsts[place], firsts[place + 1])
                at = _find(looked[:seen], owner_of_place[place])
                alike_by = looks[at] if at >= 0 else np.float32(0)
                these[number] = look_rows[at] if at >= 0 and alike_by >= shown_as_alike else alias_rows[alias]
                values[0, number], values[1, number], values[2, number] = alike_by, cosine, near[number]
            blend = values[1] + centre_weight * values[2] + letters_weight * values[0]
            scores = (blend / (1 + centre_weight + letters_weight)).astype(np.float32)
        else:
            count = seen
            these[:seen], values[0, :seen], values[1:, :seen] = look_rows[:seen], looks[:seen], np.nan
            scores = looks
        for number in range(count):
            prominences[number] = popularity[owners[these[number]]] * confidences[these[number]]
        order = _order(scores, prominences, these, count)[:size]
        found[query] = len(order)
        out_rows[query, : len(order)] = these[order]
        for view in range(_VIEWS):
            out[view, query, : len(order)] = values[view][order]
    return found, out_rows, out[0], out[1], out[2]
