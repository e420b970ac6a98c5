"""What people found in sentences of postings, skill or not in the taxonomy, asked of the standardizer: natural NIL.

People marked spans and wrote beside each the skill of ESCO that it names, or that ESCO has none. So the confidence of
the best candidate can be judged on text that no taxonomy made up, beside the score that it was made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.metrics import calibration_error, log_loss
from benchmarks.standardize.reading import read_records
from benchmarks.standardize.rows import measured, rounded
from benchmarks.standardize.sentences import FOLDER, NIL
from benchmarks.standardize.taxonomies import compiled_snapshot, standardizer_of
from classifiers.standardize.match import Match
from classifiers.standardize.model import AnswerOptions, Candidate, Explanation, Mention, Query
from classifiers.standardize.standardizer import Standardizer
from classifiers.standardize.text import fold
from taxonomy.model import EntityType, Snapshot

_COLUMNS: Final = ("span", "sub_span", "label")
_NOT_PRESENT: Final = "LABEL NOT PRESENT"
_SCORE: Final = "score"


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it was marked, and the folded names of the skills it names; none where the taxonomy has none."""

    text: str
    skills: frozenset[str]


def bench_natural_nil(context: Context) -> list[BenchRow]:
    """Ask for the spans of every file with the skills of the English ESCO."""
    rows: list[BenchRow] = []
    standardizer: Standardizer | None = None
    for path in context.files(FOLDER, "*.csv"):
        spans = context.cut(read_spans(path))
        nil = sum(not span.skills for span in spans)
        if not nil:
            context.on_step(f"skipped {path.name}: no span is marked as a skill that the taxonomy lacks")
            continue
        context.on_step(f"{path.name}: {len(spans):,} spans, of which {nil:,} name no skill of the taxonomy")
        standardizer = standardizer or _of_skills(context)
        rows += _rows(f"marked spans ({path.stem})", standardizer, spans)
    return rows


def _of_skills(context: Context) -> Standardizer:
    """Return the standardizer over the skills of the English ESCO alone."""
    snapshot = Snapshot(context.taxonomies.english_esco.version, context.taxonomies.skills.entities)
    return standardizer_of(compiled_snapshot(snapshot, context.taxonomies.scratch / "esco-skills"))


def read_spans(path: Path) -> list[Span]:
    """Return the marked spans of a file, each once; those that people found underspecified are left out.

    Raises:
        InvalidError: for a damaged file.
    """
    found: dict[str, set[str]] = {}
    doubtful: set[str] = set()
    for record in read_records(path, _COLUMNS):
        text, label = record.get("sub_span") or record.get("span"), record.get("label")
        if not text or not label:
            continue
        if label in NIL and label != _NOT_PRESENT:
            doubtful.add(text)
            continue
        found.setdefault(text, set()).update([] if label == _NOT_PRESENT else [fold(label)])
    return [Span(text, frozenset(skills)) for text, skills in found.items() if text not in doubtful]


def _rows(case: str, standardizer: Standardizer, spans: Sequence[Span]) -> list[BenchRow]:
    queries = [Query(span.text, EntityType.SKILL, options=AnswerOptions(explain=True)) for span in spans]
    answers = standardizer.standardize_many(queries, top=1)
    best = [_best(answer.mentions) for answer in answers]
    linked = np.array([any(map(standardizer.is_linked, answer.mentions)) for answer in answers])
    right = np.array([
        float(one is not None and fold(one.name) in span.skills) for one, span in zip(best, spans, strict=True)
    ])  # fmt: skip
    sure = np.array([float(one.confidence) if one else 0.0 for one in best])
    scores = np.array([_score(one.explanation) if one and one.explanation else 0.0 for one in best])
    nil = np.array([not span.skills for span in spans])
    return [
        measured(f"{case} that name no skill of ours", "share rightly NIL", (~linked[nil]).astype(np.float64)),
        measured(f"{case}, all", "accuracy with NIL", np.where(nil, ~linked, linked * right)),
        measured(
            f"{case}, all",
            "log-loss",
            log_loss(sure, right),
            baseline=float(log_loss(scores, right).mean()),
            baseline_name=_SCORE,
        ),
        BenchRow(
            f"{case}, all",
            "ECE-15",
            rounded(calibration_error(sure, right), 4),
            rounded(calibration_error(scores, right), 4),
            _SCORE,
            rows=len(spans),
        ),
    ]


def _score(explanation: Explanation) -> float:
    """Return all views of likeness in one number, by which candidates are ranked."""
    return Match(0, explanation.ngrams, explanation.meaning, explanation.centre).score


def _best(mentions: Sequence[Mention]) -> Candidate | None:
    """Return the surest candidate of all mentions."""
    candidates = [mention.candidates[0] for mention in mentions if mention.candidates]
    return max(candidates, key=lambda one: one.confidence, default=None)
