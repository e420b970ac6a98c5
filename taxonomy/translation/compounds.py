"""Words that are known alone, made parts of compounds, and the other way round, by rules that compounds show."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
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


def with_compound_forms(grammar: Grammar, vocabulary: Mapping[str, int], pieces: PieceModel) -> Grammar:
    """Return a grammar whose words may also stand in front of others in a compound, and parts alone."""
    alone_of = {
        piece: alone
        for piece in vocabulary
        if piece.endswith(GLUE) and (alone := _standing(piece.strip(GLUE), vocabulary, pieces))
    }
    if len(alone_of) < _FEWEST:
        return grammar
    counts: defaultdict[tuple[str, bool], Counter[Ending]] = defaultdict(Counter)
    parts: dict[str, str] = {}
    for piece, alone in alone_of.items():
        rule = rule_between(alone, piece.strip(GLUE))
        best = parts.get(alone)
        parts[alone] = piece if best is None or vocabulary[piece] > vocabulary[best] else best
        for key in keys_of(alone):
            counts[key, True][rule] += 1
    model = FormModel(dict(counts))
    return {source: _more(source, rules, model, parts, alone_of) for source, rules in grammar.items()}


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
