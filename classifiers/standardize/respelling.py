"""What a text may be a slip of, and what is found for both: the surer of the two, and then the other. Pure."""

from collections.abc import Callable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from classifiers.standardize.alternatives import OTHER_READING, with_confidence, with_other_readings
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.found import Found
from classifiers.standardize.match import Match
from classifiers.standardize.model import Confidence
from classifiers.standardize.scoring import Likely
from classifiers.standardize.search import exact_matches
from taxonomy.model import EntityType

_TERM = "misspelt"


def otherwise_spelt(taxonomy: CompiledTaxonomy, key: str, kind: EntityType) -> tuple[str, list[Match]] | None:
    """Return the first alias that a folded text may be a slip of, or two words joined to one, and where it is one.

    None where there is no such alias: what only looks like one, the text as it stands finds as well.
    """
    spelling = taxonomy.spelling
    doubtful = spelling.doubtful(key, kind)
    if not doubtful:
        return None
    for other in chain(spelling.respelt(key, kind, doubtful), spelling.apart(key, doubtful)):
        if exact := exact_matches(taxonomy, other, kind):
            return other, exact
    return None


def surer_spelling(
    own: Found,
    respelt: Found,
    doubted: Callable[[float], Confidence],
    entities: NDArray[np.int32],
    *,
    top: int,
    floor: float,
) -> Found:
    """Return what was found for a text, or, where that is surer, for the text that it may be a slip of.

    Each candidate of that one is doubted; after its best one come those of the text as it stands, as of another
    reading. What is less likely than `floor` then is left out. It is never exact. `entities` are those of alias rows.
    """
    if doubted(respelt.confidence) <= own.confidence:
        return own
    candidates = [with_confidence(one, doubted(one.confidence), _TERM) for one in respelt.candidates]
    likely = [(row, doubted(confidence)) for row, confidence in respelt.likely]
    return Found(
        doubted(respelt.confidence),
        exact=False,
        candidates=with_other_readings(
            tuple([one for one in candidates if one.confidence >= floor]), own.candidates, top=top, floor=floor
        ),
        likely=_with_others([one for one in likely if one[1] >= floor], own.likely, entities, top, floor),
    )


def _with_others(
    own: list[Likely], others: tuple[Likely, ...], entities: NDArray[np.int32], top: int, floor: float
) -> tuple[Likely, ...]:
    """Return likely entities and after the best one others, as `with_other_readings` does for candidates."""
    if not own or top == 1:
        return tuple(own)
    known, most = {int(entities[row]) for row, _ in own}, own[0][1]
    doubted = [(row, Confidence(min(most, OTHER_READING * one))) for row, one in others if entities[row] not in known]
    after = [*own[1:], *(one for one in doubted if one[1] >= floor)]
    return (own[0], *sorted(after, key=lambda one: -one[1])[: top - 1])
