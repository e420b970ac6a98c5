"""Questions that a taxonomy asks about itself, with their answers: what a calibration is fitted and judged on. Pure.

Nobody labels anything. An alias is asked for in eight ways: as it stands, with a typing error, with words missing at
one end (people write less than would tell what they mean), with its last word first, with a name beside it, with itself
hidden (so that only the entity's other aliases can find it), with its whole entity hidden (so that every answer is
wrong), and not at all: a name is asked for instead, which is none of this type, or what people write in fields of the
type by mistake. Where an encoder has learned the type, only aliases that were held out of its training are hidden: it
knows the others by heart.

Several sources may hold one concept under one name, each as an entity of its own. Such twins are hidden together,
and any of them is a right answer: else a calibration would learn to doubt what several sources agree on. Twins are
entities of one name, those that bear the alias as their name, those that have it too where no source has two, and
places of one name that lie in each other. A candidate that only looks alike is right for what other sources call like
the alias that was found, too.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.standardize.candidates import NAMED_ALIKE, ScoredRow, score_matches
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import Evidence
from classifiers.standardize.search import Withheld, alike_matches, exact_matches
from classifiers.standardize.text import fold
from classifiers.training.split import is_held_out
from taxonomy.model import AliasKind, EntityType

_NAMES: Final = frozenset({EntityType.COMPANY, EntityType.SCHOOL, EntityType.LOCATION})
"""Types whose aliases are names, and stand where something of another type should."""
_MISTAKEN_FOR: Final[Mapping[EntityType, tuple[EntityType, ...]]] = {
    EntityType.DEGREE: (EntityType.FIELD_OF_STUDY, EntityType.SKILL, EntityType.CERTIFICATE, EntityType.SCHOOL),
    EntityType.FIELD_OF_STUDY: (EntityType.DEGREE, EntityType.TITLE, EntityType.SCHOOL),
    EntityType.CERTIFICATE: (EntityType.DEGREE, EntityType.TITLE, EntityType.SCHOOL),
    EntityType.INDUSTRY: (EntityType.COMPANY, EntityType.TITLE),
    EntityType.LANGUAGE: (EntityType.LOCATION, EntityType.SKILL),
}
"""What people write in a field of another type; names, where nothing is said of it."""
_OTHERS_EVEN: Final = 0.25
"""Of two types one with sixteen times the aliases is asked for twice as often."""
_RUNNERS_UP: Final = 3
"""Candidates after the best one that are judged too."""
_OTHER_NAME: Final = 0.4
"""How often a place is called by another name than its own: most are spellings that few people write."""
_LAST_MISSING: Final = 0.5
_NAME_AFTER: Final = 0.7


class Way(StrEnum):
    """How an alias is asked for."""

    AS_IT_STANDS = "as it stands"
    MISTYPED = "mistyped"
    SHORTENED = "shortened"
    REORDERED = "reordered"
    WITH_A_NAME = "with a name"
    FOREIGN = "of another type"
    ALIAS_HIDDEN = "alias hidden"
    ENTITY_HIDDEN = "entity hidden"


_HIDING: Final = (Way.ALIAS_HIDDEN, Way.ENTITY_HIDDEN)
_OTHER_TEXT: Final = frozenset({Way.SHORTENED, Way.REORDERED, Way.WITH_A_NAME, Way.FOREIGN})
"""Ways that ask in another text than the alias: nobody could tell what it means where it is an alias itself."""


@dataclass(frozen=True, slots=True)
class Question:
    """A folded text, the alias row it comes from, and how it is asked."""

    key: str
    row: int
    way: Way


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate for a question, and whether it was right; `position` is 0 for the best one.

    `weight` is how often people ask so, compared with others.
    """

    entity: int
    evidence: Evidence
    right: bool
    way: Way
    position: int = 0
    weight: float = 1.0


def questions_of(
    taxonomy: CompiledTaxonomy,
    kind: EntityType,
    rows: Sequence[int],
    shares: Mapping[Way, float],
    chooser: random.Random,
) -> list[Question]:
    """Return a question for each alias row, in the shares of the ways, without empty texts; a row may stand twice.

    Of a type that an encoder has learned, aliases that it knows are never hidden: they are asked in other ways, and
    those that it does not know make up for it.
    """
    hiding = sum(shares[way] for way in _HIDING)
    asking = [way for way in shares if way not in _HIDING]
    others = _other_rows(taxonomy, kind)
    learned = kind in taxonomy.meanings
    unknown = {row for row in rows if not learned or is_held_out(taxonomy.alias_keys[row])}
    hidden_share = min(1.0, hiding * len(rows) / max(1, sum(row in unknown for row in rows)))
    questions = []
    for row in rows:
        ways = _HIDING if row in unknown and chooser.random() < hidden_share else asking
        way = chooser.choices(ways, [shares[one] for one in ways])[0]
        if key := _asked(taxonomy, row, way, others, chooser):
            questions.append(Question(key, row, way))
    return questions


def _other_rows(taxonomy: CompiledTaxonomy, kind: EntityType) -> list[NDArray[np.int32]]:
    """Return the alias rows of what stands where one of this type should: of each type apart, or of all names."""
    kinds = _MISTAKEN_FOR.get(kind, sorted(_NAMES - {kind}))
    found = [taxonomy.indexes[one].rows for one in kinds if one in taxonomy.indexes]
    return found if kind in _MISTAKEN_FOR or not found else [np.concatenate(found)]


def _other_key(taxonomy: CompiledTaxonomy, others: Sequence[NDArray[np.int32]], chooser: random.Random) -> str:
    """Return the folded alias of another type; of each type as often as it has aliases, or all alike."""
    rows = chooser.choices(others, [len(rows) ** _OTHERS_EVEN for rows in others])[0]
    return taxonomy.alias_keys[int(rows[chooser.randrange(len(rows))])]


def _asked(
    taxonomy: CompiledTaxonomy, row: int, way: Way, others: Sequence[NDArray[np.int32]], chooser: random.Random
) -> str:
    """Return the folded text of a question; an alias that cannot be asked for in a way stays as it is."""
    key = taxonomy.alias_keys[row]
    tokens, kind = key.split(" "), taxonomy.types[int(taxonomy.alias_entities[row])]
    if way is Way.MISTYPED:
        return fold(mistype(taxonomy.alias_texts[row], chooser))
    if way is Way.SHORTENED and len(tokens) > 1:
        left = chooser.randrange(1, len(tokens))
        return " ".join(tokens[:left] if chooser.random() < _LAST_MISSING else tokens[-left:])
    if way is Way.REORDERED:
        return " ".join([tokens[-1], *tokens[:-1]])
    if way is Way.FOREIGN and others:
        return _other_key(taxonomy, others, chooser)
    if way is Way.WITH_A_NAME and others and kind not in _NAMES:
        name = _other_key(taxonomy, others, chooser)
        return f"{key} {name}" if chooser.random() < _NAME_AFTER else f"{name} {key}"
    return key


class SelfTest:
    """Asks a taxonomy about its entities of one type."""

    def __init__(self, taxonomy: CompiledTaxonomy, kind: EntityType) -> None:
        self._taxonomy = taxonomy
        self._kind = kind
        self._twins: dict[str, set[int]] = {}
        if kind not in NAMED_ALIKE:
            for entity, (name, of_kind) in enumerate(zip(taxonomy.names, taxonomy.types, strict=True)):
                if of_kind is kind:
                    self._twins.setdefault(fold(name), set()).add(entity)

    def answer(self, questions: Sequence[Question]) -> Iterator[Example]:
        """Yield the best candidate of each question that has one, and whether it is right; then what comes after it.

        What comes after an alias to the letter is left out; so is a question in another text that is an alias itself.
        """
        taxonomy, kind = self._taxonomy, self._kind
        right = [self.meant_by(question.row) for question in questions]
        withheld = [_withheld(question, twins) for question, twins in zip(questions, right, strict=True)]
        found = alike_matches(taxonomy, [question.key for question in questions], kind, withheld=withheld)
        for question, hidden, twins, alike in zip(questions, withheld, right, found, strict=True):
            exact = [
                match
                for match in exact_matches(taxonomy, question.key, kind)
                if hidden is None or int(taxonomy.alias_entities[match.row]) not in hidden.entities
            ]
            if exact and question.way in _OTHER_TEXT:
                continue
            scored = score_matches(taxonomy, question.key, kind, [*exact, *alike], top=1 if exact else 1 + _RUNNERS_UP)
            entity = int(taxonomy.alias_entities[question.row])
            for position, item in enumerate(scored):
                is_right = question.way is not Way.FOREIGN and not twins.isdisjoint(self._named_by(item))
                yield Example(entity, item.evidence, is_right, question.way, position, self._weight(question))

    def _weight(self, question: Question) -> float:
        """Return how often people ask so: for a place by its own name oftener than by another one, to the letter."""
        is_name = self._taxonomy.alias_kinds[question.row] is AliasKind.CANONICAL
        return 1.0 if is_name or self._kind not in NAMED_ALIKE or question.way is not Way.AS_IT_STANDS else _OTHER_NAME

    def _named_by(self, item: ScoredRow) -> frozenset[int]:
        """Return the entities that a candidate is right for: its own, and what other sources call like its alias."""
        taxonomy, entity = self._taxonomy, int(self._taxonomy.alias_entities[item.row])
        if self._kind in NAMED_ALIKE or item.evidence.exact:
            return frozenset({entity})
        rows = [match.row for match in exact_matches(taxonomy, taxonomy.alias_keys[item.row], self._kind)]
        if not taxonomy.is_one_thing(rows):
            return frozenset({entity})
        return frozenset(int(taxonomy.alias_entities[row]) for row in rows)

    def meant_by(self, row: int) -> frozenset[int]:
        """Return the entities that an alias may be said to mean: its own, and its twins."""
        taxonomy, entity = self._taxonomy, int(self._taxonomy.alias_entities[row])
        meant = {entity, *self._twins.get(fold(taxonomy.names[entity]), ())}
        key = taxonomy.alias_keys[row]
        if self._kind not in NAMED_ALIKE:
            meant |= self._twins.get(key, set())
            rows = [match.row for match in exact_matches(taxonomy, key, self._kind)]
            if taxonomy.is_one_thing(rows):
                meant.update(int(taxonomy.alias_entities[one]) for one in rows)
            return frozenset(meant)
        others = (int(taxonomy.alias_entities[match.row]) for match in exact_matches(taxonomy, key, self._kind))
        return frozenset({*meant, *(other for other in others if taxonomy.hierarchy.is_nested(entity, other))})


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
