"""Fit the calibration of the standardizer on a taxonomy's own aliases: ask, label, split by entity, fit, evaluate."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from classifiers.standardize.calibration import Calibration, LogOdds, Regimes
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import FEATURES, feature_values
from classifiers.training.config import CalibrationConfig
from classifiers.training.questions import Example, SelfTest, Way, questions_of
from taxonomy.model import MENTIONABLE_TYPES, EntityType

_POPULARITY_WEIGHT: Final = 16.0
"""How much more often people name a place that is well known: about as the population to the power of 0.7."""
_MANY: Final = 3_000
"""From so many examples on a type is fitted with the subtle features, and with the candidates after the best one."""
_FEW: Final = 300
"""With fewer examples a type is judged as all types together are."""
_SUBTLE: Final = [
    place
    for place, name in enumerate(FEATURES)
    if name in {"share", "behind", "same_tokens"} or name.startswith(("says_less", "says_more"))
]
"""Places of the features that a small type has too few examples for."""
_CHUNK: Final = 500
_CODES: Final = 1 << 32
"""Different values of CRC-32."""
_SMALLEST_SHARE: Final = 0.002
"""No curve says less than this, or more than its complement."""


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """How good the confidences of a type are on held-out entities."""

    rows: int
    log_loss: float
    log_loss_uncalibrated: float
    ece: float


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """A fitted calibration as the JSON body that `load_calibration` reads, and its figures by type."""

    body: dict[str, Any]
    rows: int
    figures: dict[EntityType, TypeFigures]


def fit_calibration(
    taxonomy: CompiledTaxonomy,
    config: CalibrationConfig,
    *,
    model_version: str,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> CalibrationResult:
    """Return a calibration fitted on the aliases of a taxonomy, a model a type.

    It is fitted on all questions; the figures are those of one that was fitted without the entities that it is judged
    on, otherwise in the same way.
    """
    examples = _examples(taxonomy, config, on_progress)
    train, test = _split(taxonomy, examples, config)
    judged = _fitted(train, config, model_version)
    figures = {kind: _figures(judged, some) for kind, some in test.items() if len(some) >= _FEW}
    everything = {kind: [*train.get(kind, ()), *test.get(kind, ())] for kind in MENTIONABLE_TYPES}
    asked = {kind: some for kind, some in everything.items() if some}
    fitted = _fitted(asked, config, model_version)
    body = {
        "model_version": model_version,
        "features": list(FEATURES),
        "types": {kind.value: _body(model) for kind, model in fitted.by_type.items()},
        "default": _body(fitted.default),
        "running_text": {kind.value: offset for kind, offset in config.running_text},
        "running_text_default": config.running_text_default,
        "running_case_mismatch": config.running_case_mismatch,
        "misspelt": {kind.value: offset for kind, offset in config.misspelt},
        "misspelt_default": config.misspelt_default,
        "trained_on": {
            "aliases_of_taxonomy_version": taxonomy.version,
            "rows": {kind.value: len(some) for kind, some in asked.items()},
            "seed": config.seed,
        },
    }
    return CalibrationResult(body=body, rows=len(examples), figures=figures)


def _fitted(
    by_type: Mapping[EntityType, Sequence[Example]], config: CalibrationConfig, model_version: str
) -> Calibration:
    """Return the calibration that some examples tell, by type."""
    plain = _Fit(config, subtle=False)
    # It serves small types: it is fitted on what they are asked in, of all types.
    usual = {way for way, share in zip(Way, config.few_shares, strict=True) if share}
    default = plain.regimes([one for examples in by_type.values() for one in examples if one.way in usual])
    models = {
        kind: _Fit(config, subtle=len(examples) >= _MANY and kind is not EntityType.LOCATION).regimes(examples, default)
        for kind, examples in by_type.items()
        if len(examples) >= _FEW
    }
    return Calibration(
        model_version,
        models,
        default,
        dict(config.running_text),
        config.running_text_default,
        config.running_case_mismatch,
        dict(config.misspelt),
        config.misspelt_default,
    )


def expected_calibration_error(
    probabilities: Any,  # noqa: ANN401 - arrays
    labels: Any,  # noqa: ANN401
    weights: Any = None,  # noqa: ANN401
    *,
    bins: int = 15,
) -> float:
    """Return the expected calibration error over equal-width bins (Naeini et al. 2015); rows may have weights."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    counted = np.ones(len(labels)) if weights is None else weights
    gaps = np.bincount(index, counted * (probabilities - labels), minlength=bins)
    return float(np.abs(gaps).sum() / counted.sum())


def _examples(
    taxonomy: CompiledTaxonomy, config: CalibrationConfig, on_progress: Callable[[int], None]
) -> list[Example]:
    examples: list[Example] = []
    for kind in MENTIONABLE_TYPES:
        index = taxonomy.indexes.get(kind)
        if index is None:
            continue
        # For each type by itself, so that what is asked of one changes nothing for another.
        chooser = random.Random(f"{config.seed}/{kind}")  # noqa: S311 - a sample, not a secret
        sample = _sample(taxonomy, kind, index.rows.tolist(), config, chooser)
        questions = questions_of(taxonomy, kind, sample, config.shares_of(kind), chooser)
        test = SelfTest(taxonomy, kind)
        for start in range(0, len(questions), _CHUNK):
            examples += test.answer(questions[start : start + _CHUNK])
            on_progress(len(examples))
    return examples


def _sample(
    taxonomy: CompiledTaxonomy, kind: EntityType, rows: Sequence[int], config: CalibrationConfig, chooser: random.Random
) -> list[int]:
    """Return rows by chance: those of places as often as people name them, others evenly.

    Each once, or until there are enough questions: an alias is asked for in several ways.
    """
    if kind is not EntityType.LOCATION:
        wanted = config.samples_per_type if kind in config.many_types else config.samples_of_few
        enough = [*rows] * -(-wanted // len(rows))
        return chooser.sample(enough, min(config.samples_per_type, len(enough)))
    known = taxonomy.popularity[taxonomy.alias_entities[list(rows)]]
    weights = np.exp(_POPULARITY_WEIGHT * (known - known.max()))
    return chooser.choices(rows, weights.tolist(), k=min(config.samples_per_type, len(rows)))


def _split(
    taxonomy: CompiledTaxonomy, examples: Sequence[Example], config: CalibrationConfig
) -> tuple[dict[EntityType, list[Example]], dict[EntityType, list[Example]]]:
    """Split by a hash of the entity's id, whatever else is asked for, and sort by type."""
    train: dict[EntityType, list[Example]] = {}
    test: dict[EntityType, list[Example]] = {}
    for example in examples:
        code = crc32(f"{config.seed}/{taxonomy.entity_ids[example.entity]}".encode())
        part = test if code < config.test_share * _CODES else train
        part.setdefault(example.evidence.type, []).append(example)
    return train, test


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a type is fitted: with the best candidates alone and without the subtle features, where it is a small one."""

    config: CalibrationConfig
    subtle: bool

    def regimes(self, examples: Sequence[Example], default: Regimes | None = None) -> Regimes:
        """Fit both regimes; one with too few examples, or all of one kind, is that of all types together."""
        models = []
        for exact in (True, False):
            chosen = [one for one in examples if one.evidence.exact is exact and (self.subtle or not one.position)]
            if default is not None and (len(chosen) < _FEW or len(set(_labels(chosen))) == 1):
                models.append(default.exact if exact else default.alike)
                continue
            features = _matrix(chosen)
            if not self.subtle:
                features[:, _SUBTLE] = 0.0
            best = np.array([not one.position for one in chosen])
            points = self.config.curve_points if self.subtle else self.config.few_curve_points
            asked = np.array([one.weight for one in chosen])
            models.append(_fit_regime(features, np.array(_labels(chosen)), (best, asked), self.config, points))
        return Regimes(*models)


def _fit_regime(
    features: Any,  # noqa: ANN401
    labels: Any,  # noqa: ANN401
    rows: tuple[Any, Any],
    config: CalibrationConfig,
    points: int,
) -> LogOdds:
    """Fit a logistic regression, then an isotonic curve over its log-odds, kept at a few of them.

    `rows` say which are best candidates, and how often each is asked for: the curve is that of the best ones alone, for
    they are what is linked. It has up to `points` points.
    """
    best, asked = rows
    if len(set(labels.tolist())) < 2:
        share = min(max(float(labels.mean()), _SMALLEST_SHARE), 1 - _SMALLEST_SHARE)
        return LogOdds(math.log(share / (1 - share)), (0.0,) * len(FEATURES))
    weights = asked * np.where(best, 1.0, config.runner_up_weight)
    model = LogisticRegression(C=config.regularisation, max_iter=5_000).fit(features, labels, weights)
    totals, labels = model.decision_function(features[best]), labels[best]
    curve = IsotonicRegression(out_of_bounds="clip").fit(totals, labels, asked[best])
    edges = np.unique(np.quantile(totals, np.linspace(0, 1, points + 1)))
    if len(edges) < 2:
        raw, shares = totals[:1], np.array([labels.mean()])
    else:
        bins = np.clip(np.searchsorted(edges, totals, side="right") - 1, 0, len(edges) - 2)
        filled = np.unique(bins)
        raw = np.array([totals[bins == number].mean() for number in filled])
        shares = np.array([curve.predict(totals[bins == number]).mean() for number in filled])
    bounded = np.clip(shares, _SMALLEST_SHARE, 1 - _SMALLEST_SHARE)
    return LogOdds(
        float(model.intercept_[0]),
        tuple(float(weight) for weight in model.coef_[0]),
        tuple(float(value) for value in raw),
        tuple(float(value) for value in np.log(bounded / (1 - bounded))),
    )


def _body(models: Regimes) -> dict[str, Any]:
    names = list(FEATURES)
    return {
        name: {
            "intercept": round(model.intercept, 4),
            "coefficients": {
                feature: round(weight, 4) for feature, weight in zip(names, model.coefficients, strict=True)
            },
            "curve": {
                "raw": [round(value, 4) for value in model.raw],
                "found": [round(value, 4) for value in model.found],
            },
        }
        for name, model in (("exact", models.exact), ("alike", models.alike))
    }


def _figures(calibration: Calibration, examples: Sequence[Example]) -> TypeFigures:
    examples = [example for example in examples if not example.position]
    probabilities = np.array([calibration.confidence(example.evidence) for example in examples])
    labels = np.array(_labels(examples))
    raw = np.clip([example.evidence.score for example in examples], 0.001, 0.999)
    weights = np.array([example.weight for example in examples])
    return TypeFigures(
        rows=len(examples),
        log_loss=float(log_loss(labels, probabilities, sample_weight=weights, labels=[0, 1])),
        log_loss_uncalibrated=float(log_loss(labels, raw, sample_weight=weights, labels=[0, 1])),
        ece=expected_calibration_error(probabilities, labels, weights),
    )


def _matrix(examples: Sequence[Example]) -> Any:  # noqa: ANN401 - an array
    return np.array([feature_values(example.evidence) for example in examples])


def _labels(examples: Sequence[Example]) -> list[int]:
    return [int(example.right) for example in examples]
