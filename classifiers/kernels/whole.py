"""A whole search in one compiled call: features, posting lists, vectors, nearest entities. Pure.

A call from Python costs as much as a fifth of the search itself, for what the arrays are and where they lie has to be
told again, and Python's own objects are no longer in the cache.
"""

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.features import SchemeArguments, decoded, weighted_features
from classifiers.kernels.meaning import Groups, Heads, join_views
from classifiers.kernels.scoring import Scoring, chances_of_rows
from classifiers.kernels.search import Postings, best_postings, project
from core.kernels.compiling import compiled

_Floats = NDArray[np.float32]
_Integers = NDArray[np.int32]
_Doubles = NDArray[np.float64]
_Alike = tuple[NDArray[np.int64], _Integers, _Floats]
_Found = tuple[NDArray[np.int64], _Integers, _Floats, _Floats, _Floats]
_Texts = tuple[NDArray[np.uint32], NDArray[np.int64]]
NgramArrays = tuple[SchemeArguments, _Floats, float, Postings, NDArray[np.bool_], _Integers]
EncoderArrays = tuple[SchemeArguments, _Floats, NDArray[np.int8], _Floats]
CentreArrays = tuple[_Floats, _Floats, Heads, Groups, NDArray[np.bool_]]
AliasArrays = tuple[NDArray[np.int8], _Floats, _Integers, _Integers, _Integers]
EntityArrays = tuple[_Integers, _Integers, _Floats, _Floats]
SearchArrays = tuple[NgramArrays, EncoderArrays, CentreArrays, AliasArrays, EntityArrays]
SearchLimits = tuple[int, float, int, int, float, float, float]


@compiled
def alike_rows(texts: _Texts, ngrams: NgramArrays, depth: int, floor: float) -> _Alike:
    """Return how many aliases look like each text, and texts x `depth`: their rows and their cosines, best first.

    Arguments as those of `search_rows`.
    """
    characters, ends = texts
    scheme, idf, least, postings, allowed, rows = ngrams
    weighted = weighted_features(characters, ends, scheme, idf, least)
    counts, places, similarities = best_postings(weighted, postings, allowed, depth, floor)
    found = np.zeros(places.shape, dtype=np.int32)
    for text in range(len(counts)):
        for place in range(counts[text]):
            found[text, place] = rows[places[text, place]]
            similarities[text, place] = min(similarities[text, place], np.float32(1))
    return counts, found, similarities


@compiled
def encoded(texts: _Texts, encoder: EncoderArrays) -> _Floats:
    """Return the vectors of texts, texts x dimensions; arguments as those of `search_rows`."""
    characters, ends = texts
    scheme, idf, weights, scales = encoder
    return project(weighted_features(characters, ends, scheme, idf, 0.0), weights, scales)


@compiled
def search_rows(
    texts: _Texts,
    ngrams: NgramArrays,
    encoder: EncoderArrays,
    centres: CentreArrays,
    aliases: AliasArrays,
    entities: EntityArrays,
    limits: SearchLimits,
) -> _Found:
    """Return the entities that look like each text or mean the same, best first, each by one row of its aliases.

    `texts` are the code points of all texts, and where each ends. `ngrams` and `encoder` begin with the features that
    they look at (see `weighted_features`) and how much each weighs; then come the posting lists, which aliases may be
    found, and the row of each (see `best_postings`), or the matrix and its scales (see `project`). `centres`, `aliases`
    and `entities` are those of `join_views`, whose answer this is. `limits` are how many aliases are looked at that
    look alike, how alike at least; then the limits and the weights of `join_views`.
    """
    depth, floor, each, most, centre_weight, letters_weight, shown_as_alike = limits
    return join_views(
        alike_rows(texts, ngrams, depth, floor),
        encoded(texts, encoder),
        centres,
        aliases,
        entities,
        (each, most),
        (centre_weight, letters_weight, shown_as_alike),
    )


@compiled
def search_and_score(
    arrays: SearchArrays, limits: SearchLimits, scoring: Scoring
) -> tuple[NDArray[np.int64], _Integers, _Doubles]:
    """Return the likeliest entities of each text and how likely each is right.

    `arrays` and `limits` are the arguments of `search_rows` after the texts; `scoring` those of `chances_of_rows`
    without what was found, and of these the first are the texts, one at least. Beside those that have a text to the
    letter, as many entities are scored for it as the limits say, whatever is searched for with it.
    """
    ngrams, encoder, centres, aliases, entities = arrays
    texts, exact, known, keys, models, policy = scoring
    depth, floor, each, most, centre_weight, letters_weight, shown_as_alike = limits
    named = exact[0].copy()
    named[1:] -= exact[0][:-1]
    for_all = depth, floor, each, most + named.max(), centre_weight, letters_weight, shown_as_alike
    found = search_rows(decoded(texts), ngrams, encoder, centres, aliases, entities, for_all)
    for text in range(len(named)):
        found[0][text] = min(found[0][text], most + named[text])
    return chances_of_rows(found, texts, exact, known, keys, models, policy)
