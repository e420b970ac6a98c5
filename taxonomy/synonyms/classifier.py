"""The pair classifier: the log-odds that two phrases mean the same are a sum of what single and paired features say.

Boosted trees (Friedman 2001) whose every branch looks at two features at most, which makes them a generalised
additive model with pairwise interactions (Lou et al. 2013, "Accurate intelligible models with pairwise interactions").
What each feature adds on the way through the trees is its contribution; with the log-odds of an average pair they add
up to the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from core.errors import InvalidError
from core.trees import BoostedTrees, trees_of
from taxonomy.synonyms.evidence import Evidence
from taxonomy.synonyms.model import Floats, Rows

_MOST_LOG_ODDS: Final = 12.0


@dataclass(frozen=True, slots=True)
class PairPolicy:
    """How the trees are grown.

    `rounds` is how many, of `leaves` leaves with at least `least_pairs` pairs in each, `learning_rate` how much of each
    is added and `penalty` the L2 penalty of leaves; `most_pairs` the most pairs learned from, a random sample of more.
    """

    rounds: int = 150
    leaves: int = 31
    least_pairs: int = 40
    learning_rate: float = 0.1
    penalty: float = 5.0
    most_pairs: int = 500_000


@dataclass(frozen=True, slots=True)
class PairModel:
    """Trees over the features of these names."""

    names: tuple[str, ...]
    trees: BoostedTrees

    @property
    def average(self) -> float:
        """The log-odds of an average pair, which contributions are added to."""
        return self.trees.average()

    def log_odds(self, evidence: Evidence) -> NDArray[np.float64]:
        """Return the log-odds of each pair.

        Raises:
            InvalidError: where the features are others than the model was fitted on.
        """
        if not len(evidence.pairs):
            return np.zeros(0)
        if evidence.names != self.names:
            raise InvalidError(f"the pair model knows {', '.join(self.names)}; given were {', '.join(evidence.names)}")
        return np.asarray(np.clip(self.trees.logits(evidence.values), -_MOST_LOG_ODDS, _MOST_LOG_ODDS))

    def explain(self, values: Floats) -> dict[str, float]:
        """Return the contribution of each feature to the log-odds of one pair, the weightiest first."""
        found = self.trees.contributions(values.reshape(1, -1))[0]
        order = sorted(range(len(found)), key=lambda column: (-abs(found[column]), column))
        return {self.names[column]: round(float(found[column]), 3) for column in order}


def fit_pairs(
    parts: Sequence[tuple[Evidence, NDArray[np.bool_]]], policy: PairPolicy | None = None, *, seed: int
) -> PairModel:
    """Grow the trees on blocked pairs of labelled phrases; each part is blocked by itself and says which are the same.

    Raises:
        InvalidError: without pairs of both kinds, and for parts of different features.
    """
    chosen = policy or PairPolicy()
    used = [(evidence, same) for evidence, same in parts if len(evidence.pairs)]
    same = np.concatenate([part for _, part in used]) if used else np.zeros(0, bool)
    if not same.any() or same.all():
        raise InvalidError("a pair classifier needs pairs that mean the same and pairs that do not")
    names = used[0][0].names
    if any(evidence.names != names for evidence, _ in used):
        raise InvalidError("all parts that a pair classifier learns from need the same features")
    values = np.concatenate([evidence.values for evidence, _ in used])
    rows = np.random.default_rng(seed).permutation(len(values))[: chosen.most_pairs]
    trees = HistGradientBoostingClassifier(
        max_iter=chosen.rounds,
        max_leaf_nodes=chosen.leaves,
        min_samples_leaf=chosen.least_pairs,
        learning_rate=chosen.learning_rate,
        l2_regularization=chosen.penalty,
        interaction_cst="pairwise",
        early_stopping=False,
        random_state=seed,
    )
    return PairModel(names, trees_of(trees.fit(values[rows], same[rows])))


def log_odds_unseen(
    parts: Sequence[tuple[Evidence, NDArray[np.bool_], Rows]],
    policy: PairPolicy | None = None,
    *,
    folds: int = 3,
    seed: int,
) -> list[NDArray[np.float64]]:
    """Return the log-odds of the pairs of each part by models that have not learned from them (cross-fitting).

    A part says which pairs are the same, and the entity of the left phrase of each: all pairs of an entity are left
    out together. For choosing a threshold: on pairs that a model was fitted on, it looks more precise than it is.

    Raises:
        InvalidError: as `fit_pairs`, and with fewer entities than folds.
    """
    splits = []
    for _, same, entities in parts:
        if len(np.unique(entities)) < folds:
            raise InvalidError(f"cross-fitting in {folds} folds needs pairs of as many entities in each part")
        cut = GroupKFold(folds, shuffle=True, random_state=seed).split(np.zeros((len(same), 0)), groups=entities)
        splits.append(list(cut))
    found = [np.zeros(len(same)) for _, same, _ in parts]
    for fold in range(folds):
        learned = [
            (evidence.take(split[fold][0]), same[split[fold][0]])
            for (evidence, same, _), split in zip(parts, splits, strict=True)
        ]
        model = fit_pairs(learned, policy, seed=seed)
        for (evidence, _, _), split, log_odds in zip(parts, splits, found, strict=True):
            log_odds[split[fold][1]] = model.log_odds(evidence.take(split[fold][1]))
    return found
