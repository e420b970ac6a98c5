"""What a person would look at to tell a name from noise: few features, each readable in a rule."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.cleaning.model import TypedEntity
from taxonomy.cleaning.rules import CleaningContext
from taxonomy.corpus.phrases import tokens

Feature = Callable[[TypedEntity, CleaningContext], float]

_VOWELS: Final = frozenset("aeiouyáéíóúàèìòùäöüâêîôûåæøœ")
_NEVER_SEEN_DAYS: Final = -1.0
_KEY_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS: Final = {key: (row, column) for row, keys in enumerate(_KEY_ROWS) for column, key in enumerate(keys)}


def characters(entity: TypedEntity, _context: CleaningContext) -> float:
    """Characters of the text."""
    return float(len(entity.text))


def words(entity: TypedEntity, _context: CleaningContext) -> float:
    """Words of the text."""
    return float(len(tokens(entity.text)))


def letter_share(entity: TypedEntity, _context: CleaningContext) -> float:
    """Letters among the characters, from 0 to 1."""
    return sum(map(str.isalpha, entity.text)) / max(1, len(entity.text))


def vowel_share(entity: TypedEntity, _context: CleaningContext) -> float:
    """Vowels of Latin script among the letters, from 0 to 1."""
    letters = [character for character in entity.text.lower() if character.isalpha()]
    return sum(character in _VOWELS for character in letters) / max(1, len(letters))


def different_share(entity: TypedEntity, _context: CleaningContext) -> float:
    """Different characters among all, from 0 to 1: low where few are repeated."""
    folded = entity.text.lower().replace(" ", "")
    return len(set(folded)) / max(1, len(folded))


def longest_word(entity: TypedEntity, _context: CleaningContext) -> float:
    """Characters of the longest word."""
    return float(max(map(len, tokens(entity.text)), default=0))


def strangeness(entity: TypedEntity, context: CleaningContext) -> float:
    """Robust deviations by which the spelling of the strangest word is off the usual."""
    return context.spelling.strangeness(entity.text)


def neighbour_keys(entity: TypedEntity, _context: CleaningContext) -> float:
    """Letters that are the same key as the letter before, or one beside it, on a QWERTY keyboard, from 0 to 1."""
    steps = [pair for word in tokens(entity.text) for pair in pairwise(word)]
    return sum(_beside(*pair) for pair in steps) / max(1, len(steps))


def common_words(entity: TypedEntity, context: CleaningContext) -> float:
    """Words that many names of the type have."""
    common = context.generic.get(entity.type, frozenset())
    return float(sum(word in common for word in tokens(entity.text)))


def members(entity: TypedEntity, _context: CleaningContext) -> float:
    """Members that are mapped to it."""
    return float(entity.members)


def days_unused(entity: TypedEntity, context: CleaningContext) -> float:
    """Days since it was last used, -1 where that is not known."""
    return _NEVER_SEEN_DAYS if entity.last_seen is None else float((context.policy.today - entity.last_seen).days)


FEATURES: Final[Mapping[str, Feature]] = {
    feature.__name__: feature
    for feature in (
        characters,
        words,
        letter_share,
        vowel_share,
        different_share,
        longest_word,
        strangeness,
        neighbour_keys,
        common_words,
        members,
        days_unused,
    )
}
"""Every feature by its name; its docstring is its documentation."""


def feature_rows(entities: Sequence[TypedEntity], context: CleaningContext) -> NDArray[np.float64]:
    """Return the features of entities, entities x features, in the precision that trees compare them in."""
    rows = [[feature(entity, context) for feature in FEATURES.values()] for entity in entities]
    return np.array(rows, np.float32).reshape(len(entities), len(FEATURES)).astype(np.float64)


def _beside(first: str, second: str) -> bool:
    here, there = _KEYS.get(first), _KEYS.get(second)
    if here is None or there is None:
        return False
    return abs(here[0] - there[0]) <= 1 and abs(here[1] - there[1]) <= 1
