"""Rules of a synchronous grammar: phrases, and phrases with one or two gaps, learned from aligned labels.

Chiang, "Hierarchical Phrase-Based Translation", Computational Linguistics 33(2), 2007.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, combinations
from math import log
from operator import or_
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.translation.align import Aligner, Weights, stem
from taxonomy.translation.pieces import Pieces

GAPS: Final = ("[1]", "[2]")
"""What stands for a gap, in both languages; numbered in the order of the source."""
LINKED: Final = 0.2
"""Pieces belong together from this posterior on."""
_LONGEST_SOURCE: Final = 6
_LONGEST_TARGET: Final = 9
_MOST_TERMINALS: Final = 5
_MOST_READINGS: Final = 20
_LEX_FLOOR: Final = 1e-4

_LINKED_IN_TEXT: Final = 0.3
_SHORT_SOURCE: Final = 3
_SHORT_TARGET: Final = 5

Span = tuple[int, int]
Links = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a source pattern may become. Values are natural logarithms of probabilities, except `evidence`.

    `forward` is p(target | source), `backward` p(source | target), both of the counts of rules; `lexical` is the mean
    of both lexical models; `evidence` is log(1 + labels that showed the rule).
    `guessed` is 1 for what an encoder takes for near, `listed` 1 for what a dictionary says.
    """

    target: Pieces
    forward: float
    backward: float
    lexical: float
    evidence: float
    guessed: float = 0.0
    listed: float = 0.0


Grammar = Mapping[Pieces, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class _Phrase:
    source: Span
    target: Span


class _Linked:
    """Which pieces belong together: for each of the source the bits of those of the target, `columns` in all.

    Labels have few pieces, of which bits tell in a tenth of the time what arrays do.
    """

    def __init__(self, links: Links) -> None:
        self.columns = links.shape[1]
        self.rows = [sum([1 << place for place, linked in enumerate(row) if linked]) for row in links.tolist()]
        self._before = [0, *accumulate(row.bit_count() for row in self.rows)]

    def count(self, source: Span) -> int:
        """Return how many links a span of the source has."""
        return self._before[source[1]] - self._before[source[0]]

    def targets(self, source: Span) -> int:
        """Return the bits of all that belongs to a span of the source."""
        return reduce(or_, self.rows[slice(*source)], 0)


def _bits(span: Span) -> int:
    return (1 << span[1]) - (1 << span[0])


def grammar_of(counts: Mapping[tuple[Pieces, Pieces], float], aligner: Aligner) -> Grammar:
    """Return scored rules by their source, the likeliest first."""
    by_source: defaultdict[Pieces, float] = defaultdict(float)
    by_target: defaultdict[Pieces, float] = defaultdict(float)
    for (source, target), count in counts.items():
        by_source[source] += count
        by_target[target] += count
    grammar: defaultdict[Pieces, list[tuple[float, Pieces]]] = defaultdict(list)
    for (source, target), count in counts.items():
        grammar[source].append((count, target))
    return {
        source: tuple(
            Rule(
                target,
                log(count / (by_source[source] + 0.5)),
                log(count / (by_target[target] + 0.5)),
                _lexical(source, target, aligner),
                log(1 + count),
            )
            for count, target in sorted(readings, key=lambda item: (-item[0], item[1]))[:_MOST_READINGS]
        )
        for source, readings in grammar.items()
    }


def rules_of(source: Pieces, target: Pieces, links: Links) -> set[tuple[Pieces, Pieces]]:
    """Return the rules that a pair of labels shows, given which of their pieces belong together."""
    linked = _Linked(links)
    phrases = list(_phrases(linked))
    tight = [phrase for phrase in phrases if _is_tight(phrase, linked)]
    rules = {(source[slice(*phrase.source)], target[slice(*phrase.target)]) for phrase in phrases}
    for phrase in tight:
        inside = [other for other in tight if _holds(phrase, other)]
        for gap in inside:
            rules.update(_gapped(source, target, phrase, (gap,), linked))
        for one, other in combinations(sorted(inside, key=lambda p: p.source), 2):
            if one.source[1] < other.source[0] and _apart(one.target, other.target):
                rules.update(_gapped(source, target, phrase, (one, other), linked))
    return rules


def phrases_of_texts(source: Pieces, target: Pieces, posterior: Weights) -> set[tuple[Pieces, Pieces]]:
    """Return the short phrases of letters that two sentences show."""
    found = (
        (source[slice(*phrase.source)], target[slice(*phrase.target)])
        for phrase in _phrases(_Linked(posterior >= _LINKED_IN_TEXT), longest=_SHORT_SOURCE)
        if phrase.target[1] - phrase.target[0] <= _SHORT_TARGET
    )
    return {(one, other) for one, other in found if all(piece[0].isalpha() for piece in (*one, *other))}


def _phrases(linked: _Linked, *, longest: int = _LONGEST_SOURCE) -> Iterator[_Phrase]:
    """Yield pairs of spans whose links stay inside, with unlinked pieces at the edges of the target or without."""
    rows, columns = linked.rows, linked.columns
    size, taken = len(rows), linked.targets((0, len(rows)))
    free = [not taken >> place & 1 for place in range(columns)]
    for start in range(size):
        used = 0
        for end in range(start + 1, min(size, start + longest) + 1):
            used |= rows[end - 1]
            if not used:
                continue
            low, high = (used & -used).bit_length() - 1, used.bit_length()
            inside = _bits((low, high))
            if (linked.targets((0, start)) | linked.targets((end, size))) & inside:
                continue
            left = low
            while left >= 0 and (left == low or free[left]):
                right = high
                while right <= columns and (right == high or free[right - 1]):
                    if right - left <= _LONGEST_TARGET:
                        yield _Phrase((start, end), (left, right))
                    right += 1
                left -= 1


def _is_tight(phrase: _Phrase, linked: _Linked) -> bool:
    first, last = phrase.source[0], phrase.source[1] - 1
    left, right = phrase.target[0], phrase.target[1] - 1
    used, inside = linked.targets(phrase.source), _bits(phrase.target)
    return bool(used >> left & 1 and used >> right & 1 and linked.rows[first] & inside and linked.rows[last] & inside)


def _holds(phrase: _Phrase, other: _Phrase) -> bool:
    return (
        phrase != other
        and phrase.source[0] <= other.source[0]
        and other.source[1] <= phrase.source[1]
        and phrase.target[0] <= other.target[0]
        and other.target[1] <= phrase.target[1]
        and phrase.source != other.source
    )


def _apart(one: Span, other: Span) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]


def _gapped(
    source: Pieces,
    target: Pieces,
    phrase: _Phrase,
    gaps: tuple[_Phrase, ...],
    linked: _Linked,
) -> Iterator[tuple[Pieces, Pieces]]:
    left = linked.count(phrase.source) - sum([linked.count(gap.source) for gap in gaps])
    one = _with_gaps(source, phrase.source, [gap.source for gap in gaps])
    other = _with_gaps(target, phrase.target, [gap.target for gap in gaps])
    if left > 0 and len(one) - len(gaps) <= _MOST_TERMINALS:
        yield one, other


def _with_gaps(pieces: Pieces, span: Span, gaps: Sequence[Span]) -> Pieces:
    starts = {gap[0]: (name, gap[1]) for name, gap in zip(GAPS, gaps, strict=False)}
    shown: list[str] = []
    place = span[0]
    while place < span[1]:
        name, after = starts.get(place, (pieces[place], place + 1))
        shown.append(name)
        place = after
    return tuple(shown)


def _lexical(source: Pieces, target: Pieces, aligner: Aligner) -> float:
    ones = [stem(piece) for piece in source if piece not in GAPS]
    others = [stem(piece) for piece in target if piece not in GAPS]
    if not ones or not others:
        return log(_LEX_FLOOR)
    forward = [max(aligner.forward.get((one, other), _LEX_FLOOR) for one in ones) for other in others]
    backward = [max(aligner.backward.get((one, other), _LEX_FLOOR) for other in others) for one in ones]
    values = [*forward, *backward]
    return sum(map(log, values)) / len(values) * min(len(ones), 3)


def reversed_grammar(grammar: Grammar) -> Grammar:
    """Return the rules for the way back; gaps are numbered in the order of what is the source there."""
    turned: defaultdict[Pieces, list[Rule]] = defaultdict(list)
    for source, rules in grammar.items():
        for rule in rules:
            one, other = rule.target, source
            if [piece for piece in one if piece in GAPS] == list(reversed(GAPS)):
                one, other = _swapped(one), _swapped(other)
            turned[one].append(Rule(other, rule.backward, rule.forward, rule.lexical, rule.evidence))
    return {
        source: tuple(sorted(rules, key=lambda rule: (-rule.forward, rule.target))[:_MOST_READINGS])
        for source, rules in turned.items()
    }


def _swapped(pieces: Pieces) -> Pieces:
    other = dict(zip(GAPS, reversed(GAPS), strict=True))
    return tuple(other.get(piece, piece) for piece in pieces)
