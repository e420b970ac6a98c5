"""Which language an alias is of, and what an entity is called in a language. Pure."""

import re
from typing import Final

from classifiers.standardize.compiled import CompiledTaxonomy
from core.errors import InvalidError
from taxonomy.model import AliasKind

LANGUAGE_TAG: Final = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
"""The form of a BCP 47 tag."""

NEUTRAL: Final = frozenset({"", "mul", "und", "zxx"})
"""What stands for no language of its own: such an alias serves any."""

_TAG: Final = re.compile(LANGUAGE_TAG)
_NAME_KINDS: Final = (AliasKind.CANONICAL, AliasKind.TRANSLATION, AliasKind.SYNONYM, AliasKind.ABBREVIATION)
"""Kinds of alias that an entity may be called by, the best first; a misspelling is none."""


def primary_language(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag without region or script; None where it says none, or is no tag."""
    if not tag or not _TAG.fullmatch(tag):
        return None
    language = tag.partition("-")[0].lower()
    return None if language in NEUTRAL else language


def required_language(tag: str, *, option: str) -> str | None:
    """Return the language of a tag as `primary_language` does.

    Raises:
        InvalidError: where it is no tag; the message names the option.
    """
    if not _TAG.fullmatch(tag):
        raise InvalidError(f"{option}: {tag!r} is not a BCP 47 tag such as de or pt-BR")
    return primary_language(tag)


def is_of_language(taxonomy: CompiledTaxonomy, row: int, language: str) -> bool:
    """Whether an alias is of a language, or of none of its own."""
    languages = [taxonomy.alias_languages[row], *(twin.language for twin in taxonomy.alias_twins.get(row, ()))]
    return any(own in NEUTRAL or primary_language(own) == language for own in languages)


def names_above(taxonomy: CompiledTaxonomy, entity: int, language: str | None = None) -> tuple[str, ...]:
    """Return what an entity lies in, the nearest first, in a language where one is given."""
    above = taxonomy.hierarchy.chain(entity)
    return tuple([name_in(taxonomy, one, language) if language else taxonomy.names[one] for one in above])


def name_in(taxonomy: CompiledTaxonomy, entity: int, language: str) -> str:
    """Return what an entity is called in a language: its canonical alias there, else the surest; else its own name."""
    best: tuple[bool, float, int] | None = None
    name = taxonomy.names[entity]
    for row in taxonomy.rows_of(entity):
        own = (
            taxonomy.alias_texts[row],
            taxonomy.alias_languages[row],
            taxonomy.alias_kinds[row],
            float(taxonomy.alias_confidences[row]),
        )
        twins = [(twin.text, twin.language, twin.kind, twin.confidence) for twin in taxonomy.alias_twins.get(row, ())]
        for text, of_language, kind, confidence in (own, *twins):
            if kind not in _NAME_KINDS or primary_language(of_language) != language:
                continue
            rank = (kind is AliasKind.CANONICAL, confidence, -_NAME_KINDS.index(kind))
            if best is None or rank > best:
                best, name = rank, text
    return name
