"""From the pieces of a label to its likeliest translations: a chart of spans, the best readings of each kept.

Bottom-up as in Chiang 2007, with the language model asked for whole readings: labels are short.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
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
    """A translation in pieces, its score and the values of `FEATURES`."""

    target: Pieces
    score: float
    values: tuple[float, ...]


_NOTHING: Final = (0.0,) * len(FEATURES)
_Span = tuple[int, int]


class Decoder:
    """Translates by a grammar and a language model."""

    def __init__(self, grammar: Grammar, language: NgramModel, policy: DecodePolicy) -> None:
        self._grammar = grammar
        self._language = language
        self._policy = policy

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
        values = list(_NOTHING)
        values[5] = float(len(pieces))
        return self._scored(pieces, values, whole=True)

    def _fill(self, source: Pieces, span: _Span, chart: dict[_Span, list[Reading]], *, whole: bool) -> list[Reading]:
        found: list[tuple[float, Rule | None, tuple[Reading, ...]]] = []
        for pattern, gaps in _patterns(source, span):
            rules = self._grammar.get(pattern)
            if rules is None:
                continue
            inner = [chart[gap] for gap in gaps]
            if all(inner):
                found += self._uses(rules, inner)
        if span[1] - span[0] == 1 and not found:
            return [self._copy(source[span[0]], whole=whole)]
        for cut in range(span[0] + 1, span[1]):
            for one, other in product(chart[span[0], cut][:4], chart[cut, span[1]][:4]):
                found.append((one.score + other.score + self._policy.weights[6], None, (one, other)))
        found.sort(key=lambda item: -item[0])
        best: dict[Pieces, Reading] = {}
        for _, rule, parts in found[: self._policy.asked]:
            reading = self._reading(rule, parts, whole=whole)
            known = best.get(reading.target)
            if known is None or known.score < reading.score:
                best[reading.target] = reading
        kept = self._policy.readings if whole else self._policy.beam
        return sorted(best.values(), key=lambda reading: (-reading.score, reading.target))[:kept]

    def _uses(
        self, rules: Sequence[Rule], inner: list[list[Reading]]
    ) -> Iterator[tuple[float, Rule, tuple[Reading, ...]]]:
        w = self._policy.weights
        limit = self._policy.beam if len(inner) < 2 else 5
        for rule in rules:
            own = (
                w[0] * rule.forward
                + w[1] * rule.backward
                + w[2] * rule.lexical
                + w[3] * rule.evidence
                + w[4]
                + w[9] * rule.guessed
                + w[10] * rule.listed
            )
            for parts in product(*(readings[:limit] for readings in inner)):
                yield own + sum(part.score for part in parts), rule, parts

    def _copy(self, piece: str, *, whole: bool) -> Reading:
        values = list(_NOTHING)
        values[5] = 1.0
        return self._scored((piece,), values, whole=whole)

    def _reading(self, rule: Rule | None, parts: tuple[Reading, ...], *, whole: bool) -> Reading:
        values = [sum(column) for column in zip(_NOTHING, *(part.values for part in parts), strict=True)]
        if rule is None:
            values[6] += 1.0
            return self._scored(parts[0].target + parts[1].target, values, whole=whole)
        values[0] += rule.forward
        values[1] += rule.backward
        values[2] += rule.lexical
        values[3] += rule.evidence
        values[4] += 1.0
        values[9] += rule.guessed
        values[10] += rule.listed
        if not parts:
            return self._scored(rule.target, values, whole=whole)
        target: list[str] = []
        for piece in rule.target:
            if piece in GAPS:
                target += parts[GAPS.index(piece)].target
            else:
                target.append(piece)
        return self._scored(tuple(target), values, whole=whole)

    def _scored(self, target: Pieces, values: list[float], *, whole: bool) -> Reading:
        values[7] = self._language.log_probability(target) if whole else self._language.inner(target)
        values[8] = float(len(target))
        score = sum(weight * value for weight, value in zip(self._policy.weights, values, strict=True))
        return Reading(target, score, tuple(values))


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
