"""The features that say how likely a candidate is right. Each docstring is the feature's public documentation."""

import math
from collections.abc import Callable
from typing import NamedTuple

from taxonomy.model import AliasKind, EntityType


class Evidence(NamedTuple):
    """What is known of one candidate beside its rivals.

    `similarity` is the cosine of n-grams in [0, 1]; `meaning` and `centre` are cosines of the learned encoder, to the
    alias and to the entity's centre, None where it has none; `score` is all views in
    one number and `lead` that less that of the best rival;
    `rivals` counts the other entities of the type whose alias folds to the same key; `query_tokens` and
    `alias_tokens` are folded; `popularity_lead` is the popularity in [0, 1] less that of the best rival.
    """

    type: EntityType
    exact: bool
    similarity: float
    meaning: float | None
    centre: float | None
    score: float
    lead: float
    kind: AliasKind
    alias_confidence: float
    rivals: int
    query_tokens: tuple[str, ...]
    alias_tokens: tuple[str, ...]
    popularity_lead: float
    running_text: bool = False
    case_matches: bool = True


def similarity(evidence: Evidence) -> float:
    """Cosine of words and character n-grams between the text and the alias."""
    return evidence.similarity


def similarity_squared(evidence: Evidence) -> float:
    """The cosine squared, so that high similarities can count for more."""
    return evidence.similarity**2


def meaning(evidence: Evidence) -> float:
    """Cosine of the learned encoder between the text and the alias, where the match is not exact."""
    return 0.0 if evidence.exact or evidence.meaning is None else evidence.meaning


def meaning_squared(evidence: Evidence) -> float:
    """The cosine of the learned encoder squared, so that high ones can count for more."""
    return meaning(evidence) ** 2


def centre(evidence: Evidence) -> float:
    """Cosine of the learned encoder between the text and the middle of all aliases of the entity."""
    return 0.0 if evidence.exact or evidence.centre is None else evidence.centre


def meaningless(evidence: Evidence) -> float:
    """1 where the learned encoder has nothing to say about the text or the type."""
    return float(evidence.meaning is None)


def margin(evidence: Evidence) -> float:
    """Score less that of the best candidate among the other entities, up to 0.3, where the match is not exact."""
    return 0.0 if evidence.exact else max(-0.3, min(evidence.lead, 0.3))


def clear_margin(evidence: Evidence) -> float:
    """The margin up to 0.05 alone: between nothing and a little lies most of the difference."""
    return max(0.0, min(margin(evidence), 0.05))


def blend(evidence: Evidence) -> float:
    """The score that candidates are ranked by, where the match is not exact."""
    return 0.0 if evidence.exact else evidence.score


def blend_high(evidence: Evidence) -> float:
    """What the score has above 0.8."""
    return max(0.0, blend(evidence) - 0.8)


def shared(evidence: Evidence) -> float:
    """1 where another entity has the very alias too."""
    return float(evidence.exact and evidence.rivals > 0)


def rivals(evidence: Evidence) -> float:
    """How many more than one other entities share the very alias, as a logarithm."""
    return math.log(min(evidence.rivals, 10)) if evidence.exact and evidence.rivals else 0.0


def popularity_lead(evidence: Evidence) -> float:
    """How much better known the entity is than its best rival, from -1 to 1; a lead of 0.1 is a factor of ten."""
    return math.tanh(10 * evidence.popularity_lead) if evidence.rivals else 0.0


def canonical(evidence: Evidence) -> float:
    """1 where the alias is the entity's own name."""
    return float(evidence.kind is AliasKind.CANONICAL)


def abbreviation(evidence: Evidence) -> float:
    """1 where the alias is an abbreviation, which many things may share."""
    return float(evidence.kind is AliasKind.ABBREVIATION)


def misspelling(evidence: Evidence) -> float:
    """1 where the alias is a known misspelling."""
    return float(evidence.kind is AliasKind.MISSPELLING)


def query_coverage(evidence: Evidence) -> float:
    """Share of the text's tokens that the alias has too."""
    return 1.0 if evidence.exact else _share(evidence.query_tokens, evidence.alias_tokens)


def alias_coverage(evidence: Evidence) -> float:
    """Share of the alias's tokens that the text has too."""
    return 1.0 if evidence.exact else _share(evidence.alias_tokens, evidence.query_tokens)


def single_short_token(evidence: Evidence) -> float:
    """1 where the text is one token of up to three characters, which coincides easily."""
    return float(len(evidence.query_tokens) == 1 and len(evidence.query_tokens[0]) <= 3)


def tokens(evidence: Evidence) -> float:
    """Number of tokens in the text, 6 or more counted as 6, in units of 6."""
    return min(len(evidence.query_tokens), 6) / 6


def alias_doubt(evidence: Evidence) -> float:
    """1 less the confidence that the taxonomy gives the alias."""
    return 1.0 - evidence.alias_confidence


FEATURES: tuple[Callable[[Evidence], float], ...] = (
    similarity,
    similarity_squared,
    meaning,
    meaning_squared,
    centre,
    meaningless,
    margin,
    clear_margin,
    blend,
    blend_high,
    shared,
    rivals,
    popularity_lead,
    canonical,
    abbreviation,
    misspelling,
    query_coverage,
    alias_coverage,
    single_short_token,
    tokens,
    alias_doubt,
)
"""All features, in the order of the coefficients."""


def _share(tokens: tuple[str, ...], others: tuple[str, ...]) -> float:
    """Return the share of `tokens` that are among `others`."""
    return sum([token in others for token in tokens]) / len(tokens) if tokens else 0.0
