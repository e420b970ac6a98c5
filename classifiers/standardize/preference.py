"""Which of several entities with the very same alias a query prefers: by its language, then by its context. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.languages import is_of_language
from classifiers.standardize.senses import SensesInContext
from classifiers.standardize.text import fold, tokenize

_WORD_CHARACTERS: Final = 4
"""Shorter words, such as articles and conjunctions, stand in every text."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for an alias: places beside it, that it is of the query's language, its sense, words that know it.

    `beside` are the folded names of places in the same value that its entity lies in, or that lie in it.
    `sense` is the probability that the context speaks of this sense of the text; None where it is no sense of it.
    """

    in_language: bool = True
    context_words: frozenset[str] = frozenset()
    sense: float | None = None
    beside: frozenset[str] = frozenset()
    rank: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        known = len(self.beside), int(self.in_language), self.sense or 0.0, len(self.context_words)
        object.__setattr__(self, "rank", known)


NO_STANDING: Final = Standing()
"""Nothing speaks for the alias, and nothing against it."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What a query says of itself beside its text: its language, the folded words around it, the senses in them."""

    language: str | None
    words: frozenset[str]
    senses: SensesInContext | None = None

    def standings(self, taxonomy: CompiledTaxonomy, key: str, rows: Sequence[int]) -> dict[int, Standing]:
        """Return the standing of each of several alias rows with one folded text; empty where none has to be chosen.

        Language: an alias of the query's language, or of no language of its own, comes before others. Context: of two
        that are equal in that, the one comes first of which the context has more words. These are words of the
        entity's other aliases, of the company of a sense, and of the names above it in the hierarchy, of 4 characters
        or more. Words of the text itself, and those that all of the entities have, decide nothing and are left out.
        Where entities are senses of the text that a build found in documents, p(sense | context) comes before words.
        """
        if len(rows) < 2:
            return {}
        known = {row: self._known_words(taxonomy, key, row) for row in rows}
        common = reduce(frozenset.__and__, known.values())
        senses = self._senses(taxonomy, key, rows)
        return {row: Standing(self._in_language(taxonomy, row), known[row] - common, senses.get(row)) for row in rows}

    def _senses(self, taxonomy: CompiledTaxonomy, key: str, rows: Sequence[int]) -> dict[int, float]:
        """Return p(sense | context) of the rows whose entities are senses of the text."""
        if self.senses is None:
            return {}
        entities = {row: int(taxonomy.alias_entities[row]) for row in rows}
        ids = {row: taxonomy.entity_ids[entity] for row, entity in entities.items()}
        likely = self.senses.probabilities(key, taxonomy.types[entities[rows[0]]], tuple(ids.values()))
        return {row: likely[entity_id] for row, entity_id in ids.items() if entity_id in likely}

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
