"""The features that say how likely a candidate is right, with their public documentation."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

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


FEATURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "similarity": "Cosine of words and character n-grams between the text and the alias.",
        "similarity_squared": "The cosine squared, so that high similarities can count for more.",
        "meaning": "Cosine of the learned encoder between the text and the alias, where the match is not exact.",
        "meaning_squared": "The cosine of the learned encoder squared, so that high ones can count for more.",
        "centre": "Cosine of the learned encoder between the text and the middle of all aliases of the entity.",
        "meaningless": "1 where the learned encoder has nothing to say about the text or the type.",
        "margin": (
            "Score less that of the best candidate among the other entities, up to 0.3, where the match is not exact."
        ),
        "clear_margin": "The margin up to 0.05 alone: between nothing and a little lies most of the difference.",
        "blend": "The score that candidates are ranked by, where the match is not exact.",
        "blend_high": "What the score has above 0.8.",
        "shared": "1 where another entity has the very alias too.",
        "rivals": "How many more than one other entities share the very alias, as a logarithm.",
        "popularity_lead": (
            "How much better known the entity is than its best rival, from -1 to 1; a lead of 0.1 is a factor of ten."
        ),
        "canonical": "1 where the alias is the entity's own name.",
        "abbreviation": "1 where the alias is an abbreviation, which many things may share.",
        "misspelling": "1 where the alias is a known misspelling.",
        "query_coverage": "Share of the text's tokens that the alias has too.",
        "alias_coverage": "Share of the alias's tokens that the text has too.",
        "single_short_token": "1 where the text is one token of up to three characters, which coincides easily.",
        "tokens": "Number of tokens in the text, 6 or more counted as 6, in units of 6.",
        "alias_doubt": "1 less the confidence that the taxonomy gives the alias.",
    }
)
"""The names of all features, in the order of the coefficients, with what each is."""


def feature_values(evidence: Evidence) -> tuple[float, ...]:
    """Return the values of the features, in the order of `FEATURES`.

    All at once: a candidate has two dozen of them, and a function for each would take longer than its arithmetic.
    """
    similarity, rivals = evidence.similarity, evidence.rivals
    kind, query_tokens, alias_tokens = evidence.kind, evidence.query_tokens, evidence.alias_tokens
    if evidence.exact:
        meaning = centre = margin = blend = 0.0
        query_coverage = alias_coverage = 1.0
    else:
        meaning = 0.0 if evidence.meaning is None else evidence.meaning
        centre = 0.0 if evidence.centre is None else evidence.centre
        margin, blend = max(-0.3, min(evidence.lead, 0.3)), evidence.score
        query_coverage, alias_coverage = _share(query_tokens, alias_tokens), _share(alias_tokens, query_tokens)
    return (
        similarity,
        similarity * similarity,
        meaning,
        meaning * meaning,
        centre,
        1.0 if evidence.meaning is None else 0.0,
        margin,
        max(0.0, min(margin, 0.05)),
        blend,
        max(0.0, blend - 0.8),
        1.0 if evidence.exact and rivals > 0 else 0.0,
        math.log(min(rivals, 10)) if evidence.exact and rivals else 0.0,
        math.tanh(10 * evidence.popularity_lead) if rivals else 0.0,
        1.0 if kind is AliasKind.CANONICAL else 0.0,
        1.0 if kind is AliasKind.ABBREVIATION else 0.0,
        1.0 if kind is AliasKind.MISSPELLING else 0.0,
        query_coverage,
        alias_coverage,
        1.0 if len(query_tokens) == 1 and len(query_tokens[0]) <= 3 else 0.0,
        min(len(query_tokens), 6) / 6,
        1.0 - evidence.alias_confidence,
    )


def _share(tokens: tuple[str, ...], others: tuple[str, ...]) -> float:
    """Return the share of `tokens` that are among `others`."""
    return sum([token in others for token in tokens]) / len(tokens) if tokens else 0.0
