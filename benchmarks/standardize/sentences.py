"""Sentences of postings to ESCO skills (Decorte et al. 2022): the skills that a sentence names, ranked.

Rows of one sentence belong together. A sentence all of whose spans are underspecified or name no skill of ESCO
is NIL and not ranked. To matchers the score of a skill is the best over its preferred and alternative labels; the
product's ranker of skills is measured from labels alone, and learning from the folder's training sentences.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.model import BenchRow
from benchmarks.standardize import references
from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher, score_in_chunks
from benchmarks.standardize.metrics import Values, r_precision_at, rank_of_first, reciprocal
from benchmarks.standardize.ranking import Labels, entity_scores, top_hits
from benchmarks.standardize.reading import read_records, refuse
from benchmarks.standardize.rows import Figures, compare
from benchmarks.standardize.taxonomies import LabelledEntities
from classifiers.encoder.linear import load_encoder
from classifiers.learning.evidence import EntityLabels
from classifiers.learning.skills import SkillRanker, fit_skills
from classifiers.standardize.text import fold

FOLDER = "sentence_to_skills"
NIL: Final = frozenset({"LABEL NOT PRESENT", "UNDERSPECIFIED"})
_COLUMNS: Final = ("sentence", "span", "sub_span", "label")
_EXAMPLE_COLUMNS: Final = ("sentence", "skills")
_TRAINING_FILES: Final = "*_train.csv.gz"
_SENTENCES_AT_ONCE: Final = 100
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
    rankers: Mapping[str, SkillRanker] | None = None
    for path in context.files(FOLDER, "*.csv"):
        sentences = read_sentences(path)
        named = context.cut([sentence for sentence in sentences if sentence.skills])
        if not named:
            context.on_step(f"skipped {path.name}: no sentence names a skill")
            continue
        skills = context.taxonomies.skills
        places = _places(skills)
        gold = [tuple(places.get(fold(skill), -1) for skill in sentence.skills) for sentence in named]
        unknown = sum(place < 0 for found in gold for place in found)
        context.on_step(
            f"{path.name}: {len(named):,} of {len(sentences):,} sentences name skills; "
            f"{unknown} skills are not in the taxonomy and count as not found"
        )
        queries = [sentence.text for sentence in named]
        figures = context.measure_ways(partial(_measure, queries=queries, gold=gold, labels=skills.labels))
        rankers = rankers or _rankers(skills, context)
        figures = Figures(figures.floors, {**figures.ours, **_measure_rankers(rankers, queries, gold, context)})
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


def read_examples(path: Path) -> list[Sentence]:
    """Return the sentences of a training file with the names of their skills, unknown ones included.

    Raises:
        InvalidError: for a damaged file and for a row whose skills are not a list of names.
    """
    examples = []
    for record in read_records(path, _EXAMPLE_COLUMNS):
        try:
            skills = ast.literal_eval(record.get("skills"))
        except (ValueError, SyntaxError) as error:
            raise refuse(path, record.line, "the skills are not a list of names") from error
        if not isinstance(skills, list) or not all(isinstance(skill, str) for skill in skills):
            raise refuse(path, record.line, "the skills are not a list of names")
        examples.append(Sentence(record.get("sentence"), tuple(skills)))
    return examples


def _rankers(skills: LabelledEntities, context: Context) -> dict[str, SkillRanker]:
    """Return the product's ranker from labels alone and, where the folder has training files, as learned from them."""
    labels = EntityLabels(skills.labels.texts, skills.labels.entities)
    encoder = load_encoder()
    rankers = {"phrases": fit_skills((), (), labels, encoder)}
    paths = sorted((context.evaluation / FOLDER).glob(_TRAINING_FILES))
    examples = [example for path in paths for example in read_examples(path)]
    if examples:
        places = _places(skills)
        known = [[places[fold(skill)] for skill in example.skills if fold(skill) in places] for example in examples]
        texts = [example.text for example in examples]
        rankers["learned"] = fit_skills(texts, known, labels, encoder, on_step=context.on_step)
    return rankers


def _places(skills: LabelledEntities) -> dict[str, int]:
    return {fold(entity.name): i for i, entity in enumerate(skills.entities)}


def _measure(
    matcher: Matcher, queries: Sequence[str], gold: Sequence[tuple[int, ...]], labels: Labels
) -> dict[str, Values]:
    chunks = score_in_chunks(matcher, queries, labels.texts, query_language="en", corpus_language="en")
    return _judge(matcher.name, ((span, entity_scores(scores, labels)) for span, scores in chunks), gold)


def _measure_rankers(
    rankers: Mapping[str, SkillRanker], queries: Sequence[str], gold: Sequence[tuple[int, ...]], context: Context
) -> dict[str, Values]:
    values: dict[str, Values] = {}
    for name, ranker in rankers.items():
        context.on_step(f"ranking skills for {len(queries):,} sentences: {name}")
        spans = [slice(start, start + _SENTENCES_AT_ONCE) for start in range(0, len(queries), _SENTENCES_AT_ONCE)]
        values |= _judge(name, ((span, ranker.scores(queries[span])) for span in spans), gold)
    return values


def _judge(
    name: str, chunks: Iterator[tuple[slice, NDArray[np.float32]]], gold: Sequence[tuple[int, ...]]
) -> dict[str, Values]:
    """Return reciprocal ranks of the first right skill, and RP@5."""
    ranks, precisions = list[float](), list[float]()
    for span, scores in chunks:
        for row, right in zip(scores, gold[span], strict=True):
            known = [place for place in right if place >= 0]
            ranks.append(rank_of_first(row, known))
            precisions.append(r_precision_at(top_hits(row, known, top=_TOP), len(right), top=_TOP))
    return {name: reciprocal(np.array(ranks)), name + _RP: np.array(precisions)}


def _only(figures: Figures, suffix: str) -> Figures:
    floors, ours = (
        {name.removesuffix(_RP): values for name, values in part.items() if name.endswith(_RP) is bool(suffix)}
        for part in (figures.floors, figures.ours)
    )
    return Figures(floors, ours)
