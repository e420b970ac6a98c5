"""How the time of a look-up by letters grows with the taxonomy: from tens of thousands of aliases to a million.

Titles are searched by meaning too, so their index has the lists of rare features.

Larger taxonomies are made of the real aliases of titles by exchanging one of their words for a word of another alias.
"""

import random
from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.rows import rounded
from benchmarks.standardize.speed import brute_force, sample_titles
from benchmarks.standardize.timing import seconds_of_each
from classifiers.standardize.ngrams import BESIDE_MEANING, build_index
from classifiers.standardize.search import SEARCH_DEPTH
from classifiers.standardize.text import fold
from taxonomy.model import EntityType

_QUERIES: Final = 300
_BASELINE_QUERIES: Final = 40
_FLOOR: Final = 0.25


def bench_growth(context: Context) -> list[BenchRow]:
    """Measure milliseconds a query, one by one and in a batch, at each size."""
    taxonomy = context.taxonomies.compiled
    real = [
        taxonomy.alias_texts[row]
        for row, entity in enumerate(taxonomy.alias_entities.tolist())
        if taxonomy.types[entity] is EntityType.TITLE
    ]
    queries = [key for text in sample_titles(context, taxonomy)[:_QUERIES] if (key := fold(text))]
    rows: list[BenchRow] = []
    for size in context.policy.growth_aliases:
        context.on_step(f"growth: {size:,} aliases")
        aliases = varied(real, size, seed=context.policy.seed)
        rows += _at_size(aliases, queries, with_baseline=size <= context.policy.growth_baseline_aliases)
    return rows


def varied(real: Sequence[str], size: int, *, seed: int) -> list[str]:
    """Return `size` aliases: the real ones first, then real ones with one word exchanged."""
    rng = random.Random(seed)  # noqa: S311 - made-up text, not a secret
    words = sorted({word for text in real for word in text.split()})
    made = list(real[:size])
    while len(made) < size:
        parts = rng.choice(real).split()
        parts[rng.randrange(len(parts))] = rng.choice(words)
        made.append(" ".join(parts))
    return made


def _at_size(aliases: Sequence[str], queries: Sequence[str], *, with_baseline: bool) -> list[BenchRow]:
    case = f"growth, {len(aliases):,} aliases"
    each, batch = _our_ms(aliases, queries)
    baseline = _baseline_ms(aliases, queries[:_BASELINE_QUERIES]) if with_baseline else None
    name = "scikit-learn TF-IDF, brute force" if with_baseline else None
    return [
        BenchRow(case, "ms a query, one by one", each, baseline, name, rows=len(queries)),
        BenchRow(case, "ms a query, in a batch", batch, rows=len(queries)),
    ]


def _our_ms(aliases: Sequence[str], queries: Sequence[str]) -> tuple[float, float]:
    """Return milliseconds a query, one by one and in a batch; the index is gone afterwards."""
    keys, rows = [fold(text) for text in aliases], np.arange(len(aliases), dtype=np.int32)
    index = build_index(keys, rows, lists=BESIDE_MEANING)
    # The first search compiles its loops, which is no matter of the size.
    index.search(queries[:1], top=SEARCH_DEPTH, floor=_FLOOR)
    each = seconds_of_each(lambda key: index.search([key], top=SEARCH_DEPTH, floor=_FLOOR), queries)
    batch = seconds_of_each(lambda _: index.search(queries, top=SEARCH_DEPTH, floor=_FLOOR), ["all"])
    return rounded(1e3 * float(each.mean())), rounded(1e3 * float(batch.sum()) / len(queries))


def _baseline_ms(aliases: Sequence[str], queries: Sequence[str]) -> float:
    search = brute_force(aliases)
    return rounded(1e3 * float(seconds_of_each(lambda key: search([key]), queries).mean()))
