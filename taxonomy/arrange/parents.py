"""The classifier of edges: does this child belong under this parent? Learned from the edges that are there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from core.errors import InvalidError
from taxonomy.arrange.features import EdgeFeatures, Rows
from taxonomy.arrange.model import ArrangePolicy, Hierarchy, Node, ParentGuess
from taxonomy.corpus.model import Encode

Array = NDArray[np.float64]
_FEWEST: Final = 30
_EDGE: Final = 1e-5
_SHOWN: Final = 5
_LEAF: Final = 80
"""Rows in a leaf of a tree; fewer where there are few rows."""
_SMALLEST_LEAF: Final = 4


@dataclass(frozen=True, slots=True)
class _Classifier:
    """Boosted trees, each bag with its own seed; a logistic regression calibrates what they say."""

    bags: tuple[HistGradientBoostingClassifier, ...]
    calibration: LogisticRegression | None

    def raw(self, values: NDArray[np.float32]) -> Array:
        """Return the mean logit: rows."""
        chances = np.mean([bag.predict_proba(values)[:, 1] for bag in self.bags], axis=0)
        return _logit(chances)

    def probabilities(self, values: NDArray[np.float32]) -> Array:
        """Return calibrated probabilities of children x candidates x features: children x candidates."""
        shape = values.shape[:2]
        raw = self.raw(values.reshape(-1, values.shape[2])).reshape(shape)
        if self.calibration is None:
            return np.asarray(1 / (1 + np.exp(-raw)))
        return np.asarray(self.calibration.predict_proba(_calibration_rows(raw))[:, 1].reshape(shape))


def guess_parents(
    hierarchy: Hierarchy,
    *,
    asked: Sequence[str],
    policy: ArrangePolicy | None = None,
    encode: Encode | None = None,
    on_step: Callable[[str], None] = lambda _text: None,
) -> dict[str, list[ParentGuess]]:
    """Return likely parents of the `asked` children, best first, learned from the `edges` of the others.

    What is known of the parents of those that are asked is not looked at.

    Raises:
        InvalidError: where too few edges are known.
    """
    chosen = policy or ArrangePolicy()
    hidden = set(asked)
    learned = {child: some for child, some in hierarchy.edges.items() if child not in hidden}
    if len(learned) < _FEWEST:
        raise InvalidError(f"{len(learned)} known edges are too few to arrange entities by")
    children, parents = hierarchy.children, hierarchy.parents
    on_step(f"comparing {len(children):,} entities with {len(parents):,} parents")
    features = EdgeFeatures(replace(hierarchy, edges=learned), chosen, encode)
    rows = np.array([row for row, node in enumerate(children) if node.entity_id in learned], dtype=np.int64)
    _, candidates, values = _gathered(features, rows)
    answers = _answers(children, parents, learned, rows, candidates)
    on_step(f"learning from {len(rows):,} entities whose parents are known")
    classifier = _fit(values, answers, chosen)
    wanted = np.array([row for row, node in enumerate(children) if node.entity_id in hidden], dtype=np.int64)
    return _guesses(features, classifier, children, parents, wanted)


def _guesses(
    features: EdgeFeatures,
    classifier: _Classifier,
    children: Sequence[Node],
    parents: Sequence[Node],
    wanted: Rows,
) -> dict[str, list[ParentGuess]]:
    found: dict[str, list[ParentGuess]] = {}
    for some, candidates, values in features.blocks(wanted):
        chances = classifier.probabilities(values)
        for number, row in enumerate(some.tolist()):
            order = np.argsort(-chances[number], kind="stable")
            why = _contributions(classifier, values[number], int(order[0]), features.names)
            found[children[row].entity_id] = [
                ParentGuess(
                    children[row].entity_id,
                    parents[int(candidates[number, place])].entity_id,
                    float(chances[number, place]),
                    why if place == order[0] else (),
                )
                for place in order.tolist()
            ]
    return found


def _contributions(
    classifier: _Classifier, values: NDArray[np.float32], best: int, names: Sequence[str]
) -> tuple[tuple[str, float], ...]:
    """Return what the logit of the best candidate would lose without each feature: with the median of the others."""
    half = values.shape[1] // 2
    changed = np.repeat(values[best][None, :], half + 1, axis=0)
    usual = np.median(values, axis=0)
    for feature in range(half):
        changed[feature + 1, [feature, feature + half]] = usual[[feature, feature + half]]
    raw = classifier.raw(changed)
    lost = raw[0] - raw[1:]
    order = np.argsort(-np.abs(lost), kind="stable")[:_SHOWN]
    return tuple((names[place], round(float(lost[place]), 3)) for place in order.tolist())


def _gathered(features: EdgeFeatures, rows: Rows) -> tuple[Rows, Rows, NDArray[np.float32]]:
    parts = list(features.blocks(rows))
    some, candidates, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return some, candidates, values.astype(np.float32)


def _answers(
    children: Sequence[Node],
    parents: Sequence[Node],
    edges: Mapping[str, Sequence[str]],
    rows: Rows,
    candidates: Rows,
) -> NDArray[np.bool_]:
    ids = [node.entity_id for node in parents]
    return np.array([
        [ids[place] in edges[children[row].entity_id] for place in some]
        for row, some in zip(rows.tolist(), candidates.tolist(), strict=True)
    ])  # fmt: skip


def _fit(values: NDArray[np.float32], answers: NDArray[np.bool_], policy: ArrangePolicy) -> _Classifier:
    """Return a classifier of all children, calibrated on children that a part of it has not seen."""
    if policy.folds < 2:
        return _Classifier(_bags(values, answers, policy, policy.bags), None)
    fold = np.random.default_rng(policy.seed).integers(0, policy.folds, len(values))
    raw = np.zeros(answers.shape)
    for number in range(policy.folds):
        mine = fold == number
        if mine.any() and answers[~mine].any() and not answers[~mine].all():
            part = _Classifier(_bags(values[~mine], answers[~mine], policy, 1), None)
            raw[mine] = part.raw(values[mine].reshape(-1, values.shape[2])).reshape(answers[mine].shape)
    table, right = _calibration_rows(raw), answers.ravel()
    calibration = LogisticRegression(max_iter=1_000).fit(table, right) if 0 < right.sum() < len(right) else None
    return _Classifier(_bags(values, answers, policy, policy.bags), calibration)


def _bags(
    values: NDArray[np.float32], answers: NDArray[np.bool_], policy: ArrangePolicy, count: int
) -> tuple[HistGradientBoostingClassifier, ...]:
    table, right = values.reshape(-1, values.shape[2]), answers.ravel()
    return tuple(
        HistGradientBoostingClassifier(
            max_iter=250,
            learning_rate=0.05,
            max_leaf_nodes=12,
            min_samples_leaf=max(_SMALLEST_LEAF, min(_LEAF, len(table) // 40)),
            l2_regularization=5.0,
            max_features=0.4,
            early_stopping=False,
            random_state=policy.seed + number,
        ).fit(table, right)
        for number in range(count)
    )


def _calibration_rows(raw: Array) -> Array:
    """Return the logit and its distance to the best other candidate: rows x 2."""
    ordered = np.sort(raw, axis=1)
    best = ordered[:, -1:]
    second = ordered[:, -2:-1] if raw.shape[1] > 1 else best - 1
    other = np.where(raw == best, second, best)
    return np.stack([raw.ravel(), (raw - other).ravel()], axis=1)


def _logit(chances: Array) -> Array:
    kept = np.clip(chances, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(kept / (1 - kept)))
