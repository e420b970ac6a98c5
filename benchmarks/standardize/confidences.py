"""Are confidences probabilities? Asked of held-out entities by type, beside the score that they were made from.

The calibration is fitted in the same run on a taxonomy that lacks the held-out entities, and then judged on
questions about them among all entities; the calibration that comes with the product is judged on the same questions.
Every question is asked in one of the ways of the training, in the same shares.
"""

import hashlib
import random
from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from benchmarks.model import BenchRow
from benchmarks.standardize import references
from benchmarks.standardize.context import Context
from benchmarks.standardize.metrics import (
    RESAMPLES,
    Values,
    brier,
    calibration_error,
    log_loss,
    reliability,
)
from benchmarks.standardize.reliability_plot import Curve, draw
from benchmarks.standardize.rows import measured, rounded
from benchmarks.standardize.taxonomies import compiled_snapshot
from classifiers.standardize.calibration import Calibration, load_calibration
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import Evidence
from classifiers.training.calibration import fit_calibration
from classifiers.training.config import CalibrationConfig
from classifiers.training.questions import SelfTest, questions_of
from taxonomy.model import EntityType, Snapshot

_TYPES: Final = (EntityType.TITLE, EntityType.SKILL, EntityType.SCHOOL)
_HELD_OUT_SHARE: Final = 0.3
_FEW: Final = 200
"""With fewer questions a slice says nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The evidence of the best candidates and whether each was right."""

    evidence: list[Evidence]
    right: Values

    @property
    def score(self) -> Values:
        """The scores as they are, of all views of likeness together."""
        return np.array([one.score for one in self.evidence])

    def confidences(self, calibration: Calibration) -> Values:
        """Return the calibrated probabilities."""
        return np.array([float(calibration.confidence(one)) for one in self.evidence])


def bench_confidences(context: Context) -> list[BenchRow]:
    """Judge both calibrations by type, and draw their reliability."""
    taxonomy = context.taxonomies.compiled
    fitted = _fit_without_held_out(context)
    rows: list[BenchRow] = []
    curves: list[Curve] = []
    for kind in _TYPES:
        asked = ask(taxonomy, kind, seed=context.policy.seed, size=context.policy.questions)
        if len(asked.evidence) < _FEW:
            context.on_step(f"skipped confidences of {kind}: {len(asked.evidence)} questions are too few")
            continue
        context.on_step(f"confidences of {kind}: {len(asked.evidence):,} questions about held-out entities")
        raw = asked.score
        curves.append(Curve(f"{kind}, score", reliability(raw, asked.right)))
        for name, calibration in (("fitted without them", fitted), ("as it comes", load_calibration())):
            probabilities = asked.confidences(calibration)
            rows += _rows(f"confidence ({kind}) / {name}", probabilities, raw, asked.right)
            curves.append(Curve(f"{kind}, {name}", reliability(probabilities, asked.right)))
    if curves:
        for path in draw(curves, context.out / "reliability.svg"):
            context.on_step(f"reliability plot: {path}")
    return rows


def is_held_out(entity_id: str) -> bool:
    """Whether an entity is kept from the fit; the same in every run and for every version of the taxonomy."""
    return hashlib.sha256(entity_id.encode()).digest()[0] < _HELD_OUT_SHARE * 256


def ask(taxonomy: CompiledTaxonomy, kind: EntityType, *, seed: int, size: int) -> Asked:
    """Ask for aliases of held-out entities of a type, each alias once at most."""
    index = taxonomy.indexes.get(kind)
    if index is None:
        return Asked([], np.zeros(0))
    rng = random.Random(f"{seed}/{kind}")  # noqa: S311 - a sample, not a secret
    rows = [row for row in index.rows.tolist() if is_held_out(taxonomy.entity_ids[int(taxonomy.alias_entities[row])])]
    sample = rng.sample(rows, min(size, len(rows)))
    questions = questions_of(taxonomy, kind, sample, CalibrationConfig().shares_of(kind), rng)
    examples = [one for one in SelfTest(taxonomy, kind).answer(questions) if not one.position]
    return Asked([one.evidence for one in examples], np.array([float(one.right) for one in examples]))


def _fit_without_held_out(context: Context) -> Calibration:
    """Return the calibration fitted on the taxonomy without the held-out entities of the measured types."""
    context.on_step("confidences: fitting without the held-out entities")
    whole = context.taxonomies.everything
    kept = tuple(e for e in whole.entities if e.type not in _TYPES or not is_held_out(e.entity_id))
    taxonomy = compiled_snapshot(Snapshot(whole.version, kept), context.taxonomies.scratch / "fit")
    config = CalibrationConfig(samples_per_type=context.policy.calibration_samples)
    body = fit_calibration(taxonomy, config, model_version="benchmark").body
    path = context.taxonomies.scratch / "calibration.json"
    path.write_bytes(orjson.dumps(body))
    return load_calibration(path)


def _rows(case: str, probabilities: Values, raw: Values, right: Values) -> list[BenchRow]:
    error = calibration_error(probabilities, right)
    low, high = _error_interval(probabilities, right)
    uncalibrated = rounded(calibration_error(raw, right), 4)
    name = "score"
    return [
        BenchRow(
            case,
            "ECE-15",
            rounded(error, 4),
            uncalibrated,
            name,
            None,
            references.CALIBRATION_ERROR.target,
            len(right),
            rounded(low, 4),
            rounded(high, 4),
        ),
        measured(
            case,
            "Brier",
            brier(probabilities, right),
            baseline=float(brier(raw, right).mean()),
            baseline_name=name,
        ),
        measured(
            case,
            "log-loss",
            log_loss(probabilities, right),
            baseline=float(log_loss(raw, right).mean()),
            baseline_name=name,
        ),
    ]


def _error_interval(probabilities: Values, right: Values) -> tuple[float, float]:
    """Return the 95 % interval of the calibration error by resampling; an error is no mean of rows."""
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(0, len(right), len(right))
        errors.append(calibration_error(probabilities[chosen], right[chosen]))
    low, high = np.percentile(errors, [2.5, 97.5])
    return float(low), float(high)
