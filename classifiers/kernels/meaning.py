"""Compiled loops of search by meaning: nearest centres, nearest aliases, and both views of an entity. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.search import keep_best
from core.kernels.compiling import compiled, compiled_fast

_NEVER = np.float32(-2)
"""Lower than any cosine."""
_REST = np.float32(0.3)
"""Of the lengths of two vectors outside the first directions, what their product there hardly ever exceeds."""
_MARGIN = np.float32(0.1)
"""How far below the estimate of the last one that is wanted others are compared too."""
_MOST_COMPARED = 1_024
"""Centres that are compared for one text at most; of more the margin is halved until there are no more."""
_PROMISE = np.float32(0.2)
"""What likeness of letters counts beside nearness of centres, where the entities are chosen whose aliases are read."""
_HALVINGS = 20
"""How often the span of possible cosines is halved; what is left of it is less than what 8-bit integers tell apart."""
_VIEWS = 3
"""Likeness of letters, cosine to the nearest alias, cosine to the centre."""

_Floats = NDArray[np.float32]
_Integers = NDArray[np.int32]
Heads = tuple[NDArray[np.int8], _Floats, _Floats]
Groups = tuple[NDArray[np.int8], _Floats, _Integers, int]


@compiled_fast
def _nearest_alias(vector: _Floats, aliases: NDArray[np.int8], scales: _Floats, begin: int, end: int) -> Any:  # noqa: ANN401
    """Return the alias nearest to a vector among some, the first of equals, and the cosine to it."""
    best, nearest = _NEVER, begin
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
def _least_compared(estimates: _Floats, top: int) -> Any:  # noqa: ANN401 - Numba gives the type
    """Return the estimate from which on centres are compared."""
    bests = np.full(top, _NEVER)
    for estimate in estimates:
        if estimate > bests[-1]:
            at = top - 1
            while at > 0 and bests[at - 1] < estimate:
                bests[at] = bests[at - 1]
                at -= 1
            bests[at] = estimate
    margin = _MARGIN
    while True:
        least, above = bests[-1] - margin, np.int32(0)
        for estimate in estimates:
            above += np.int32(estimate >= least)
        # Of equals there may be any number; a margin that is nothing to their estimates ends it.
        if above <= max(top, _MOST_COMPARED) or margin < np.float32(1e-3):
            return least
        margin /= np.float32(2)


@compiled
def head_of(vector: _Floats, directions: _Floats) -> _Floats:
    """Return the share of a vector in each of some directions."""
    head = np.empty(len(directions), dtype=np.float32)
    for direction in range(len(directions)):
        head[direction] = _product(directions[direction], vector)
    return head


@compiled
def _least_near(products: _Floats, starts: _Integers, wanted: int) -> Any:  # noqa: ANN401 - Numba gives the type
    """Return how near a group is at least that is among the nearest, which have as many centres as are wanted.

    By halving what is between too few and enough: sorting the groups takes as long as reading their centres.
    """
    enough, few = np.float32(-2), np.float32(2)
    for _ in range(_HALVINGS):
        middle, count = (enough + few) / np.float32(2), np.int32(0)
        for group in range(len(products)):
            count += (products[group] >= middle) * (starts[group + 1] - starts[group])
        if count >= wanted:
            enough = middle
        else:
            few = middle
    return enough


@compiled
def _estimates(
    head: _Floats, heads: Heads, groups: Groups, allowed: NDArray[np.bool_], least: int
) -> tuple[_Integers, _Floats]:
    """Return the places of the centres in the nearest groups that are allowed, and an estimate for each.

    The nearest groups have `least` centres at least. An estimate is what the cosine to a vector may be at most, as far
    as the first directions tell.
    """
    small, scales, tails = heads
    group_heads, group_scales, starts, wanted = groups
    rest = _REST * np.sqrt(max(np.float32(0), np.float32(1) - _product(head, head)))
    products = np.empty(len(group_heads), dtype=np.float32)
    _roughly(head, group_heads, group_scales, products)
    least_near = _least_near(products, starts, max(wanted, least))
    places, estimates = np.empty(len(small), dtype=np.int32), np.empty(len(small), dtype=np.float32)
    count = 0
    for group in range(len(products)):
        if products[group] < least_near:
            continue
        begin, end = starts[group], starts[group + 1]
        here = estimates[count : count + end - begin]
        _roughly(head, small[begin:end], scales[begin:end], here)
        for number in range(len(here)):
            place = begin + number
            if allowed[place]:
                places[count], estimates[count] = place, here[number] + rest * tails[place]
                count += 1
    return places[:count], estimates[:count]


@compiled
def _union(some: _Integers, others: _Integers) -> _Integers:
    """Return different numbers of both, the lowest first."""
    found, count = np.empty(len(some) + len(others), dtype=np.int32), 0
    for numbers in (some, others):
        for number in numbers:
            at = count
            while at > 0 and found[at - 1] > number:
                at -= 1
            if at > 0 and found[at - 1] == number:
                continue
            for place in range(count, at, -1):
                found[place] = found[place - 1]
            found[at] = number
            count += 1
    return found[:count]


@compiled
def nearest_centres(
    vector: tuple[_Floats, _Floats],
    centres: _Floats,
    heads: Heads,
    groups: Groups,
    allowed: NDArray[np.bool_],
    looked: _Integers,
    top: int,
) -> tuple[_Integers, _Floats]:
    """Return the places of the `top` nearest centres and those `looked` at, in rising order, and the exact cosines.

    Of the centres in the nearest groups the heads are read: their share in the few directions in which vectors differ
    most. `vector` is one and its own head (see `head_of`); `heads` are centres x these directions as 8-bit integers,
    the scale of each row, and the length of what lies in no such direction; `groups` are the heads of the middles of
    groups and the scale of each, where the centres of each start, and how many centres are wanted at least. Those that
    may be among the nearest by their heads are compared exactly. What is missed: see decisions 26 and 28.
    """
    whole, head = vector
    possible, estimates = _estimates(head, heads, groups, allowed, top)
    least = _least_compared(estimates, top)
    best, scores, kept = np.empty(top, dtype=np.int32), np.empty(top, dtype=np.float32), 0
    for number, place in enumerate(possible):
        if estimates[number] >= least:
            kept = keep_best(_product(whole, centres[place]), place, scores, best, kept)
    places = _union(best[:kept], looked)
    exact = np.empty(len(places), dtype=np.float32)
    for number, place in enumerate(places):
        exact[number] = _product(whole, centres[place])
    return places, exact


@compiled
def _looks_of(entities: _Integers, looked: _Integers, looks: _Floats) -> tuple[_Integers, _Floats]:
    """Return where each of some entities stands among those that look alike, -1 where it does not, and how alike."""
    ats, alike_by = np.empty(len(entities), dtype=np.int32), np.zeros(len(entities), dtype=np.float32)
    for number, entity in enumerate(entities):
        at = _find(looked, entity)
        ats[number] = at
        if at >= 0:
            alike_by[number] = looks[at]
    return ats, alike_by


@compiled
def _promising(near: _Floats, alike_by: _Floats, top: int) -> _Integers:
    """Return which `top` entities promise most, by their centres and their letters."""
    best, scores, kept = np.empty(top, dtype=np.int32), np.empty(top, dtype=np.float32), 0
    for number in range(len(near)):
        kept = keep_best(near[number] + _PROMISE * alike_by[number], np.int32(number), scores, best, kept)
    return best[:kept]


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
    centres: tuple[_Floats, _Floats, Heads, Groups, NDArray[np.bool_]],
    aliases: tuple[NDArray[np.int8], _Floats, _Integers, _Integers, _Integers],
    entities: tuple[_Integers, _Integers, _Floats, _Floats],
    limits: tuple[int, int],
    weights: tuple[float, float, float],
) -> tuple[NDArray[np.int64], _Integers, _Floats, _Floats, _Floats]:
    """Return the entities that look like each text or mean the same, best first, each by one row of its aliases.

    `alike` is how many alias rows look alike, and queries x rows of them and their similarities, best first. `vectors`
    are those of the texts; `centres` those of entities, the first directions, the heads of centres and their groups
    (see `nearest_centres`), and which may be found. `aliases` are their vectors as 8-bit integers, the scale of each,
    where those of each place start, the alias row of each, and the place of each entity in the taxonomy, -1 where it
    has none. `entities` are, by alias row, the entity, and by that how well known it is, and the confidence of each
    row. `limits` are how many entities each view finds, of which together as many are compared by their aliases, and
    how many are returned; `weights` those of centre and letters in the score, and the similarity from which on the row
    that looks alike is shown.

    The answer is how many were found for each text, then queries x found: rows, similarities, cosines to the nearest
    alias and to the centre; these are NaN where the encoder knows nothing of the text.
    """
    counts, rows, similarities = alike
    exact, directions, heads, groups, allowed = centres
    vectors8, scales, firsts, alias_rows, place_of = aliases
    owners, owner_of_place, popularity, confidences = entities
    top, most = limits
    centre_weight, letters_weight, shown_as_alike = weights
    top_centres = min(top, len(owner_of_place))
    width = max(rows.shape[1], top)
    size = min(most, width)
    found = np.zeros(len(counts), dtype=np.int64)
    out_rows = np.zeros((len(counts), size), dtype=np.int32)
    out = np.zeros((_VIEWS, len(counts), size), dtype=np.float32)
    looked, look_rows = np.empty(rows.shape[1], dtype=np.int32), np.empty(rows.shape[1], dtype=np.int32)
    looks = np.empty(rows.shape[1], dtype=np.float32)
    these, prominences = np.empty(width, dtype=np.int32), np.empty(width, dtype=np.float32)
    values, scores = np.empty((_VIEWS, width), dtype=np.float32), np.empty(width, dtype=np.float32)
    for query in range(len(counts)):
        end = counts[query]
        seen = _first_of_each(rows[query, :end], similarities[query, :end], owners, looked, look_rows, looks)
        if vectors[query].any():
            also = place_of[looked[: min(seen, top)]]
            head = head_of(vectors[query], directions)
            places, near = nearest_centres(
                (vectors[query], head), exact, heads, groups, allowed, also[also >= 0], top_centres
            )
            ats, alike_by = _looks_of(owner_of_place[places], looked[:seen], looks)
            promising = _promising(near, alike_by, top)
            count = len(promising)
            for number, one in enumerate(promising):
                place, alike_one = places[one], alike_by[one]
                alias, cosine = _nearest_alias(vectors[query], vectors8, scales, firsts[place], firsts[place + 1])
                these[number] = look_rows[ats[one]] if alike_one >= shown_as_alike else alias_rows[alias]
                values[0, number], values[1, number], values[2, number] = alike_one, cosine, near[one]
                blend = cosine + centre_weight * near[one] + letters_weight * alike_one
                scores[number] = np.float32(blend / (1 + centre_weight + letters_weight))
        else:
            count = seen
            these[:seen], values[0, :seen], values[1:, :seen] = look_rows[:seen], looks[:seen], np.nan
            scores[:seen] = looks[:seen]
        for number in range(count):
            prominences[number] = popularity[owners[these[number]]] * confidences[these[number]]
        order = _order(scores, prominences, these, count)[:size]
        found[query] = len(order)
        for number, one in enumerate(order):
            out_rows[query, number] = these[one]
            for view in range(_VIEWS):
                out[view, query, number] = values[view, one]
    return found, out_rows, out[0], out[1], out[2]
