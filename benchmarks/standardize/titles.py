"""Vacancy titles to ESCO occupations: from the aliases alone, and learning from half of the titles."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher
from benchmarks.standardize.metrics import Values, rank_of_first, reciprocal, within
from benchmarks.standardize.ranking import Labels, labels_of, ranks_of_gold
from benchmarks.standardize.reading import read_records, refuse
from benchmarks.standardize.references import HALVES, TITLES
from benchmarks.standardize.rows import Figures, compare, measured
from benchmarks.standardize.taxonomies import LabelledEntities, compiled_snapshot, standardizer_of
from classifiers.encoder.linear import load_encoder
from classifiers.learning.evidence import EntityLabels
from classifiers.learning.labelled import fit_labelled
from classifiers.standardize.readings import load_seniority
from taxonomy.model import EntityType, Snapshot

FOLDER = "title_to_occupation"
_TITLE, _URI = "vacancyTitle", "conceptUri"
_LEARNED: Final = "learned"
_SHOWN: Final = 10
"""Candidates that the standardizer is asked for."""
_QUERIES_AT_ONCE: Final = 1_000
"""Their scores of 3,000 occupations are 12 MB."""


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A vacancy title and the URI of its occupation; `line` is its place in the file."""

    line: int
    title: str
    uri: str


def bench_titles(context: Context) -> list[BenchRow]:
    """Rank the occupations for every title by their preferred and alternative labels."""
    rows: list[BenchRow] = []
    for path in context.files(FOLDER, "*.csv"):
        titles = context.cut(read_titles(path))
        occupations = context.taxonomies.occupations
        gold = _gold(titles, occupations.index_by_uri, context, path)
        context.on_step(f"{path.name}: {len(titles):,} titles, {len(occupations.labels.texts):,} labels")
        queries = [row.title for row in titles]
        figures = context.measure(partial(ranks_of_gold, queries=queries, gold=gold, labels=occupations.labels))
        case = f"vacancy title -> ESCO ({path.stem})"
        for metric, values in {"MRR": _mrr(figures), "R@5": _top(figures, 5), "R@10": _top(figures, 10)}.items():
            rows += compare(case, metric, values, TITLES[metric])
        rows += _product(case, queries, gold, context)
    return rows


def _product(case: str, queries: Sequence[str], gold: Sequence[tuple[int, ...]], context: Context) -> list[BenchRow]:
    """Ask the standardizer itself, which reads a title in parts and says how sure it is of each entity.

    The candidates of all its mentions are ranked by their confidence; what is linked counts as right by the best one.
    """
    context.on_step("vacancy titles: the standardizer itself")
    entities = context.taxonomies.occupations.entities
    places = {entity.entity_id: place for place, entity in enumerate(entities)}
    snapshot = Snapshot(context.taxonomies.everything.version, tuple(entities))
    standardizer = standardizer_of(compiled_snapshot(snapshot, context.taxonomies.scratch / "occupations"))
    ranks, right = list[float](), list[float]()
    answers = standardizer.fields([(text, EntityType.TITLE) for text in queries], top=_SHOWN)
    for mentions, known in zip(answers, gold, strict=True):
        candidates = [candidate for mention in mentions for candidate in mention.candidates]
        candidates.sort(key=lambda candidate: -candidate.confidence)
        found = list(dict.fromkeys(places[candidate.entity_id] for candidate in candidates))
        ranks.append(next((rank for rank, place in enumerate(found[:_SHOWN], 1) if place in known), math.inf))
        if any(map(standardizer.is_linked, mentions)):
            right.append(float(found[0] in known))
    values = np.array(ranks)
    return [
        measured(f"{case} / the standardizer", f"MRR of the first {_SHOWN}", reciprocal(values)),
        measured(f"{case} / the standardizer", "R@5", within(values, 5)),
        measured(f"{case} / the standardizer", "R@10", within(values, _SHOWN)),
        measured(f"{case} / the standardizer", "accuracy of what is linked", np.array(right)),
    ]


def bench_halves(context: Context) -> list[BenchRow]:
    """Learn from half of the titles, which join the labels, and rank for the other half."""
    rows: list[BenchRow] = []
    for path in context.files(FOLDER, "*.csv"):
        titles = context.cut(read_titles(path))
        train, test = split_halves(titles, seed=context.policy.seed)
        occupations = context.taxonomies.occupations
        places = occupations.index_by_uri
        labels = _with_titles(occupations.labels, train, places)
        gold = _gold(test, places, context, path)
        context.on_step(f"{path.name}: {len(train):,} titles to learn from, {len(test):,} to rank for")
        queries = [row.title for row in test]
        figures = context.measure_ways(partial(_ranks_both_ways, queries=queries, gold=gold, labels=labels))
        learned = _learned_ranks(train, queries, gold, occupations, context)
        figures = Figures(figures.floors, {**figures.ours, _LEARNED: learned})
        case = f"vacancy title -> ESCO, half learned ({path.stem})"
        for metric, values in {"MRR": _mrr(figures), "R@10": _top(figures, 10)}.items():
            rows += compare(case, metric, values, HALVES[metric])
    return rows


def _ranks_both_ways(
    matcher: Matcher, *, queries: Sequence[str], gold: Sequence[Sequence[int]], labels: Labels
) -> dict[str, Values]:
    """Return the ranks by the nearest text, and by the vote of the nearest texts."""
    return {
        f"{matcher.name}, nearest": ranks_of_gold(matcher, queries, gold, labels),
        f"{matcher.name}, vote": ranks_of_gold(matcher, queries, gold, labels, vote=True),
    }


def _learned_ranks(
    train: Sequence[TitleRow],
    queries: Sequence[str],
    gold: Sequence[tuple[int, ...]],
    occupations: LabelledEntities,
    context: Context,
) -> Values:
    """Return the ranks by the product's ranker, which learns from the training half and the labels."""
    places = occupations.index_by_uri
    known = [row for row in train if row.uri in places]
    labels = EntityLabels(occupations.labels.texts, occupations.labels.entities)
    ranker = fit_labelled(
        [row.title for row in known],
        [places[row.uri] for row in known],
        labels,
        load_encoder(),
        seniority=load_seniority(),
        on_step=context.on_step,
    )
    context.on_step(f"ranking {len(queries):,} titles by what was learned")
    ranks: list[float] = []
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        span = slice(start, start + _QUERIES_AT_ONCE)
        ranks += [
            rank_of_first(row, right) for row, right in zip(ranker.scores(queries[span]), gold[span], strict=True)
        ]
    return np.array(ranks)


def read_titles(path: Path) -> list[TitleRow]:
    """Return the titles of a file.

    Raises:
        InvalidError: for a damaged file and for a row without title or URI.
    """
    rows = []
    for record in read_records(path, (_TITLE, _URI)):
        row = TitleRow(record.line, record.get(_TITLE), record.get(_URI))
        if not row.title or not row.uri:
            raise refuse(path, record.line, f"{_TITLE} or {_URI} is empty")
        rows.append(row)
    return rows


def split_halves(rows: Sequence[TitleRow], *, seed: int) -> tuple[list[TitleRow], list[TitleRow]]:
    """Return two halves in which every occupation has as many rows, give or take one.

    The rows of an occupation are ordered by SHA-256 of the seed, the title and the line, and go to the halves in
    turn; the hash of the occupation says which half begins.
    """
    halves: tuple[list[TitleRow], list[TitleRow]] = ([], [])
    by_uri: dict[str, list[TitleRow]] = defaultdict(list)
    for row in rows:
        by_uri[row.uri].append(row)
    for uri, group in by_uri.items():
        first = _hash(seed, uri)[0]
        for place, row in enumerate(sorted(group, key=lambda row: _hash(seed, row.title, str(row.line)))):
            halves[(first + place) % 2].append(row)
    return halves


def _hash(seed: int, *parts: str) -> bytes:
    return hashlib.sha256("\0".join((str(seed), *parts)).encode()).digest()


def _with_titles(labels: Labels, titles: Sequence[TitleRow], places: dict[str, int]) -> Labels:
    """Return the labels with the titles of the training half among those of their occupations."""
    groups: list[list[str]] = [[] for _ in range(int(labels.entities[-1]) + 1)]
    for text, entity in zip(labels.texts, labels.entities, strict=True):
        groups[entity].append(text)
    for row in titles:
        if row.uri in places:
            groups[places[row.uri]].append(row.title)
    return labels_of(groups, language=labels.language)


def _gold(titles: Sequence[TitleRow], places: dict[str, int], context: Context, path: Path) -> list[tuple[int, ...]]:
    unknown = sum(row.uri not in places for row in titles)
    if unknown:
        context.on_step(f"{path.name}: {unknown} occupations are not in the taxonomy; they count as not found")
    return [(places[row.uri],) if row.uri in places else () for row in titles]


def _mrr(ranks: Figures) -> Figures:
    return ranks.each(reciprocal)


def _top(ranks: Figures, top: int) -> Figures:
    return ranks.each(lambda values: within(values, top))
