"""Find the senses of phrases: split in two as long as the split separates meanings, name each side by its company."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from taxonomy.senses.contexts import ContextSpace, unit
from taxonomy.senses.model import Company, Context, Contexts, PhraseSenses, Sense, SensePolicy
from taxonomy.senses.splitting import SplitModel, judge, split

_EXAMPLES: Final = 3
_BACKGROUND: Final = 5_000


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """How many of so many contexts have each token."""

    counts: Mapping[str, int]
    contexts: int


_NOTHING: Final = TokenCounts({}, 0)


def find_senses(
    contexts: Contexts, space: ContextSpace, model: SplitModel, policy: SensePolicy, *, seed: int
) -> Iterator[PhraseSenses]:
    """Yield the senses of each phrase with contexts enough, in alphabetical order; most have one."""
    background = count_tokens(sample_contexts(contexts), space)
    for phrase in sorted(contexts):
        if len(contexts[phrase]) >= policy.min_contexts:
            yield senses_of(phrase, contexts[phrase], space, model, policy, seed=seed, background=background)


def sample_contexts(contexts: Contexts) -> list[Context]:
    """Return an even sample of the contexts of all phrases: the company that any phrase keeps."""
    every = [context for phrase in sorted(contexts) for context in contexts[phrase]]
    return every[:: max(1, len(every) // _BACKGROUND)]


def count_tokens(contexts: Iterable[Context], space: ContextSpace) -> TokenCounts:
    """Return how many contexts have each token that the space knows."""
    some = list(contexts)
    counts = Counter(token for context in some for token in context)
    return TokenCounts({token: count for token, count in counts.items() if token in space.index}, len(some))


def senses_of(
    phrase: str,
    contexts: Sequence[Context],
    space: ContextSpace,
    model: SplitModel,
    policy: SensePolicy,
    *,
    seed: int,
    background: TokenCounts = _NOTHING,
) -> PhraseSenses:
    """Return the senses of one phrase; a single sense is described by what the `background` has more seldom."""
    vectors = space.vectors(contexts)
    weights = space.weights(contexts)
    groups = [np.arange(len(contexts))]
    done: list[NDArray[np.int64]] = []
    confidence = 0.0
    least = max(policy.min_sense, int(policy.min_share * len(contexts)))
    while groups:
        rows = max(groups, key=len)
        groups = [group for group in groups if group is not rows]
        sides = split(vectors[rows], trials=policy.trials, seed=seed) if len(rows) >= 2 * least else None
        likely = 0.0
        if sides is not None and min(sides.sum(), len(sides) - sides.sum()) >= least:
            likely = model.probability(judge(vectors[rows], weights[rows], sides))
        if len(rows) == len(contexts):
            confidence = likely
        if sides is not None and likely > policy.certain and len(groups) + len(done) + 2 <= policy.max_senses:
            groups += [rows[sides == 0], rows[sides == 1]]
        else:
            done.append(rows)
    done.sort(key=lambda rows: (-len(rows), int(rows[0])))
    return _described(phrase, contexts, done, confidence, policy, background, space)


def typical_company(one: TokenCounts, others: TokenCounts, most: int) -> tuple[Company, ...]:
    """Return the tokens that some contexts have more often than others: Dunning 1993, signed log-likelihood ratio.

    Without others, the most frequent tokens.
    """
    found = [
        Company(token, round(value, 2))
        for token, count in one.counts.items()
        if (
            value := _likelihood(count, one.contexts, others.counts.get(token, 0), others.contexts)
            if others.contexts
            else float(count)
        )
        > 0
    ]
    return tuple(sorted(found, key=lambda company: (-company.likelihood, company.token))[:most])


def _likelihood(one: int, ones: int, other: int, others: int) -> float:
    """Return G squared of a token in `one` of `ones` contexts and `other` of `others`; 0 where it is rarer in one."""
    if one * others <= other * ones:
        return 0.0
    cells = ((one, ones), (other, others), (ones - one, ones), (others - other, others))
    total, have = ones + others, one + other
    expected = [have * ones / total, have * others / total, (total - have) * ones / total]
    expected.append((total - have) * others / total)
    return 2 * sum(count * log(count / wanted) for (count, _), wanted in zip(cells, expected, strict=True) if count)


def _described(
    phrase: str,
    contexts: Sequence[Context],
    groups: Sequence[NDArray[np.int64]],
    confidence: float,
    policy: SensePolicy,
    background: TokenCounts,
    space: ContextSpace,
) -> PhraseSenses:
    vectors = space.vectors(contexts)
    assigned = np.zeros(len(contexts), dtype=np.int64)
    centres = unit(np.stack([vectors[rows].mean(axis=0) for rows in groups]))
    senses = []
    for number, rows in enumerate(groups):
        assigned[rows] = number
        inside = set(rows.tolist())
        own = count_tokens((contexts[row] for row in inside), space)
        others = count_tokens((one for row, one in enumerate(contexts) if row not in inside), space)
        near = rows[np.argsort(-(vectors[rows] @ centres[number]), kind="stable")]
        company = typical_company(own, others if others.contexts else background, policy.label_words)
        examples = tuple(dict.fromkeys(contexts[row] for row in near.tolist()))[:_EXAMPLES]
        senses.append(Sense(number, round(len(rows) / len(contexts), 4), company, examples))
    return PhraseSenses(phrase, tuple(senses), round(confidence, 4), tuple(assigned.tolist()), centres)
