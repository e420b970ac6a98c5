"""The features that say how likely a candidate is right, with their public documentation."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from classifiers.kernels.scoring import FEATURE_COUNT, SHORT_CHARACTERS, fill_features
from classifiers.standardize.rarity import Words
from taxonomy.model import AliasKind, EntityType


class Evidence(NamedTuple):
    """What is known of one candidate beside its rivals.

    `similarity` is the cosine of n-grams in [0, 1], of titles and skills the rare ones; `meaning` and `centre` are
    cosines of the learned encoder, to the alias and to the entity's centre, None where it has none; `score` is all
    views in one number, `lead` that less that of the best rival, `share` what the candidate has of the weight of
    the best; `rivals` counts the other entities of the type whose alias folds to the same key; `query_tokens` are
    folded; `words` says what text and alias have in common; `popularity_lead` is the popularity in [0, 1] less that
    of the best rival.
    """

    type: EntityType
    exact: bool
    similarity: float
    meaning: float | None
    centre: float | None
    score: float
    lead: float
    share: float
    kind: AliasKind
    alias_confidence: float
    rivals: int
    query_tokens: tuple[str, ...]
    words: Words
    popularity_lead: float
    running_text: bool = False
    case_matches: bool = True


FEATURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "similarity": "Cosine of words and n-grams between text and alias; of titles and skills of the rare ones.",
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
        "query_coverage": "Share of the text's tokens that the alias has too, joined or apart.",
        "alias_coverage": "Share of the alias's tokens that the text has too, joined or apart.",
        "single_short_token": "1 where the text is one token of up to three characters, which coincides easily.",
        "tokens": "Number of tokens in the text, 6 or more counted as 6, in units of 6.",
        "alias_doubt": "1 less the confidence that the taxonomy gives the alias.",
        "share": (
            "What the candidate has of the weight of the best six and of a score of 0.7 for what is not known, by a "
            "softmax, where the match is not exact: the less, the more entities the text may mean."
        ),
        "behind": "1 where another candidate scores higher, and the match is not exact.",
        "says_less": "1 where the alias has all tokens of the text: the text may be too short to tell what it means.",
        "says_more": "1 where the text has all tokens of the alias: what it says beside them may mean something else.",
        "same_tokens": "1 where text and alias have the same tokens, and the match is not exact.",
        "says_less_similarity": "The cosine of n-grams where the text says less than the alias.",
        "says_more_similarity": "The cosine of n-grams where the text says more than the alias.",
        "says_less_tokens": "The number of tokens, as above, where the text says less than the alias.",
        "says_more_tokens": "The number of tokens, as above, where the text says more than the alias.",
        "says_less_share": "The share of the weight, as above, where the text says less than the alias.",
        "says_more_share": "The share of the weight, as above, where the text says more than the alias.",
        "text_slip": (
            "How rare the rarest word of the text is that the alias has in another spelling only, as a slip or cut "
            "short: from 0 for none to 1 for one that no other entity has. Of types that are called by names."
        ),
        "text_unlike": "How rare the rarest word of the text is of which the alias has nothing alike, as above.",
        "alias_slip": "How rare the rarest word of the alias is that the text has in another spelling only, as above.",
        "alias_unlike": "How rare the rarest word of the alias is of which the text has nothing alike, as above.",
    }
)
"""The names of all features, in the order of the coefficients, with what each is."""


_KIND_CODES: Final = {kind: code for code, kind in enumerate(AliasKind)}
_NAN: Final = math.nan


def feature_values(evidence: Evidence) -> tuple[float, ...]:
    """Return the values of the features, in the order of `FEATURES`."""
    query = evidence.query_tokens
    values = np.empty(FEATURE_COUNT, dtype=np.float64)
    fill_features(
        values,
        (
            evidence.similarity,
            _NAN if evidence.meaning is None else evidence.meaning,
            _NAN if evidence.centre is None else evidence.centre,
            evidence.score,
            evidence.lead,
            evidence.share,
        ),
        (_KIND_CODES[evidence.kind], evidence.alias_confidence, evidence.popularity_lead),
        evidence.exact,
        evidence.rivals,
        (len(query), len(query) == 1 and len(query[0]) <= SHORT_CHARACTERS),
        evidence.words,
    )
    return tuple(values.tolist())
