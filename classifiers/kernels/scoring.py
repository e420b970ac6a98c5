"""Compiled features of a candidate, and the probability that it is right. Pure.

`classifiers.standardize.features` says what each feature means, `classifiers.standardize.calibration` how the sum of
them becomes a probability. Here is the arithmetic of both, the one place for it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.rarity import compare_words, slip_table
from core.kernels.compiling import compiled

FEATURE_COUNT = 36
CANONICAL, ABBREVIATION, MISSPELLING = 0, 2, 3
"""The kinds of aliases that features tell apart, by their places in `taxonomy.model.AliasKind`."""
_SPACE = 32
_MOST_TOKENS = 6
SHORT_CHARACTERS = 3
_MOST_RIVALS = 10
_STEEPEST = 30.0
SHARING = 6
"""Of the best candidates so many share in the weight: a search returns as many, however few are asked for."""
_SHARPNESS = 25.0
_RARE_WORDS = (1, 2, 4, 5)
"""The places of the rare words among what is known of words."""
_SAME_WORDS = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
"""What a text and an alias have in common that are the same."""
_NOTHING = 0.7
"""The score of a rival that stands for what a taxonomy lacks: where it holds little, the best is no surer for that."""

_Doubles = NDArray[np.float64]
_Floats = NDArray[np.float32]
_Integers = NDArray[np.int32]
_Bytes = NDArray[np.uint8]
_Marks = NDArray[np.bool_]
_Candidates = tuple[_Doubles, _Integers, _Integers]
_Model = tuple[float, _Doubles, _Doubles, _Doubles]
_Found = tuple[NDArray[np.int64], _Integers, _Floats, _Floats, _Floats]
_Queries = tuple[_Bytes, NDArray[np.int64]]
_Exact = tuple[NDArray[np.int64], _Integers, _Integers]
_Aliases = tuple[_Integers, NDArray[np.uint8], _Floats, _Floats, NDArray[np.int16]]
_Keys = tuple[_Bytes, NDArray[np.uint32], _Integers, _Bytes]
_Policy = tuple[float, float, int, float, float, float]
Scoring = tuple[_Queries, _Exact, _Aliases, _Keys, tuple[_Model, _Model], _Policy]
"""The arguments of `chances_of_rows` without what was found."""


@compiled
def fill_features(
    values: _Doubles,
    views: tuple[float, float, float, float, float, float],
    alias: tuple[int, float, float],
    exact: bool,  # noqa: FBT001 - Numba takes no keywords here
    rivals: int,
    tokens: tuple[int, bool],
    words: tuple[float, float, float, float, float, float],
) -> None:
    """Write the values of the features of one candidate.

    `views` are the similarity of n-grams, the cosines of meaning to alias and centre, both NaN where there is no
    meaning, the score of all, how far it leads, and its share of the weight of the best; `alias` its kind, its
    confidence, and how far its entity is better known than the best rival's; `tokens` how many the text has, and
    whether it is a short one alone; `words` what both have in common: see `classifiers.standardize.rarity.Words`.
    """
    similarity, meaning, centre, blend, lead, share = views
    kind, alias_confidence, popularity_lead = alias
    (count, short), query_coverage, alias_coverage = tokens, words[0], words[3]
    meaningless = math.isnan(meaning)
    margin = 0.0
    if meaningless or exact:
        meaning = centre = 0.0
    if exact:
        blend, share, query_coverage, alias_coverage = 0.0, 0.0, 1.0, 1.0
    else:
        margin = max(-0.3, min(lead, 0.3))
    values[0] = similarity
    values[1] = similarity * similarity
    values[2] = meaning
    values[3] = meaning * meaning
    values[4] = centre
    values[5] = 1.0 if meaningless else 0.0
    values[6] = margin
    values[7] = max(0.0, min(margin, 0.05))
    values[8] = blend
    values[9] = max(0.0, blend - 0.8)
    values[10] = 1.0 if exact and rivals > 0 else 0.0
    values[11] = math.log(min(rivals, _MOST_RIVALS)) if exact and rivals > 0 else 0.0
    values[12] = math.tanh(10 * popularity_lead) if rivals > 0 else 0.0
    values[13] = 1.0 if kind == CANONICAL else 0.0
    values[14] = 1.0 if kind == ABBREVIATION else 0.0
    values[15] = 1.0 if kind == MISSPELLING else 0.0
    values[16] = query_coverage
    values[17] = alias_coverage
    values[18] = 1.0 if short else 0.0
    values[19] = min(count, _MOST_TOKENS) / _MOST_TOKENS
    values[20] = 1.0 - alias_confidence
    values[21] = share
    values[22] = 1.0 if margin < 0.0 else 0.0
    less = 1.0 if query_coverage >= 1.0 and not exact else 0.0
    more = 1.0 if alias_coverage >= 1.0 and not exact else 0.0
    values[23], values[24], values[25] = less, more, less * more
    values[26], values[27] = less * similarity, more * similarity
    values[28], values[29] = less * values[19], more * values[19]
    values[30], values[31] = less * share, more * share
    for place in range(len(_RARE_WORDS)):
        values[32 + place] = 0.0 if exact else words[_RARE_WORDS[place]]


@compiled
def share_of(score: float, scores: _Doubles, left_out: _Marks) -> float:
    """Return what a score has of the weight of some scores and of nothing known, by a softmax; some are left out."""
    weight = math.exp(_SHARPNESS * (_NOTHING - score))
    for place in range(len(scores)):
        if not left_out[place]:
            weight += math.exp(_SHARPNESS * (scores[place] - score))
    return 1.0 / weight


@compiled
def mark_doubles(names: _Integers, sources: _Integers, position: int, doubles: _Marks) -> None:
    """Mark those of some candidates that are another one under the id of another source.

    They are so where they look alike by the same alias and no source has two of them. `names` are the aliases, a
    number below 0 for what is no candidate for this, and `sources` those of the entities, a number below 0 for none.
    """
    doubles[:] = False
    for other in range(len(names)):
        doubles[other] = other != position and names[other] >= 0 and names[other] == names[position]
    for one in range(len(names)):
        if not doubles[one] and one != position:
            continue
        for other in range(len(names)):
            is_other = other != one and (doubles[other] or other == position)
            if is_other and (sources[one] < 0 or sources[one] == sources[other]):
                doubles[:] = False
                return


@compiled
def rival_of(position: int, doubles: _Marks) -> int:
    """Return which of some candidates one is compared with: the first that is another thing; beyond them for none."""
    rival = 0
    while rival < len(doubles) and (rival == position or doubles[rival]):
        rival += 1
    return rival


@compiled
def _count(text: _Bytes) -> int:
    """Return how many tokens a text has."""
    count = 1
    for byte in text:
        count += byte == _SPACE
    return count


@compiled
def _is_short(text: _Bytes) -> bool:
    """Whether a text is one token of up to three characters."""
    characters = 0
    for byte in text:
        if byte == _SPACE:
            return False
        # The bytes after the first of a character begin with the bits 10.
        characters += (byte & 0xC0) != 0x80
    return characters <= SHORT_CHARACTERS


@compiled
def _corrected(total: float, raw: _Doubles, found: _Doubles) -> float:
    """Return the corrected log-odds of a sum: straight lines between the points, in parallel with it beyond them."""
    after = np.searchsorted(raw, total)
    if after == 0:
        return float(found[0] + total - raw[0])
    if after == len(raw):
        return float(found[-1] + total - raw[-1])
    x, y = raw[after - 1], found[after - 1]
    return float(y + (found[after] - y) * (total - x) / (raw[after] - x))


@compiled
def _one_of_each(rows: _Integers, scores: _Doubles, prominences: _Doubles, owners: _Integers, kept: _Integers) -> int:
    """Write the places of the best row of each entity, best first; return how many there are.

    By score, then by prominence, then the lower row.
    """
    count = 0
    for place in range(len(rows)):
        at = count
        for other in range(count):
            if owners[rows[kept[other]]] == owners[rows[place]]:
                at = other
        if at < count and not _comes_before(place, kept[at], rows, scores, prominences):
            continue
        count = max(count, at + 1)
        while at > 0 and _comes_before(place, kept[at - 1], rows, scores, prominences):
            kept[at] = kept[at - 1]
            at -= 1
        kept[at] = place
    return count


@compiled
def _comes_before(one: int, other: int, rows: _Integers, scores: _Doubles, prominences: _Doubles) -> bool:
    if scores[one] != scores[other]:
        return bool(scores[one] > scores[other])
    if prominences[one] != prominences[other]:
        return bool(prominences[one] > prominences[other])
    return bool(rows[one] < rows[other])


@compiled
def _views(
    views: tuple[_Floats, _Floats, _Floats], rows: _Integers, weights: tuple[float, float], scores: _Doubles
) -> None:
    """Write all views of each row in one number: see `classifiers.standardize.match.Match.score`."""
    similarities, meanings, centres = views
    centre_weight, letters_weight = weights
    for place in range(len(rows)):
        score, meaning = np.float64(similarities[place]), np.float64(meanings[place])
        if not math.isnan(meaning):
            blend = meaning + centre_weight * np.float64(centres[place]) + letters_weight * score
            score = blend / (1 + centre_weight + letters_weight)
        scores[place] = score


@compiled
def _chance(values: _Doubles, model: _Model) -> float:
    """Return the calibrated probability that goes with the values of the features."""
    intercept, coefficients, raw, found = model
    total = intercept
    for feature in range(len(coefficients)):
        total += coefficients[feature] * values[feature]
    log_odds = max(-_STEEPEST, min(_STEEPEST, _corrected(total, raw, found)))
    return 1.0 / (1.0 + math.exp(-log_odds))


@compiled
def _merged(exact: _Integers, alike: _Integers, rows: _Integers, owners: _Integers, merged: _Integers) -> int:
    """Write the places of the best row of each entity: exact rows as they come, then those that look alike.

    An exact row at place i is written as -1 - i, of the others the place among `rows`; returns how many there are.
    """
    count = len(exact)
    for place in range(count):
        merged[place] = -1 - place
    for place in alike:
        known = False
        for row in exact:
            known = known or owners[row] == owners[rows[place]]
        if not known:
            merged[count] = place
            count += 1
    return count


@compiled
def _known_by(row: int, owners: _Integers, popularity: _Floats, kinds: NDArray[np.uint8], by_name: float) -> float:
    """Return how well known an entity is by an alias; `by_name` is what its own name counts."""
    return np.float64(popularity[owners[row]]) + (by_name if kinds[row] == CANONICAL else 0.0)


@compiled
def _describe(
    merged: _Integers,
    rows: tuple[_Integers, _Integers],
    scores: _Doubles,
    aliases: tuple[_Integers, NDArray[np.int16], _Integers],
    candidates: _Candidates,
) -> None:
    """Write the score of each candidate, the alias that it looks like, and its source; of exact ones 1 and no alias.

    `rows` are the exact ones and those that look alike, `aliases` the entity of each row, the source of each entity,
    and the folded text of each row.
    """
    named, here = rows
    owners, sources, key_of_row = aliases
    best, names, of_source = candidates
    for position in range(len(merged)):
        place = merged[position]
        row = here[place] if place >= 0 else named[-1 - place]
        best[position] = scores[place] if place >= 0 else 1.0
        names[position] = key_of_row[row] if place >= 0 else -1
        of_source[position] = sources[owners[row]]


@compiled
def _rivalry(candidates: _Candidates, size: int, position: int, doubles: _Marks) -> tuple[int, float]:
    """Return which of the candidates one is compared with, and what it has of the weight; mark its doubles."""
    best, names, sources = candidates
    mark_doubles(names[:size], sources[:size], position, doubles[:size])
    return rival_of(position, doubles[:size]), share_of(best[position], best[: min(size, SHARING)], doubles)


@compiled
def chances_of_rows(
    found: _Found,
    queries: _Queries,
    exact: _Exact,
    aliases: _Aliases,
    keys: _Keys,
    models: tuple[_Model, _Model],
    policy: _Policy,
) -> tuple[NDArray[np.int64], _Integers, _Doubles]:
    """Return the best entities of texts, and how likely each is right.

    `queries` are the folded texts as UTF-8, text after text, and where each ends. `exact` are the alias rows that are a
    text to the letter, one an entity, best first: where those of each text end, the rows, and how many rivals each has.
    `found` is how many alias rows were found for each text, then queries x rows: the rows, their similarity, and the
    cosines to alias and centre, NaN where there is no meaning. `aliases` are, by row, the entity, the kind and the
    confidence, then by entity how well known it is and its source, below 0 for none; `keys` the folded texts of aliases
    as UTF-8, where each of them starts, which one a row has, and how rare the words of the type are. `models`, of exact
    rows and of those that look alike, are each the intercept, the coefficients, and the points of the curve, sums and
    log-odds. `policy` is what centre and letters weigh in the score, how many entities are returned for each text, the
    highest probability, the lowest that is worth returning, and what it counts that an entity is called so.

    The answer is how many there are for each text, then queries x entities: alias rows and probabilities.
    None is likelier than one before it.
    """
    texts, ends = queries
    exact_ends, exact_rows, exact_rivals = exact
    counts, rows, similarities, meanings, centres = found
    owners, kinds, confidences, popularity, sources = aliases
    content, key_starts, key_of_row, rarities = keys
    centre_weight, letters_weight, top, surest, least, by_name = policy
    width = rows.shape[1] + len(exact_rows)
    sizes = np.zeros(len(ends), dtype=np.int64)
    out_rows = np.zeros((len(ends), top), dtype=np.int32)
    chances = np.zeros((len(ends), top), dtype=np.float64)
    values, kept = np.zeros(FEATURE_COUNT, dtype=np.float64), np.empty(rows.shape[1], dtype=np.int32)
    scores, prominences = np.empty(rows.shape[1], dtype=np.float64), np.empty(rows.shape[1], dtype=np.float64)
    merged, best, table = np.empty(width, dtype=np.int32), np.empty(width, dtype=np.float64), slip_table()
    candidates, doubles = (best, np.empty(width, np.int32), np.empty(width, np.int32)), np.zeros(width, np.bool_)
    begin = first = 0
    for query in range(len(ends)):
        text, begin = texts[begin : ends[query]], ends[query]
        named, rivals_of = exact_rows[first : exact_ends[query]], exact_rivals[first : exact_ends[query]]
        first, here, count = exact_ends[query], rows[query, : counts[query]], counts[query]
        _views(
            (similarities[query, :count], meanings[query, :count], centres[query]),
            here,
            (centre_weight, letters_weight),
            scores,
        )
        for place in range(count):
            row = here[place]
            prominences[place] = _known_by(row, owners, popularity, kinds, by_name) * np.float64(confidences[row])
        alike = _one_of_each(here, scores, prominences, owners, kept)
        size = _merged(named, kept[:alike], here, owners, merged)
        sizes[query], tokens, short = min(size, top), _count(text), _is_short(text)
        _describe(merged[:size], (named, here), scores, (owners, sources, key_of_row), candidates)
        for position in range(sizes[query]):
            place, is_exact = merged[position], merged[position] < 0
            row = named[-1 - place] if is_exact else here[place]
            rival, share = _rivalry(candidates, size, position, doubles)
            lead, known = best[position], _known_by(row, owners, popularity, kinds, by_name)
            if rival < size:
                other = named[-1 - merged[rival]] if merged[rival] < 0 else here[merged[rival]]
                lead -= best[rival]
                known -= _known_by(other, owners, popularity, kinds, by_name)
            alias, of_text = (kinds[row], np.float64(confidences[row]), known), (tokens, short)
            if is_exact:
                views = 1.0, 1.0, 1.0, best[position], lead, share
                fill_features(values, views, alias, True, rivals_of[-1 - place], of_text, _SAME_WORDS)
            else:
                key = content[key_starts[key_of_row[row]] : key_starts[key_of_row[row] + 1]]
                similarity, meaning = np.float64(similarities[query, place]), np.float64(meanings[query, place])
                views = similarity, meaning, np.float64(centres[query, place]), best[position], lead, share
                words = compare_words(text, key, rarities, table) + compare_words(key, text, rarities, table)
                fill_features(values, views, alias, False, len(named), of_text, words)
            before = chances[query, position - 1] if position else surest
            chance = min(before, _chance(values, models[0] if is_exact else models[1]))
            if chance < least:
                sizes[query] = position
                break
            out_rows[query, position], chances[query, position] = row, chance
    return sizes, out_rows, chances
