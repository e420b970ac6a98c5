"""Questions that a taxonomy asks about itself, with their answers: what a calibration is fitted and judged on. Pure.

Nobody labels anything. An alias is asked for in four ways: as it stands, with a typing error, with itself hidden
(so that only the entity's other aliases can find it) and with its whole entity hidden (so that every answer is
wrong). Where an encoder has learned the type, only aliases that were held out of its training are hidden: it knows
the others by heart.

Several sources may hold one concept under one name, each as an entity of its own. Such twins are hidden together,
and any of them is a right answer: else a calibration would learn to doubt what several sources agree on.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from classifiers.standardize.candidates import score_matches
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import Evidence
from classifiers.standardize.search import Withheld, alike_matches, exact_matches
from classifiers.standardize.text import fold
from classifiers.training.split import is_held_out
from taxonomy.model import EntityType

_NAMED_ALIKE: Final = frozenset({EntityType.LOCATION})
"""Types of which two entities of one name are mostly two things."""


class Way(StrEnum):
    """How an alias is asked for."""

    AS_IT_STANDS = "as it stands"
    MISTYPED = "mistyped"
    ALIAS_HIDDEN = "alias hidden"
    ENTITY_HIDDEN = "entity hidden"


@dataclass(frozen=True, slots=True)
class Question:
    """A folded text, the alias row it comes from, and how it is asked."""

    key: str
    row: int
    way: Way


@dataclass(frozen=True, slots=True)
class Example:
    """The best candidate for a question, and whether it was right."""

    entity: int
    evidence: Evidence
    right: bool
    way: Way


def questions_of(
    taxonomy: CompiledTaxonomy,
    kind: EntityType,
    rows: Sequence[int],
    shares: Sequence[float],
    chooser: random.Random,
) -> list[Question]:
    """Return a question for each alias row, in the shares of the four ways, without empty texts.

    Of a type that an encoder has learned, aliases that it knows are never hidden: they are asked as they stand or
    mistyped, and those that it does not know make up for it.
    """
    hiding = sum(shares[2:])
    learned = kind in taxonomy.meanings
    unknown = {row for row in rows if not learned or is_held_out(taxonomy.alias_keys[row])}
    hidden_share = min(1.0, hiding * len(rows) / max(1, len(unknown)))
    questions = []
    for row in rows:
        hides = row in unknown and chooser.random() < hidden_share
        ways = (Way.ALIAS_HIDDEN, Way.ENTITY_HIDDEN) if hides else (Way.AS_IT_STANDS, Way.MISTYPED)
        way = chooser.choices(ways, shares[2:] if hides else shares[:2])[0]
        text = taxonomy.alias_texts[row]
        key = fold(mistype(text, chooser)) if way is Way.MISTYPED else taxonomy.alias_keys[row]
        if key:
            questions.append(Question(key, row, way))
    return questions


class SelfTest:
    """Asks a taxonomy about its entities of one type."""

    def __init__(self, taxonomy: CompiledTaxonomy, kind: EntityType) -> None:
        self._taxonomy = taxonomy
        self._kind = kind
        self._twins: dict[str, set[int]] = {}
        if kind not in _NAMED_ALIKE:
            for entity, (name, of_kind) in enumerate(zip(taxonomy.names, taxonomy.types, strict=True)):
                if of_kind is kind:
                    self._twins.setdefault(fold(name), set()).add(entity)

    def answer(self, questions: Sequence[Question]) -> Iterator[Example]:
        """Yield the best candidate of each question that has one, and whether it is right."""
        taxonomy, kind = self._taxonomy, self._kind
        right = [self._twins_of(int(taxonomy.alias_entities[question.row])) for question in questions]
        withheld = [_withheld(question, twins) for question, twins in zip(questions, right, strict=True)]
        found = alike_matches(taxonomy, [question.key for question in questions], kind, withheld=withheld)
        for question, hidden, twins, alike in zip(questions, withheld, right, found, strict=True):
            exact = [
                match
                for match in exact_matches(taxonomy, question.key, kind)
                if hidden is None or int(taxonomy.alias_entities[match.row]) not in hidden.entities
            ]
            scored = score_matches(taxonomy, question.key, kind, [*exact, *alike], top=1)
            if scored:
                is_right = int(taxonomy.alias_entities[scored[0].row]) in twins
                entity = int(taxonomy.alias_entities[question.row])
                yield Example(entity, scored[0].evidence, is_right, question.way)

    def _twins_of(self, entity: int) -> frozenset[int]:
        return frozenset(self._twins.get(fold(self._taxonomy.names[entity]), ())) | {entity}


def _withheld(question: Question, twins: frozenset[int]) -> Withheld | None:
    if question.way is Way.ALIAS_HIDDEN:
        return Withheld(twins, question.key)
    return Withheld(twins) if question.way is Way.ENTITY_HIDDEN else None


def mistype(text: str, chooser: random.Random) -> str:
    """Return a text with one typing error: a letter left out, doubled, or swapped with the next."""
    letters = [i for i, character in enumerate(text) if character.isalpha()]
    if len(letters) < 4:
        return text
    at = chooser.choice(letters[1:])
    return chooser.choice(
        (
            text[:at] + text[at + 1 :],
            text[: at + 1] + text[at:],
            text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :],
        )
    )
