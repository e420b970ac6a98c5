"""Fit the calibration of the standardizer on a taxonomy's own aliases: scan, label, split, fit, evaluate.

Nobody labels anything. An alias is asked for in four ways: as it stands, with a typing error, with itself hidden
(so that only the entity's other aliases can find it) and with its whole entity hidden (so that every answer is
wrong). The labels follow; entities are split, never rows.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from classifiers.standardize.calibration import MAX_CONFIDENCE
from classifiers.standardize.candidates import SEARCH_DEPTH, exact_matches, score_matches
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import FEATURES, Evidence
from classifiers.standardize.ngrams import Match
from classifiers.standardize.text import fold
from classifiers.training.config import CalibrationConfig
from taxonomy.model import MENTIONABLE_TYPES, EntityType

_TYPES = MENTIONABLE_TYPES
_POPULARITY_WEIGHT = 10.0
"""How much more often people name what is well known: popularity is logarithmic, naming is not."""


@dataclass(frozen=True, slots=True)
class Example:
    """The best candidate for a question, and whether it was right."""

    entity: int
    evidence: Evidence
    right: bool
    way: str


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """A fitted calibration as the JSON body that `load_calibration` reads, and how good it is on held-out entities."""

    body: dict[str, Any]
    rows: int
    test_rows: int
    log_loss: float
    log_loss_uncalibrated: float
    ece: float


_WAYS = ("as it stands", "mistyped", "alias hidden", "entity hidden")


def fit_calibration(
    taxonomy: CompiledTaxonomy,
    config: CalibrationConfig,
    *,
    model_version: str,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> CalibrationResult:
    """Return a calibration fitted on the aliases of a taxonomy."""
    examples = list(_examples(taxonomy, config, on_progress))
    train, test = _split(examples, config)
    model = LogisticRegression(C=config.regularisation, max_iter=2_000)
    model.fit(_matrix(train), _labels(train))
    probabilities = np.minimum(model.predict_proba(_matrix(test))[:, 1], MAX_CONFIDENCE)
    raw = np.clip([example.evidence.similarity for example in test], 0.001, 0.999)
    weights = [float(weight) for weight in model.coef_[0]]
    body = {
        "model_version": model_version,
        "features": [feature.__name__ for feature in FEATURES],
        "coefficients": [round(weight, 4) for weight in weights[: len(FEATURES)]],
        "intercept": round(float(model.intercept_[0]), 4),
        "type_offsets": {
            kind.value: round(weight, 4) for kind, weight in zip(_TYPES, weights[len(FEATURES) :], strict=True)
        },
        "running_text": {kind.value: offset for kind, offset in config.running_text},
        "running_text_default": config.running_text_default,
        "running_case_mismatch": config.running_case_mismatch,
        "trained_on": {
            "aliases_of_taxonomy_version": taxonomy.version,
            "rows": len(train),
            "seed": config.seed,
        },
    }
    return CalibrationResult(
        body=body,
        rows=len(train),
        test_rows=len(test),
        log_loss=float(log_loss(_labels(test), probabilities)),
        log_loss_uncalibrated=float(log_loss(_labels(test), raw)),
        ece=expected_calibration_error(probabilities, np.array(_labels(test))),
    )


def expected_calibration_error(probabilities: Any, labels: Any, *, bins: int = 15) -> float:  # noqa: ANN401 - arrays
    """Return the expected calibration error over equal-width bins (Naeini et al. 2015)."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        chosen = index == number
        if chosen.any():
            error += chosen.mean() * abs(probabilities[chosen].mean() - labels[chosen].mean())
    return float(error)


def _examples(
    taxonomy: CompiledTaxonomy, config: CalibrationConfig, on_progress: Callable[[int], None]
) -> Iterator[Example]:
    chooser = random.Random(config.seed)  # noqa: S311 - a sample, not a secret
    done = 0
    for kind in _TYPES:
        index = taxonomy.indexes.get(kind)
        if index is None:
            continue
        rows = [int(row) for row in index.rows]
        sample = _sample(taxonomy, rows, config.samples_per_type, chooser)
        for start in range(0, len(sample), 500):
            chunk = sample[start : start + 500]
            ways = chooser.choices(_WAYS, config.shares, k=len(chunk))
            yield from _ask(taxonomy, kind, chunk, ways, chooser)
            done += len(chunk)
            on_progress(done)


def _sample(taxonomy: CompiledTaxonomy, rows: Sequence[int], size: int, chooser: random.Random) -> list[int]:
    """Return rows without repetition, those of well known entities more often: people name what is well known.

    Weighted by the key u^(1/w) of Efraimidis and Spirakis (2006).
    """
    popularity = taxonomy.popularity[taxonomy.alias_entities[list(rows)]]
    weights = 0.002 + np.exp(_POPULARITY_WEIGHT * (popularity - popularity.max()))
    keyed = sorted(
        ((chooser.random() ** (1.0 / float(weight)), row) for row, weight in zip(rows, weights, strict=True)),
        reverse=True,
    )
    return [row for _, row in keyed[:size]]


def _ask(
    taxonomy: CompiledTaxonomy,
    kind: EntityType,
    rows: Sequence[int],
    ways: Sequence[str],
    chooser: random.Random,
) -> Iterator[Example]:
    """Ask for the aliases of some rows, each in its way."""
    keys = [
        fold(mistype(taxonomy.alias_texts[row], chooser)) if way == "mistyped" else taxonomy.alias_keys[row]
        for row, way in zip(rows, ways, strict=True)
    ]
    found = taxonomy.indexes[kind].search([key or " " for key in keys], top=SEARCH_DEPTH)
    for row, way, key, alike in zip(rows, ways, keys, found, strict=True):
        entity = int(taxonomy.alias_entities[row])
        matches = [*exact_matches(taxonomy, key, kind), *alike]
        if way == "alias hidden":
            matches = [m for m in matches if not _same(taxonomy, m, entity, taxonomy.alias_keys[row])]
        elif way == "entity hidden":
            matches = [m for m in matches if int(taxonomy.alias_entities[m.row]) != entity]
        scored = score_matches(taxonomy, key, kind, matches, top=1) if key else []
        if scored:
            right = int(taxonomy.alias_entities[scored[0].row]) == entity
            yield Example(entity, scored[0].evidence, right, way)


def _same(taxonomy: CompiledTaxonomy, match: Match, entity: int, key: str) -> bool:
    return int(taxonomy.alias_entities[match.row]) == entity and taxonomy.alias_keys[match.row] == key


def mistype(text: str, chooser: random.Random) -> str:
    """Return a text with one typing error: a letter left out, doubled, or swapped with the next."""
    letters = [i for i, character in enumerate(text) if character.isalpha()]
    if len(letters) < 4:
        return text
    at = chooser.choice(letters[1:])
    return chooser.choice(
        (
            text[:at] + text[at + 1 :],
            text[: at + 1] + text[at:],
            text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :],
        )
    )


def _split(examples: Sequence[Example], config: CalibrationConfig) -> tuple[list[Example], list[Example]]:
    """Split by entity."""
    entities = sorted({example.entity for example in examples})
    held_out = set(
        random.Random(config.seed + 1).sample(entities, int(len(entities) * config.test_share))  # noqa: S311
    )
    train = [example for example in examples if example.entity not in held_out]
    return train, [example for example in examples if example.entity in held_out]


def _matrix(examples: Sequence[Example]) -> Any:  # noqa: ANN401 - an array
    return np.array(
        [
            [feature(example.evidence) for feature in FEATURES]
            + [float(example.evidence.type is kind) for kind in _TYPES]
            for example in examples
        ]
    )


def _labels(examples: Sequence[Example]) -> list[int]:
    return [int(example.right) for example in examples]
