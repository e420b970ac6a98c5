"""Sentences of postings to ESCO skills (Decorte et al. 2022): the skills that a sentence names, ranked.

Rows of one sentence belong together. A sentence all of whose spans are underspecified or name no skill of ESCO
is NIL and not ranked. The score of a skill is the best over its preferred and alternative labels.
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
from benchmarks.standardize.metrics import Values, r_precision_at, rank_of_first, reciprocal
from benchmarks.standardize.ranking import Labels, entity_scores, top_hits
from benchmarks.standardize.reading import read_records, refuse
from benchmarks.standardize.rows import Figures, compare
from classifiers.standardize.text import fold

FOLDER = "sentence_to_skills"
NIL: Final = frozenset({"LABEL NOT PRESENT", "UNDERSPECIFIED"})
_COLUMNS: Final = ("sentence", "span", "sub_span", "label")
_TOP: Final = 5
_RP: Final = ", RP@5"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the names of its skills; none where it is NIL."""

    text: str
    skills: tuple[str, ...]


def bench_sentences(context: Context) -> list[BenchRow]:
    """Rank the skills of ESCO for the sentences of every file."""
    rows: list[BenchRow] = []
    for path in context.files(FOLDER, "*.csv"):
        sentences = read_sentences(path)
        named = context.cut([sentence for sentence in sentences if sentence.skills])
        if not named:
            context.on_step(f"skipped {path.name}: no sentence names a skill")
            continue
        skills = context.taxonomies.skills
        places = {fold(entity.name): i for i, entity in enumerate(skills.entities)}
        gold = [tuple(places.get(fold(skill), -1) for skill in sentence.skills) for sentence in named]
        unknown = sum(place < 0 for found in gold for place in found)
        context.on_step(
            f"{path.name}: {len(named):,} of {len(sentences):,} sentences name skills; "
            f"{unknown} skills are not in the taxonomy and count as not found"
        )
        queries = [sentence.text for sentence in named]
        figures = context.measure_ways(partial(_measure, queries=queries, gold=gold, labels=skills.labels))
        domain = path.stem.split("_")[0]
        case = f"sentence -> skills ({path.stem})"
        rows += compare(case, "MRR", _only(figures, ""), references.sentences(domain, "MRR"))
        rows += compare(case, "RP@5", _only(figures, _RP), references.sentences(domain, "RP@5"))
    return rows


def read_sentences(path: Path) -> list[Sentence]:
    """Return the sentences of a file, each once, with their skills.

    Raises:
        InvalidError: for a damaged file and for a row without sentence or label.
    """
    skills: dict[str, dict[str, None]] = {}
    for record in read_records(path, _COLUMNS):
        text, label = record.get("sentence"), record.get("label")
        if not text or not label:
            raise refuse(path, record.line, "sentence or label is empty")
        found = skills.setdefault(text, {})
        if label not in NIL:
            found[label] = None
    return [Sentence(text, tuple(found)) for text, found in skills.items()]


def _measure(
    matcher: Matcher, queries: Sequence[str], gold: Sequence[tuple[int, ...]], labels: Labels
) -> dict[str, Values]:
    """Return reciprocal ranks of the first right skill, and RP@5."""
    ranks, precisions = list[float](), list[float]()
    chunks = score_in_chunks(matcher, queries, labels.texts, query_language="en", corpus_language="en")
    for span, scores in chunks:
        for row, right in zip(entity_scores(scores, labels), gold[span], strict=True):
            known = [place for place in right if place >= 0]
            ranks.append(rank_of_first(row, known))
            precisions.append(r_precision_at(top_hits(row, known, top=_TOP), len(right), top=_TOP))
    return {matcher.name: reciprocal(np.array(ranks)), matcher.name + _RP: np.array(precisions)}


def _only(figures: Figures, suffix: str) -> Figures:
    floors, ours = (
        {name.removesuffix(_RP): values for name, values in part.items() if name.endswith(_RP) is bool(suffix)}
        for part in (figures.floors, figures.ours)
    )
    return Figures(floors, ours)
