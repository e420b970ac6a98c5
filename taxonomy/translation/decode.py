"""From the pieces of a label to its likeliest translations: a chart of spans, the best readings of each kept.

Bottom-up as in Chiang 2007, with the language model asked for whole readings: labels are short.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from typing import Final

from taxonomy.translation.language import NgramModel
from taxonomy.translation.pieces import GLUE, Pieces
from taxonomy.translation.rules import GAPS, Grammar, Rule

FEATURES: Final = (
    "forward",
    "backward",
    "lexical",
    "evidence",
    "rules",
    "copied",
    "glued",
    "language",
    "pieces",
    "guessed",
    "listed",
)


@dataclass(frozen=True, slots=True)
class DecodePolicy:
    """How wide the search is, and what each feature of `FEATURES` weighs."""

    beam: int = 12
    asked: int = 60
    readings: int = 30
    longest: int = 14
    weights: tuple[float, ...] = (0.6, 0.35, 0.1, 0.05, 0.3, -1.5, -0.9, 0.3, 0.25, -0.3, -0.2)


@dataclass(frozen=True, slots=True)
class Reading:
    """A translation in pieces, its score and the values of `FEATURES`.

    `fixed` is what of the score stays the same in whatever the reading becomes a part of: all but the language model
    and the number of pieces.
    """

    target: Pieces
    score: float
    fixed: float
    values: tuple[float, ...]


_NOTHING: Final = (0.0,) * len(FEATURES)
_COPIED: Final = FEATURES.index("copied")
_GLUED: Final = FEATURES.index("glued")
_LANGUAGE: Final = FEATURES.index("language")
_PIECES: Final = FEATURES.index("pieces")
_GLUE_ALONE: Final = tuple(float(place == _GLUED) for place in range(len(FEATURES)))
_GLUED_PARTS: Final = 4
_TWO_GAPS: Final = 5
"""Readings of each part that are tried, where two parts vary at once."""
_Span = tuple[int, int]
_Parts = tuple[Reading, ...]
_Use = tuple[float, float, Rule | None, _Parts]
"""A rule over readings of its gaps, or two parts glued: the sum of scores, what the rule itself weighs, and both."""


class Decoder:
    """Translates by a grammar and a language model."""

    def __init__(self, grammar: Grammar, language: NgramModel, policy: DecodePolicy) -> None:
        self._grammar = grammar
        self._language = language
        self._policy = policy
        self._weighed: dict[Pieces, list[tuple[float, Rule]]] = {}

    def translate(self, source: Pieces) -> list[Reading]:
        """Return the readings of a label, best first; nothing for an empty one or one too long."""
        size = len(source)
        if not size or size > self._policy.longest:
            return []
        chart: dict[_Span, list[Reading]] = {}
        for width in range(1, size + 1):
            for start in range(size - width + 1):
                chart[start, start + width] = self._fill(source, (start, start + width), chart, whole=width == size)
        return [reading for reading in chart[0, size] if not ends_open(reading.target)]

    def copied(self, pieces: Pieces) -> Reading:
        """Return what a label is that nothing translates: its pieces as they are."""
        return self._copy(pieces, whole=True)

    def _fill(self, source: Pieces, span: _Span, chart: dict[_Span, list[Reading]], *, whole: bool) -> list[Reading]:
        uses = _Likeliest(self._policy.asked)
        for pattern, gaps in _patterns(source, span):
            rules = self._rules(pattern)
            inner = [chart[gap] for gap in gaps] if rules else []
            if rules and all(inner):
                limit = _TWO_GAPS if len(inner) == len(GAPS) else self._policy.beam
                uses.add(rules, [readings[:limit] for readings in inner])
        if span[1] - span[0] == 1 and not uses.best():
            return [self._copy((source[span[0]],), whole=whole)]
        glued: list[tuple[float, Rule | None]] = [(self._policy.weights[_GLUED], None)]
        for cut in range(span[0] + 1, span[1]):
            uses.add(glued, [chart[span[0], cut][:_GLUED_PARTS], chart[cut, span[1]][:_GLUED_PARTS]])
        return self._readings(uses.best(), whole=whole)

    def _rules(self, pattern: Pieces) -> list[tuple[float, Rule]]:
        """Return the rules of a pattern with what each weighs; remembered."""
        known = self._weighed.get(pattern)
        if known is None:
            rules = self._grammar.get(pattern)
            if rules is None:
                return []
            known = self._weighed[pattern] = [(self._weight(_values_of(rule)), rule) for rule in rules]
        return known

    def _readings(self, uses: Sequence[_Use], *, whole: bool) -> list[Reading]:
        """Return the best readings that uses of rules give, each once."""
        made: dict[Pieces, tuple[float, Rule | None, _Parts]] = {}
        for _, own, rule, parts in uses:
            target = _target(rule, parts)
            fixed = own + sum([part.fixed for part in parts])
            known = made.get(target)
            if known is None or known[0] < fixed:
                made[target] = fixed, rule, parts
        weights, scored = self._policy.weights, list[tuple[float, Pieces, float]]()
        for target, (fixed, _, _) in made.items():
            said = self._said(target, whole=whole)
            scored.append((-(fixed + weights[_LANGUAGE] * said + weights[_PIECES] * len(target)), target, said))
        scored.sort()
        kept = self._policy.readings if whole else self._policy.beam
        found = []
        for below, target, said in scored[:kept]:
            fixed, rule, parts = made[target]
            found.append(Reading(target, -below, fixed, _with_language(_summed(rule, parts), said, target)))
        return found

    def _copy(self, pieces: Pieces, *, whole: bool) -> Reading:
        values = list(_NOTHING)
        values[_COPIED] = float(len(pieces))
        found = _with_language(values, self._said(pieces, whole=whole), pieces)
        return Reading(pieces, self._weight(found), self._weight(values), found)

    def _said(self, target: Pieces, *, whole: bool) -> float:
        return self._language.log_probability(target) if whole else self._language.inner(target)

    def _weight(self, values: Sequence[float]) -> float:
        return sum(weight * value for weight, value in zip(self._policy.weights, values, strict=True))


class _Likeliest:
    """The uses of rules with the highest sums of scores, of all that are added; those added first, where equal."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._uses: list[_Use] = []
        self._bound = float("-inf")

    def add(self, rules: Sequence[tuple[float, Rule | None]], inner: Sequence[Sequence[Reading]]) -> None:
        """Add each rule with each choice of readings for its gaps."""
        choices = [(sum([part.score for part in parts]), parts) for parts in product(*inner)]
        choices.sort(key=itemgetter(0), reverse=True)
        uses, bound = self._uses, self._bound
        for own, rule in rules:
            for score, parts in choices:
                if own + score <= bound:
                    break
                uses.append((own + score, own, rule, parts))
        if len(uses) > 2 * self._size:
            self._cut()

    def best(self) -> list[_Use]:
        """Return the likeliest uses, best first."""
        self._cut()
        return self._uses

    def _cut(self) -> None:
        self._uses.sort(key=itemgetter(0), reverse=True)
        del self._uses[self._size :]
        if len(self._uses) == self._size:
            self._bound = self._uses[-1][0]


def _values_of(rule: Rule) -> list[float]:
    """Return what a rule alone adds to the values of `FEATURES`."""
    return [
        *(rule.forward, rule.backward, rule.lexical, rule.evidence, 1.0),
        *(0.0, 0.0, 0.0, 0.0, rule.guessed, rule.listed),
    ]


def _target(rule: Rule | None, parts: _Parts) -> Pieces:
    """Return what a rule makes of the readings of its gaps, or two parts side by side."""
    if rule is None:
        return parts[0].target + parts[1].target
    if not parts:
        return rule.target
    target: list[str] = []
    for piece in rule.target:
        if piece in GAPS:
            target += parts[GAPS.index(piece)].target
        else:
            target.append(piece)
    return tuple(target)


def _summed(rule: Rule | None, parts: _Parts) -> list[float]:
    """Return the values of a rule and its parts together."""
    own = _values_of(rule) if rule else _GLUE_ALONE
    return [sum(column) for column in zip(own, *[part.values for part in parts], strict=True)]


def _with_language(values: Sequence[float], said: float, target: Pieces) -> tuple[float, ...]:
    found = list(values)
    found[_LANGUAGE], found[_PIECES] = said, float(len(target))
    return tuple(found)


def _patterns(source: Pieces, span: _Span) -> Iterator[tuple[Pieces, tuple[_Span, ...]]]:
    """Yield the source side of every rule that may cover a span, and the spans of its gaps."""
    start, end = span
    yield source[start:end], ()
    for one in range(start, end):
        for one_end in range(one + 1, end + 1):
            if one_end - one == end - start:
                continue
            head = (*source[start:one], GAPS[0])
            yield (*head, *source[one_end:end]), ((one, one_end),)
            for other in range(one_end + 1, end):
                for other_end in range(other + 1, end + 1):
                    pattern = (*head, *source[one_end:other], GAPS[1], *source[other_end:end])
                    yield pattern, ((one, one_end), (other, other_end))


def ends_open(target: Sequence[str]) -> bool:
    """Whether a reading ends in a piece that has to be glued to something."""
    return bool(target) and target[-1].endswith(GLUE)
