"""Which of several entities with the very same alias a query prefers: by its language, then by its context. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.languages import is_of_language
from classifiers.standardize.text import fold, tokenize

_WORD_CHARACTERS: Final = 4
"""Shorter words, such as articles and conjunctions, stand in every text."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for an alias: whether it is of the query's language, and the words of the context that know it."""

    in_language: bool = True
    context_words: frozenset[str] = frozenset()
    rank: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", (int(self.in_language), len(self.context_words)))


NO_STANDING: Final = Standing()
"""Nothing speaks for the alias, and nothing against it."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What a query says of itself beside its text: its language, and the folded words around it."""

    language: str | None
    words: frozenset[str]

    def standings(self, taxonomy: CompiledTaxonomy, key: str, rows: Sequence[int]) -> dict[int, Standing]:
        """Return the standing of each of several alias rows with one folded text; empty where none has to be chosen.

        Language: an alias of the query's language, or of no language of its own, comes before others. Context: of two
        that are equal in that, the one comes first of which the context has more words. These are words of the
        entity's other aliases, of the company of a sense, and of the names above it in the hierarchy, of 4 characters
        or more. Words of the text
        itself, and those that all of the entities have, decide nothing and are left out.
        """
        if len(rows) < 2:
            return {}
        known = {row: self._known_words(taxonomy, key, row) for row in rows}
        common = reduce(frozenset.__and__, known.values())
        return {row: Standing(self._in_language(taxonomy, row), known[row] - common) for row in rows}

    def _in_language(self, taxonomy: CompiledTaxonomy, row: int) -> bool:
        return self.language is None or is_of_language(taxonomy, row, self.language)

    def _known_words(self, taxonomy: CompiledTaxonomy, key: str, row: int) -> frozenset[str]:
        """Return the words of the context that know the entity of an alias row."""
        if not self.words:
            return frozenset()
        entity = int(taxonomy.alias_entities[row])
        texts = [taxonomy.alias_keys[other] for other in taxonomy.rows_of(entity)]
        texts.append(taxonomy.company.get(entity, ""))
        texts += [fold(taxonomy.names[parent]) for parent in taxonomy.hierarchy.above(entity)]
        return self.words.intersection(word for text in texts for word in text.split(" ")) - set(key.split(" "))


def context_words(context: str | None) -> frozenset[str]:
    """Return the folded words of a context that may decide something."""
    if not context:
        return frozenset()
    return frozenset(token.folded for token in tokenize(context) if len(token.folded) >= _WORD_CHARACTERS)
