"""Titles that mean the same: mean average precision over the ranking of all corpus elements (TalentCLEF task A).

Nothing is left out of the ranking, a query's own title included where the corpus has it; texts are scored as they
stand in the files; of equal scores the earlier element of the file comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize import references
from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher, score_in_chunks
from benchmarks.standardize.metrics import Values, average_precision
from benchmarks.standardize.ranking import top_hits
from benchmarks.standardize.reading import find_file, read_judgements, read_table, refuse
from benchmarks.standardize.rows import NO_REFERENCE, compare
from benchmarks.standardize.served import served_matchers
from core.errors import InvalidError

FOLDER = "title_similarity"
_ENGLISH: Final = "en"
_LANGUAGES = {
    "english": "en",
    "spanish": "es",
    "german": "de",
    "french": "fr",
    "italian": "it",
    "portuguese": "pt",
    "chinese": "zh",
}
"""Names of languages that folders have; another name is passed on as it is."""


@dataclass(frozen=True, slots=True)
class SimilaritySet:
    """Queries, corpus elements and what is relevant."""

    name: str
    language: str
    queries: tuple[str, ...]
    elements: tuple[str, ...]
    relevant: tuple[tuple[int, ...], ...]


def bench_similarity(context: Context) -> list[BenchRow]:
    """Rank all corpus elements of every folder."""
    rows: list[BenchRow] = []
    folders = context.folders(FOLDER)
    matchers = served_matchers(context) if folders else []
    for folder in folders:
        one = read_similarity(folder)
        context.on_step(f"{one.name}: {len(one.queries):,} queries, {len(one.elements):,} titles")
        chosen = context.cut(range(len(one.queries)))
        figures = context.measure(partial(precisions, one=one, chosen=chosen))
        figures = figures.served({matcher.name: precisions(matcher, one, chosen) for matcher in matchers})
        reference = references.SIMILARITY if one.language == _ENGLISH else NO_REFERENCE
        rows += compare(f"title similarity ({one.name})", "MAP", figures, reference)
    return rows


def read_similarity(folder: Path) -> SimilaritySet:
    """Return the set of a folder, whose name is its language.

    Raises:
        InvalidError: for a missing file, a damaged line, an unknown id or a query without relevant titles.
    """
    queries = _titles(find_file(folder, "queries"), "q_id")
    elements = _titles(find_file(folder, "corpus_elements"), "c_id")
    judgements = find_file(folder, "qrels")
    relevant = read_judgements(judgements, [key for key, _ in queries], [key for key, _ in elements])
    kept = [(text, found) for (_, text), found in zip(queries, relevant, strict=True) if found]
    if not kept:
        raise InvalidError(f"{folder.name}/{judgements.name}: nothing is relevant for any query")
    return SimilaritySet(
        folder.name,
        _LANGUAGES.get(folder.name.lower(), folder.name),
        tuple(text for text, _ in kept),
        tuple(text for _, text in elements),
        tuple(found for _, found in kept),
    )


def _titles(path: Path, key: str) -> list[tuple[str, str]]:
    """Return the ids and titles of a file with a header."""
    records = read_table(path, fields=2)
    if not records or records[0][1] != [key, "jobtitle"]:
        raise refuse(path, 1, f"the header {key}, jobtitle is needed")
    return [(values[0], values[1]) for _, values in records[1:]]


def precisions(matcher: Matcher, one: SimilaritySet, chosen: Sequence[int]) -> Values:
    """Return the average precision of each chosen query over the whole ranking."""
    values: list[float] = []
    queries = [one.queries[i] for i in chosen]
    chunks = score_in_chunks(matcher, queries, one.elements, query_language=one.language, corpus_language=one.language)
    for span, scores in chunks:
        for row, i in zip(scores, chosen[span], strict=True):
            right = one.relevant[i]
            values.append(average_precision(top_hits(row, right, top=len(row)), len(right)))
    return np.array(values)
