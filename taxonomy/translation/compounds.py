"""Words that are known alone, made parts of compounds, and the other way round, by rules that compounds show."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Final

from taxonomy.translation.forms import FormModel, changed, keys_of, rule_between
from taxonomy.translation.forms import Rule as Ending
from taxonomy.translation.pieces import GLUE, PieceModel, Pieces
from taxonomy.translation.rules import Grammar, Rule

_FEWEST: Final = 50
"""A language with fewer known parts of compounds is taken to have none."""
_PRICE: Final = log(0.2)
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class CompoundForms:
    """How words of a language stand in front of others in a compound; without `parts` it has no compounds."""

    model: FormModel
    parts: Mapping[str, str]
    alone_of: Mapping[str, str]

    def extended(self, source: Pieces, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """Return the rules of a source, and their words as parts of compounds, and parts as words."""
        return _more(source, rules, self.model, self.parts, self.alone_of) if self.parts else rules


def with_compound_forms(grammar: Grammar, forms: CompoundForms) -> Grammar:
    """Return a grammar whose words may also stand in front of others in a compound, and parts alone."""
    return {source: forms.extended(source, rules) for source, rules in grammar.items()} if forms.parts else grammar


def learn_compound_forms(vocabulary: Mapping[str, int], pieces: PieceModel) -> CompoundForms:
    """Learn from the pieces of a language, with how often they occur, how words become parts of compounds."""
    alone_of = {
        piece: alone
        for piece in vocabulary
        if piece.endswith(GLUE) and (alone := _standing(piece.strip(GLUE), vocabulary, pieces))
    }
    if len(alone_of) < _FEWEST:
        return CompoundForms(FormModel({}), {}, {})
    counts: defaultdict[tuple[str, bool], Counter[Ending]] = defaultdict(Counter)
    parts: dict[str, str] = {}
    for piece, alone in alone_of.items():
        rule = rule_between(alone, piece.strip(GLUE))
        best = parts.get(alone)
        parts[alone] = piece if best is None or vocabulary[piece] > vocabulary[best] else best
        for key in keys_of(alone):
            counts[key, True][rule] += 1
    return CompoundForms(FormModel(dict(counts)), parts, alone_of)


def _more(
    source: Pieces,
    rules: tuple[Rule, ...],
    model: FormModel,
    parts: Mapping[str, str],
    alone_of: Mapping[str, str],
) -> tuple[Rule, ...]:
    if len(source) > 1:
        return rules
    known = {rule.target for rule in rules}
    added: dict[Pieces, Rule] = {}
    for rule in rules:
        last = rule.target[-1]
        if not last.strip(GLUE).isalpha() or len(last) < _SHORTEST:
            continue
        other = alone_of.get(last) if last.endswith(GLUE) else parts.get(last) or _as_part(last, model)
        target = (*rule.target[:-1], other) if other else rule.target
        if target not in known and target not in added:
            added[target] = replace(rule, target=target, forward=rule.forward + _PRICE)
    return (*rules, *added.values())


def _as_part(word: str, model: FormModel) -> str:
    return changed(word, model.likeliest(word)) + GLUE


def _standing(part: str, vocabulary: Mapping[str, int], pieces: PieceModel) -> str | None:
    """Return the word that a part of a compound is without its linking element; the most frequent one."""
    found = {part.removesuffix(link) for link in pieces.links}
    known = [word for word in found if word in vocabulary]
    return max(known, key=lambda word: (vocabulary[word], word), default=None)
