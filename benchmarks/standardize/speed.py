"""Speed in process, one thread: titles one by one and in batches, running text, loading, memory.

The baseline is brute force with scikit-learn's TF-IDF of characters over the same aliases of titles. Titles come
from the evaluation files as texts without their labels, each once, so that no cache helps; where there are none,
aliases with a typing error take their place.
"""

import random
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize import sentences, titles
from benchmarks.standardize.context import Context
from benchmarks.standardize.floors import character_vectorizer
from benchmarks.standardize.footprint import memory_rows
from benchmarks.standardize.rows import rounded
from benchmarks.standardize.second_opinion import second_opinion_rows
from benchmarks.standardize.taxonomies import standardizer_of
from benchmarks.standardize.timing import seconds_of_each
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.model import Query
from classifiers.training.questions import mistype
from core.collector import settle
from core.errors import InvalidError
from taxonomy.model import EntityType

CASE: Final = "speed"
_BATCH: Final = 500
_POSTING_CHARACTERS: Final = 5_000
_BASELINE: Final = "scikit-learn TF-IDF, brute force"
_BASELINE_SHARE: Final = 10
"""The baseline gets one text in so many: it is that much slower."""


def bench_speed(context: Context) -> list[BenchRow]:
    """Measure ours and the baseline on the same texts and aliases."""
    taxonomy = context.taxonomies.compiled
    # As every process that serves does; else looking through the sources that this one has read, a second each time,
    # would fall into the time of some title.
    settle()
    texts = sample_titles(context, taxonomy)
    context.on_step(f"speed: {len(texts):,} titles, {len(taxonomy.alias_texts):,} aliases")
    return [
        *memory_rows(context.taxonomies.compiled_folder, len(taxonomy.alias_texts)),
        *_titles(context, taxonomy, texts),
        *_running_text(context, taxonomy),
        *_second_opinion(context, taxonomy, texts),
    ]


def sample_titles(context: Context, taxonomy: CompiledTaxonomy) -> list[str]:
    """Return different titles as people type them, at most as many as the policy asks for."""
    rng = random.Random(context.policy.seed)  # noqa: S311 - a sample, not a secret
    found = [row.title for path in context.files(titles.FOLDER, "*.csv") for row in titles.read_titles(path)]
    if not found:
        rows = [row for row in range(len(taxonomy.alias_texts)) if _kind(taxonomy, row) is EntityType.TITLE]
        found = [mistype(taxonomy.alias_texts[row], rng) for row in rows]
    different = sorted(set(found))
    return rng.sample(different, min(len(different), context.policy.speed_texts))


def _titles(context: Context, taxonomy: CompiledTaxonomy, texts: Sequence[str]) -> list[BenchRow]:
    """Return titles a second and milliseconds a title, every text new to the standardizer."""
    brute = _brute_force(taxonomy)
    few = texts[:: _BASELINE_SHARE if len(texts) > _BATCH else 1]
    context.on_step(f"speed: {len(few):,} titles by brute force")
    base_ms = 1e3 * seconds_of_each(lambda text: brute([text]), few)
    base_batch = len(few) / _seconds(lambda: brute(few))
    standardizer = standardizer_of(taxonomy)
    # One that is searched for and one that is misspelt: every loop is loaded before the first text is timed.
    standardizer.standardize_many([Query(text, EntityType.TITLE) for text in ("warm up", "Softwear Enginer")])
    context.on_step("speed: the same by the standardizer")
    one_ms = 1e3 * seconds_of_each(lambda text: standardizer.standardize(Query(text, EntityType.TITLE)), texts)
    fresh = standardizer_of(taxonomy)
    queries = [Query(text, EntityType.TITLE) for text in texts]
    batches = [queries[start : start + _BATCH] for start in range(0, len(queries), _BATCH)]
    batch_rate = len(texts) / _seconds(lambda: [fresh.standardize_many(batch) for batch in batches])
    count = len(texts)
    return [
        BenchRow(CASE, "titles/s, one by one", _rate(one_ms), _rate(base_ms), _BASELINE, rows=count),
        BenchRow(CASE, f"titles/s, batches of {_BATCH}", round(batch_rate), round(base_batch), _BASELINE, rows=count),
        BenchRow(CASE, "p50 ms a title", _quantile(one_ms, 50), _quantile(base_ms, 50), _BASELINE, rows=count),
        BenchRow(CASE, "p99 ms a title", _quantile(one_ms, 99), _quantile(base_ms, 99), _BASELINE, rows=count),
    ]


def _running_text(context: Context, taxonomy: CompiledTaxonomy) -> list[BenchRow]:
    """Return megabytes a second and the time of one posting, made of real sentences in turn."""
    found = [
        sentence.text
        for path in context.files(sentences.FOLDER, "*.csv")
        for sentence in sentences.read_sentences(path)
    ] or list(islice(taxonomy.alias_texts, 2_000))
    text = " ".join(found)
    size = context.policy.running_text_characters
    text = (text * (size // len(text) + 1))[:size]
    postings = [text[start : start + _POSTING_CHARACTERS] for start in range(0, len(text), _POSTING_CHARACTERS)]
    standardizer = standardizer_of(taxonomy)
    context.on_step(f"speed: {len(postings)} postings of running text")
    times = seconds_of_each(lambda posting: standardizer.standardize(Query(posting)), postings)
    megabytes = len(text.encode()) / 1e6
    return [
        BenchRow(CASE, "running text MB/s a core", rounded(megabytes / float(times.sum()), 2), rows=len(postings)),
        BenchRow(CASE, f"p50 ms, posting of {_POSTING_CHARACTERS:,}", _quantile(1e3 * times, 50), rows=len(postings)),
    ]


def _second_opinion(context: Context, taxonomy: CompiledTaxonomy, texts: Sequence[str]) -> list[BenchRow]:
    """Return what a pretrained encoder costs beside the standardizer, where pretrained encoders are measured."""
    if not context.policy.with_pretrained:
        return []
    try:
        labels = context.taxonomies.occupations.labels
    except InvalidError as error:
        context.on_step(f"without a second opinion: {error}")
        return []
    standardizer = standardizer_of(taxonomy)
    return second_opinion_rows(
        labels, texts, lambda text: standardizer.standardize(Query(text, EntityType.TITLE)), context.on_step
    )


def _brute_force(taxonomy: CompiledTaxonomy) -> Callable[[Sequence[str]], Any]:
    """Return a search over the aliases of titles: the best row of each text."""
    texts = [text for row, text in enumerate(taxonomy.alias_texts) if _kind(taxonomy, row) is EntityType.TITLE]
    return brute_force(texts)


def brute_force(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """Return a search that compares with every text: the best row of each query."""
    vectorizer = character_vectorizer()
    postings = vectorizer.fit_transform(texts).T.tocsr()
    return lambda queries: (vectorizer.transform(queries) @ postings).tocsr().argmax(axis=1)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _kind(taxonomy: CompiledTaxonomy, row: int) -> EntityType:
    return taxonomy.types[int(taxonomy.alias_entities[row])]


def _rate(milliseconds: np.ndarray[Any, np.dtype[np.float64]]) -> int:
    return round(1e3 * len(milliseconds) / float(milliseconds.sum()))


def _quantile(milliseconds: np.ndarray[Any, np.dtype[np.float64]], percent: float) -> float:
    return rounded(float(np.percentile(milliseconds, percent)))
