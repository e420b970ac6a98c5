"""Questions to the standardizer and its answers, as frozen values."""

from dataclasses import dataclass
from typing import Final, NamedTuple, NewType

from taxonomy.model import AliasKind, EntityType, SourceId

Similarity = NewType("Similarity", float)
"""A raw score in [0, 1] that says how alike two strings are; not a probability."""

Confidence = NewType("Confidence", float)
"""A calibrated probability in [0, 1] that an answer is right."""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """What an answer is limited to, and what it says beside the plain one.

    With `within` only these entities and what lies below them can be candidates; what is in `exclude` or below cannot.
    `output_language` is the BCP 47 tag of the language of the names; `explain` adds an explanation to each candidate.
    """

    within: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    output_language: str | None = None
    explain: bool = False


NO_OPTIONS: Final = AnswerOptions()
"""What most queries wish for; one object, for it is compared with itself sooner than with an equal one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A text to standardize.

    With a `type` the text is the value of a field of that type; without one it is running text. `language` is a
    BCP 47 tag where known; `context` is further text of the same document. Both decide between entities that share
    the very alias, and nothing else.
    """

    text: str
    type: EntityType | None = None
    language: str | None = None
    context: str | None = None
    options: AnswerOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term adds to the log-odds of a confidence, and what the term is."""

    term: str
    log_odds: float
    documentation: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a candidate has its confidence: the evidence, and what each term made of it.

    The contributions, without those of 0, add up to `log_odds`, of which the confidence is the probability, where that
    is not above the highest that a confidence may be. `ngrams` is the similarity of the letters to the alias;
    `meaning` and `centre` are those of the meaning to the alias and to the centre of the entity, None where nothing
    is known of them. `margin` is the score of all three less that of the best other candidate. `rivals` counts the
    other entities that have the very alias and that neither language nor context speaks against;
    `context_words` are the words and the places in the same value that speak for this one.
    """

    exact: bool
    alias_language: str
    alias_kind: AliasKind
    ngrams: Similarity
    meaning: Similarity | None
    centre: Similarity | None
    margin: float
    rivals: int
    context_words: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    log_odds: float


class Candidate(NamedTuple):
    """An entity that a mention could be, with a calibrated confidence and the alias that matched.

    `lies_in` are the names of what a place lies in, the nearest first, which tell places of one name apart.
    """

    entity_id: str
    source_ids: tuple[SourceId, ...]
    name: str
    type: EntityType
    confidence: Confidence
    matched_alias: str
    explanation: Explanation | None = None
    lies_in: tuple[str, ...] = ()


class Mention(NamedTuple):
    """A piece of the text, from `start` to before `end` in characters, with its candidates, best first.

    A mention without candidates is NIL: something is named that the taxonomy does not know. A tuple: a frozen data
    class takes four times as long to make, and each text makes several.
    """

    text: str
    start: int
    end: int
    type: EntityType | None
    candidates: tuple[Candidate, ...]
    seniority: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The mentions of a text, in order, and the versions that the answer was made with."""

    mentions: tuple[Mention, ...]
    taxonomy_version: int
    model_version: str
