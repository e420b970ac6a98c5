"""The classifier of edges: does this child belong under this parent? Learned from the edges that are there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from core.errors import InvalidError
from taxonomy.arrange.edges import Arrangement, AskedEdges
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
    """Boosted trees, each of all parts but one; a logistic regression calibrates what they say."""

    trees: tuple[HistGradientBoostingClassifier, ...]
    calibration: LogisticRegression

    def raw(self, values: NDArray[np.float32]) -> Array:
        """Return the logit of the mean chance: rows."""
        return _logit(np.mean([trees.predict_proba(values)[:, 1] for trees in self.trees], axis=0))

    def probabilities(self, values: NDArray[np.float32]) -> Array:
        """Return calibrated probabilities of children x candidates x features: children x candidates."""
        raw = self.raw(values.reshape(-1, values.shape[2])).reshape(values.shape[:2])
        return np.asarray(self.calibration.predict_proba(_calibration_rows(raw))[:, 1].reshape(raw.shape))


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
    arrangement = Arrangement(hierarchy, learned, hidden, chosen, encode)
    known = arrangement.asked()
    if not known.answers.any() or known.answers.all():
        raise InvalidError("no known edge tells a parent from what is no parent: there is nothing to learn from")
    on_step(f"learning from {len(known.values):,} entities whose parents are known")
    classifier = _fit(known, chosen)
    wanted = np.array([row for row, node in enumerate(children) if node.entity_id in hidden], dtype=np.int64)
    return _guesses(arrangement.features(), classifier, children, parents, wanted)


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


def _fit(known: AskedEdges, policy: ArrangePolicy) -> _Classifier:
    """Return a classifier of all parts, calibrated by what each of its trees says of the part that it has not seen."""
    trees, raw = [], np.zeros(known.answers.shape)
    for fold in range(policy.folds):
        mine = known.folds == fold
        fitted = _trees(known.values[~mine], known.answers[~mine], policy.seed + fold)
        raw[mine] = _logit(fitted.predict_proba(_rows(known.values[mine]))[:, 1]).reshape(raw[mine].shape)
        trees.append(fitted)
    calibration = LogisticRegression(max_iter=1_000).fit(_calibration_rows(raw), known.answers.ravel())
    return _Classifier(tuple(trees), calibration)


def _trees(values: NDArray[np.float32], answers: NDArray[np.bool_], seed: int) -> HistGradientBoostingClassifier:
    table = _rows(values)
    return HistGradientBoostingClassifier(
        max_iter=250,
        learning_rate=0.05,
        max_leaf_nodes=12,
        min_samples_leaf=max(_SMALLEST_LEAF, min(_LEAF, len(table) // 40)),
        l2_regularization=5.0,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    ).fit(table, answers.ravel())


def _rows(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return children x candidates x features as rows x features."""
    return values.reshape(-1, values.shape[2])


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
