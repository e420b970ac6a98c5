"""What a value would mean if it were read another way: more candidates, after the best of the chosen reading. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from classifiers.standardize.calibration import TERMS, log_odds
from classifiers.standardize.model import Candidate, Confidence, Contribution

OTHER_READING: Final = 0.25
"""What the confidence of a candidate counts that another reading finds: that reading was not the surest."""
_TERM: Final = "another_reading"


def with_other_readings(
    own: tuple[Candidate, ...], others: Iterable[Candidate], *, top: int, floor: float
) -> tuple[Candidate, ...]:
    """Return the candidates of the chosen reading and those of other readings, at most `top`.

    The best one stays; after it the surest come first. What other readings find of the same entity adds nothing, and
    what is less likely than `floor` then is left out.
    """
    if not own or top == 1:
        return own
    known = {candidate.entity_id for candidate in own}
    found: dict[str, Candidate] = {}
    for other in others:
        kept = found.get(other.entity_id)
        if other.entity_id not in known and (kept is None or kept.confidence < other.confidence):
            found[other.entity_id] = other
    most = own[0].confidence
    doubted = (with_confidence(one, min(most, OTHER_READING * one.confidence), _TERM) for one in found.values())
    likely = [one for one in doubted if one.confidence >= floor]
    if not likely:
        return own
    return (own[0], *sorted([*own[1:], *likely], key=lambda one: -one.confidence)[: top - 1])


def with_confidence(candidate: Candidate, confidence: float, term: str) -> Candidate:
    """Return a candidate with another confidence, of which a term of its explanation is the reason."""
    explanation = candidate.explanation
    if explanation is not None:
        changed = log_odds(confidence)
        reason = Contribution(term, changed - explanation.log_odds, TERMS[term])
        explanation = replace(explanation, contributions=(*explanation.contributions, reason), log_odds=changed)
    return candidate._replace(confidence=Confidence(confidence), explanation=explanation)
