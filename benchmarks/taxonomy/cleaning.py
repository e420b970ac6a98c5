"""Clean-up: noise that is made, put among the companies, schools and titles of real documents, found again.

The noise is made (see `benchmarks.taxonomy.noise`), for no judged names are to be had. It is dealt members and dates
as real values have them, so that only its text gives it away. Rules are induced, and the baselines' thresholds set, on
one half of the texts by hash; every figure is of the other half.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import RESAMPLES
from benchmarks.standardize.rows import Figures, compare, measured, rounded
from benchmarks.taxonomy.context import BuildContext
from benchmarks.taxonomy.noise import KINDS, make_noise
from core.errors import InvalidError
from taxonomy.cleaning.induce import InducedRule, induce_rules, is_held_out, measure_named_rules
from taxonomy.cleaning.model import CleaningPolicy, Judged, TypedEntity
from taxonomy.cleaning.rules import CleaningContext, broken_rules, learn_context
from taxonomy.corpus.model import Document
from taxonomy.corpus.reading import read_documents
from taxonomy.model import EntityType

_CORPORA: Final = "*.jsonl.gz"
_TYPES: Final = {"companies": EntityType.COMPANY, "schools": EntityType.SCHOOL, "titles": EntityType.TITLE}
_SKILLS: Final = "skills"
_NOISE_SHARE: Final = 0.2
_HELD_OUT: Final = 0.5
_TODAY: Final = date(2024, 1, 1)
_YEARS: Final = 2
_CASE: Final = "clean-up of made-up noise"

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Half:
    """One half of the judged entities: which are noise, the kind of noise, and what each would be judged by."""

    judged: tuple[Judged, ...]
    kinds: tuple[str, ...]
    noise: Flags

    @property
    def entities(self) -> list[TypedEntity]:
        return [each.entity for each in self.judged]


def bench_cleaning(context: BuildContext) -> list[BenchRow]:
    """Return precision, recall and F1 of marking noise, recall by kind, and the precision of every rule."""
    judged, kinds = _judged(context)
    rules_context = learn_context(
        (each.entity for each in judged), CleaningPolicy(_TODAY), texts=_values(context, _SKILLS)
    )
    context.on_step("inducing rules from judgements")
    seed = context.policy.seed
    induced = induce_rules(judged, rules_context, seed=seed)
    held_out = [is_held_out(each.entity, _HELD_OUT, seed=seed) for each in judged]
    learned, tested = (_half(judged, kinds, held_out, side) for side in (False, True))
    floors = {
        "length alone": _by_length(learned, tested),
        "spelling alone": _by_spelling(learned, tested, rules_context),
    }
    named = _named(tested, rules_context)
    both = named | _any_applies(induced, tested, rules_context)
    ours = {"named rules": named, "named and induced rules": both}
    return [
        *_compared(floors, ours, tested),
        *_by_kind(named, both, tested),
        *_by_rule(tested, rules_context, induced),
    ]


def _judged(context: BuildContext) -> tuple[list[Judged], list[str]]:
    """Return real values and made-up noise as judged entities, and the kind of noise of each, empty where real."""
    context.on_step("reading companies, schools and titles")
    real = _real_values(context)
    rng = random.Random(context.policy.seed)  # noqa: S311 - made-up data, not secrets
    texts = [text for _, text in real]
    noise = make_noise(texts, round(_NOISE_SHARE * len(texts)), seed=context.policy.seed)
    members = list(real.values())
    judged = [Judged(_entity(kind, text, count, rng), unusable=False) for (kind, text), count in real.items()]
    types = sorted({kind for kind, _ in real})
    judged += [Judged(_entity(rng.choice(types), text, rng.choice(members), rng), unusable=True) for _, text in noise]
    return judged, [""] * len(real) + [kind for kind, _ in noise]


def _entity(kind: str, text: str, members: int, rng: random.Random) -> TypedEntity:
    return TypedEntity(text, kind, members, _TODAY - timedelta(days=rng.randrange(_YEARS * 365)))


def _real_values(context: BuildContext) -> Counter[tuple[str, str]]:
    """Return how many documents have each value of a type; a text counts for the first type that it has."""
    counts: Counter[tuple[str, str]] = Counter()
    type_of: dict[str, str] = {}
    for path in sorted((context.data / "corpora").glob(_CORPORA)):
        for item in _first(path, context.policy.max_documents):
            for name, kind in _TYPES.items():
                for text in set(item.fields.get(name, ())):
                    counts[type_of.setdefault(text, kind), text] += 1
    if not counts:
        raise InvalidError(f"no companies, schools or titles in {context.data / 'corpora'}")
    return Counter(dict(sorted(counts.items())))


def _values(context: BuildContext, name: str) -> Iterator[str]:
    for path in sorted((context.data / "corpora").glob(_CORPORA)):
        for item in _first(path, context.policy.max_documents):
            yield from item.fields.get(name, ())


def _first(path: Path, most: int | None) -> list[Document]:
    documents = [item for item in read_documents(path) if isinstance(item, Document)]
    return documents[:most]


def _half(judged: Sequence[Judged], kinds: Sequence[str], held_out: Sequence[bool], side: bool) -> _Half:  # noqa: FBT001 - which half
    places = [place for place, held in enumerate(held_out) if held is side]
    chosen = tuple(judged[place] for place in places)
    noise = np.array([each.unusable for each in chosen], np.bool_)
    return _Half(chosen, tuple(kinds[place] for place in places), noise)


def _named(half: _Half, context: CleaningContext) -> Flags:
    return np.array([bool(broken_rules(entity, context)) for entity in half.entities], np.bool_)


def _any_applies(rules: Sequence[InducedRule], half: _Half, context: CleaningContext) -> Flags:
    marked = np.zeros(len(half.judged), np.bool_)
    for rule in rules:
        marked |= rule.applies(half.entities, context)
    return marked


def _by_length(learned: _Half, tested: _Half) -> Flags:
    """Mark what is shorter or longer than bounds that are best on the half to learn from."""
    lengths, others = (np.array([len(entity.text) for entity in half.entities]) for half in (learned, tested))
    bounds = [(short, long) for short in range(20) for long in (*range(20, 200, 5), 10_000)]
    short, long = max(bounds, key=lambda pair: _f1((lengths < pair[0]) | (lengths > pair[1]), learned.noise))
    return np.asarray((others < short) | (others > long))


def _by_spelling(learned: _Half, tested: _Half, context: CleaningContext) -> Flags:
    """Mark what is spelled more strangely than the bound that is best on the half to learn from."""
    scores, others = (
        np.array([context.spelling.strangeness(entity.text) for entity in half.entities]) for half in (learned, tested)
    )
    bound = max(np.unique(np.round(scores, 1)).tolist(), key=lambda value: _f1(scores > value, learned.noise))
    return np.asarray(others > bound)


def _f1(marked: Flags, noise: Flags) -> float:
    return 2 * float((marked & noise).sum()) / max(1.0, float(marked.sum() + noise.sum()))


def _compared(floors: Mapping[str, Flags], ours: Mapping[str, Flags], half: _Half) -> list[BenchRow]:
    def values(marked: Flags, kept: Flags, of: Flags) -> NDArray[np.float64]:
        return of[kept & marked].astype(np.float64) if kept is not half.noise else marked[kept].astype(np.float64)

    everything = np.ones(len(half.noise), np.bool_)
    rows = []
    for metric, kept in (("precision", everything), ("recall", half.noise)):
        figures = Figures(
            {name: values(marked, kept, half.noise) for name, marked in floors.items()},
            {name: values(marked, kept, half.noise) for name, marked in ours.items()},
        )
        rows += compare(_CASE, metric, figures)
    best = max(floors, key=lambda name: _f1(floors[name], half.noise))
    whole = list(ours)[-1]
    return [_f1_row(ours[whole], half, _f1(floors[best], half.noise), best), *rows]


def _f1_row(marked: Flags, half: _Half, baseline: float, baseline_name: str) -> BenchRow:
    rng = np.random.default_rng(1)
    draws = (rng.integers(0, len(marked), len(marked)) for _ in range(RESAMPLES))
    low, high = np.percentile([_f1(marked[draw], half.noise[draw]) for draw in draws], [2.5, 97.5])
    return BenchRow(
        _CASE,
        "F1",
        rounded(_f1(marked, half.noise)),
        rounded(baseline),
        baseline_name,
        rows=len(marked),
        low=rounded(float(low)),
        high=rounded(float(high)),
    )


def _by_kind(named: Flags, both: Flags, half: _Half) -> list[BenchRow]:
    kinds = np.array(half.kinds)
    return [
        measured(
            f"{_CASE} / {kind}",
            "recall",
            both[kinds == kind].astype(np.float64),
            baseline=rounded(float(named[kinds == kind].mean())),
            baseline_name="named rules",
        )
        for kind in KINDS
        if (kinds == kind).any()
    ]


def _by_rule(half: _Half, context: CleaningContext, induced: Sequence[InducedRule]) -> list[BenchRow]:
    found = {f"rule {name}": each for name, each in measure_named_rules(half.judged, context).items()}
    found |= {f"induced rule: {rule.text}": rule.held_out for rule in induced}
    return [
        BenchRow(
            f"clean-up, {name}",
            "precision",
            rounded(each.precision),
            rounded(float(half.noise.mean())),
            "share of noise",
            rows=each.applies,
            low=rounded(each.low),
            high=rounded(each.high),
        )
        for name, each in found.items()
        if each.applies
    ]
