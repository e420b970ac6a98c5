"""What translators learn from and say. Frozen values."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class LabelPair:
    """An entity's labels in two languages, the preferred one first in each; definitions where there are any."""

    entity_id: str
    kind: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    source_text: str = ""
    target_text: str = ""


@dataclass(frozen=True, slots=True)
class TranslationPolicy:
    """How a translator is learned and how wide it searches.

    `kinds` are the kinds of entities that will be translated, all where there are none; others only teach.
    `tuned_share` of them, `most_tuned` at most, show how much each feature counts: they are translated by a grammar of
    the others, before the grammar of all is made. `alternatives` labels beside the preferred one are translated as
    well. Labels that are no preferred ones count `alternative_weight` where `coverage` of their pieces are aligned,
    pieces of definitions `text_weight`. `lexicon_size` words of a pretrained encoder are offered for each word that
    few labels show. The best `candidates` readings are ranked.
    """

    seed: int = 7
    kinds: frozenset[str] = frozenset()
    tuned_share: float = 0.15
    most_tuned: int = 800
    alternatives: int = 5
    alternative_weight: float = 0.25
    text_weight: float = 0.2
    coverage: float = 0.85
    lexicon_size: int = 6
    candidates: int = 60


class TranslationMethod(StrEnum):
    """Who translates a name."""

    PERSON = "person"
    GRAMMAR = "grammar"


@dataclass(frozen=True, slots=True)
class Translation:
    """A name in the other language.

    `confidence` is the calibrated probability that people would prefer exactly this text. `back` is what it means when
    it is translated back; `others` are the next readings. `contributions` explain the confidence, by feature.
    """

    text: str
    confidence: float
    back: str = ""
    others: tuple[str, ...] = ()
    contributions: tuple[tuple[str, float], ...] = ()
