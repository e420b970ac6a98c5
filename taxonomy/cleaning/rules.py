"""The named rules: each says why a typed entity is unusable, or nothing. What a rule says here is what users read.

A rule marks, with a reason; it never deletes. Its precision is measured on judgements, see `taxonomy.cleaning.induce`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from taxonomy.cleaning.model import CleaningPolicy, TypedEntity
from taxonomy.cleaning.placeholders import PLACEHOLDERS
from taxonomy.cleaning.spelling import Spelling, learn_spelling
from taxonomy.corpus.phrases import fold_phrase, tokens

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "qwertzuiop", "yxcvbnm", "1234567890")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_WALK: Final = 4
_SHORTEST_ALPHABET: Final = 3
_REPEATED: Final = re.compile(r"(.{1,4}?)\1{2,}\Z")
_CONTACT: Final = re.compile(r"[^\s@]+@[^\s@]+\.\w{2,}|https?://|\bwww\.\w|(?:\+|\b00)\d[\d\s().-]{7,}\d")
_LEAST_FOR_GENERIC: Final = 20
"""A word that fewer names have is common in none."""
_COUNTRY_CODE: Final = re.compile(r"[A-Za-z]{2}\Z")
_URL: Final = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]\S*)?\Z", re.IGNORECASE)
_FIRST_YEAR: Final = 800


@dataclass(frozen=True, slots=True)
class CleaningContext:
    """What the rules know beside an entity: the policy, how words are spelled, words that many names of a type have."""

    policy: CleaningPolicy
    spelling: Spelling
    generic: Mapping[str, frozenset[str]]


Rule = Callable[[TypedEntity, CleaningContext], str | None]


def learn_context(
    entities: Iterable[TypedEntity], policy: CleaningPolicy, *, texts: Iterable[str] = ()
) -> CleaningContext:
    """Return the context learned from all entities as typed; the unusable ones among them are taken to be few.

    `texts` are others of the same people, such as their skills, which show how words are spelled.
    """
    held = list(entities)
    by_type: dict[str, list[str]] = {}
    for entity in held:
        by_type.setdefault(entity.type, []).append(entity.text)
    generic = {kind: _generic(texts, policy.generic_share) for kind, texts in by_type.items()}
    return CleaningContext(policy, learn_spelling(chain((entity.text for entity in held), texts)), generic)


def no_letters(entity: TypedEntity, _context: CleaningContext) -> str | None:
    """The text holds no letter of any script: only digits, punctuation or symbols."""
    return None if any(map(str.isalpha, entity.text)) else "the text has no letter"


def too_short(entity: TypedEntity, _context: CleaningContext) -> str | None:
    """The text is a single letter of an alphabet; one ideograph may be a name."""
    letters = [character for character in entity.text if character.isalnum()]
    if len(letters) != 1 or letters[0] >= "\u3000" or not set(entity.text) <= {*letters, *" .-_"}:
        return None
    return "the text is a single letter"


def too_long(entity: TypedEntity, context: CleaningContext) -> str | None:
    """The text is longer than any name: somebody pasted a description."""
    words = len(entity.text.split())
    if len(entity.text) <= context.policy.longest_characters and words <= context.policy.longest_words:
        return None
    return f"the text has {len(entity.text)} characters and {words} words"


def placeholder(entity: TypedEntity, context: CleaningContext) -> str | None:
    """The text stands for no answer ("n/a", "none", "self"), alone or in a name beside words that many names have."""
    if fold_phrase(entity.text) in PLACEHOLDERS:
        return "the text is a placeholder"
    if entity.type not in context.policy.names:
        return None
    own = _own_words(entity, context)
    return f"beside common words there is only {' '.join(own)!r}" if own and " ".join(own) in PLACEHOLDERS else None


def only_common_words(entity: TypedEntity, context: CleaningContext) -> str | None:
    """A name of words that many names of its type have and no word of its own: "University", "Company Limited"."""
    if entity.type not in context.policy.names or not tokens(entity.text):
        return None
    return None if _own_words(entity, context) else "every word is one that many names have"


def made_up_name(entity: TypedEntity, context: CleaningContext) -> str | None:
    """The only words of its own are letters in the order of the alphabet or of a keyboard: "ABC Company", "asdf"."""
    own = [word for word in _own_words(entity, context) if word not in PLACEHOLDERS]
    return f"{' '.join(own)!r} is a run of the alphabet or of a keyboard" if own and all(map(_is_walk, own)) else None


def repeated_characters(entity: TypedEntity, _context: CleaningContext) -> str | None:
    """The whole text is one character, or up to four, again and again: "aaaa", "lalala"."""
    folded = fold_phrase(entity.text).replace(" ", "")
    return f"the text only repeats {found.group(1)!r}" if (found := _REPEATED.match(folded)) else None


def keyboard_noise(entity: TypedEntity, context: CleaningContext) -> str | None:
    """A word is spelled unlike the words of the other entities, by which characters follow which: "sdkfjhg"."""
    strangeness = context.spelling.strangeness(entity.text)
    if strangeness <= context.policy.most_deviations:
        return None
    return f"its spelling is {strangeness:.1f} deviations from the usual"


def contact_details(entity: TypedEntity, _context: CleaningContext) -> str | None:
    """The text holds an e-mail address, a web address or a telephone number where a name should be."""
    return "the text holds contact details" if _CONTACT.search(entity.text) else None


def missing_attribute(entity: TypedEntity, context: CleaningContext) -> str | None:
    """An attribute that entities of the type must have is missing or empty."""
    wanted = context.policy.required.get(entity.type, ())
    missing = [name for name in wanted if not entity.attributes.get(name, "").strip()]
    return f"missing: {', '.join(missing)}" if missing else None


def invalid_attribute(entity: TypedEntity, context: CleaningContext) -> str | None:
    """An attribute cannot be true: a country code of other than two letters, a year to come, no web address."""
    wrong = [
        name for name, value in entity.attributes.items() if value and not _valid(name, value, context.policy.today)
    ]
    return f"invalid: {', '.join(sorted(wrong))}" if wrong else None


def nobody_mapped(entity: TypedEntity, _context: CleaningContext) -> str | None:
    """No member is mapped to the entity."""
    return "no member is mapped to it" if entity.members <= 0 else None


def stale(entity: TypedEntity, context: CleaningContext) -> str | None:
    """The entity has few members and has not been used for a long time."""
    if entity.last_seen is None or entity.members > context.policy.stale_most_members:
        return None
    days = (context.policy.today - entity.last_seen).days
    return f"not used for {days} days" if days > context.policy.stale_after_days else None


RULES: Final[Mapping[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        no_letters,
        too_short,
        too_long,
        placeholder,
        only_common_words,
        made_up_name,
        repeated_characters,
        keyboard_noise,
        contact_details,
        missing_attribute,
        invalid_attribute,
        nobody_mapped,
        stale,
    )
}
"""Every rule by its name; its docstring is its documentation."""


def broken_rules(entity: TypedEntity, context: CleaningContext) -> dict[str, str]:
    """Return the reason of each rule that an entity breaks, by the name of the rule."""
    return {name: reason for name, rule in RULES.items() if (reason := rule(entity, context)) is not None}


def _own_words(entity: TypedEntity, context: CleaningContext) -> list[str]:
    """Return the words of a text that few other names of its type have."""
    common = context.generic.get(entity.type, frozenset())
    return [word for word in tokens(entity.text) if word not in common]


def _generic(texts: list[str], share: float) -> frozenset[str]:
    """Return the words that at least this share of the texts have, and at least so many that it is no chance."""
    counts = Counter(word for text in texts for word in set(tokens(text)))
    least = max(_LEAST_FOR_GENERIC, share * len(texts))
    return frozenset(word for word, count in counts.items() if count >= least)


def _is_walk(word: str) -> bool:
    if len(word) >= _SHORTEST_ALPHABET and word in _ALPHABET:
        return True
    return len(word) >= _SHORTEST_WALK and any(word in row or word[::-1] in row for row in _ROWS)


def _valid(name: str, value: str, today: date) -> bool:
    if name.endswith("country_code"):
        return _COUNTRY_CODE.match(value) is not None
    if name.endswith("year"):
        return value.isdecimal() and len(value) <= 4 and _FIRST_YEAR <= int(value) <= today.year
    if name.endswith(("url", "website")):
        return _URL.match(value.strip()) is not None
    return True
