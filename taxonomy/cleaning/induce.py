"""Rules learned from judgements: the paths of a shallow decision tree, each with its precision on other judgements.

CART: Breiman, Friedman, Olshen and Stone 1984. Intervals: Wilson 1927, "Probable inference, the law of succession,
and statistical inference".
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from taxonomy.cleaning.features import FEATURES, feature_rows
from taxonomy.cleaning.model import Judged, TypedEntity
from taxonomy.cleaning.rules import RULES, CleaningContext, broken_rules

_Z: Final = 1.959963984540054
"""Of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class InducingPolicy:
    """How rules are learned: how many conditions a rule may have, how many judgements must stand behind one.

    A path becomes a rule where at least `least_share` of its judgements were "unusable". `held_out_share` of the
    judgements, by a hash of the text, are not learned from but measure the rules.
    """

    most_conditions: int = 3
    least_judgements: int = 20
    least_share: float = 0.8
    held_out_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Condition:
    """A feature is at most a threshold, or above it."""

    feature: str
    above: bool
    threshold: float

    def __str__(self) -> str:
        """Return the condition as a person reads it."""
        return f"{self.feature} {'>' if self.above else '<='} {self.threshold:g}"

    def holds(self, rows: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each row of features whether the condition holds."""
        column = rows[:, list(FEATURES).index(self.feature)]
        held: NDArray[np.bool_] = column > self.threshold if self.above else column <= self.threshold
        return held


@dataclass(frozen=True, slots=True)
class Measured:
    """Judgements that a rule applies to, how many of them were "unusable", bounds of the 95 % interval of the share."""

    applies: int
    right: int
    low: float
    high: float

    @property
    def precision(self) -> float:
        """The share of judgements that agree; 0 where the rule applied to none."""
        return self.right / self.applies if self.applies else 0.0


@dataclass(frozen=True, slots=True)
class InducedRule:
    """A rule: all conditions hold. `learned` counts the judgements it was made of, `held_out` the others."""

    conditions: tuple[Condition, ...]
    learned: Measured
    held_out: Measured

    @property
    def text(self) -> str:
        """The rule as a person reads it, which is also its name."""
        return " and ".join(map(str, self.conditions))

    def applies(self, entities: Sequence[TypedEntity], context: CleaningContext) -> NDArray[np.bool_]:
        """Return for each entity whether the rule marks it."""
        return _all_hold(self.conditions, feature_rows(entities, context))


def induce_rules(
    judged: Sequence[Judged], context: CleaningContext, policy: InducingPolicy | None = None, *, seed: int
) -> list[InducedRule]:
    """Return rules learned from a part of the judgements, measured on the other, the most precise first.

    What a named rule marks already is left out, learned from and measured on: the rules say what those do not. None
    where the judgements to learn from are too few or all alike.
    """
    policy = policy or InducingPolicy()
    judged = [each for each in judged if not broken_rules(each.entity, context)]
    held_out = np.array([is_held_out(each.entity, policy.held_out_share, seed=seed) for each in judged], np.bool_)
    unusable = np.array([each.unusable for each in judged], np.bool_)
    rows = feature_rows([each.entity for each in judged], context)
    if len(set(unusable[~held_out].tolist())) < 2:
        return []
    tree = DecisionTreeClassifier(
        criterion="entropy",
        max_depth=policy.most_conditions,
        min_samples_leaf=policy.least_judgements,
        random_state=seed,
    )
    tree.fit(rows[~held_out], unusable[~held_out])
    rules = [
        InducedRule(
            conditions,
            _measured(unusable[~held_out], _all_hold(conditions, rows[~held_out])),
            _measured(unusable[held_out], _all_hold(conditions, rows[held_out])),
        )
        for conditions in _paths(tree, policy.least_share)
    ]
    return sorted(rules, key=lambda rule: (-rule.held_out.low, rule.text))


def measure_named_rules(judged: Sequence[Judged], context: CleaningContext) -> dict[str, Measured]:
    """Return how often each named rule agrees with judgements; nothing was learned for them."""
    unusable = np.array([each.unusable for each in judged], np.bool_)
    return {
        name: _measured(unusable, np.array([rule(each.entity, context) is not None for each in judged], np.bool_))
        for name, rule in RULES.items()
    }


def is_held_out(entity: TypedEntity, share: float, *, seed: int) -> bool:
    """Return whether a judgement measures and does not teach: told by the text alone, so that a text stays there."""
    digest = hashlib.blake2b(f"{seed}\0{entity.text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def _paths(tree: Any, least_share: float) -> list[tuple[Condition, ...]]:  # noqa: ANN401 - scikit-learn has no types
    """Return the conditions that lead to each leaf in which enough were unusable."""
    nodes = tree.tree_
    unusable = list(tree.classes_).index(True)
    paths: list[tuple[Condition, ...]] = []
    waiting: list[tuple[int, tuple[Condition, ...]]] = [(0, ())]
    while waiting:
        node, conditions = waiting.pop()
        if nodes.children_left[node] < 0:
            shares = nodes.value[node][0]
            if conditions and shares[unusable] / shares.sum() >= least_share:
                paths.append(_simplified(conditions))
            continue
        name, threshold = list(FEATURES)[nodes.feature[node]], float(nodes.threshold[node])
        waiting.append(
            (int(nodes.children_left[node]), (*conditions, Condition(name, above=False, threshold=threshold)))
        )
        waiting.append(
            (int(nodes.children_right[node]), (*conditions, Condition(name, above=True, threshold=threshold)))
        )
    return paths


def _simplified(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Return the conditions with only the last, which is the tightest, of each feature and side."""
    tightest = {(condition.feature, condition.above): condition for condition in conditions}
    return tuple(tightest.values())


def _all_hold(conditions: Sequence[Condition], rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    held = np.ones(len(rows), np.bool_)
    for condition in conditions:
        held &= condition.holds(rows)
    return held


def _measured(unusable: NDArray[np.bool_], applies: NDArray[np.bool_]) -> Measured:
    count, right = int(applies.sum()), int((applies & unusable).sum())
    return Measured(count, right, *wilson_interval(right, count))


def wilson_interval(right: int, count: int) -> tuple[float, float]:
    """Return the bounds of the 95 % interval of a share; 0 and 1 where there is nothing to go by."""
    if not count:
        return 0.0, 1.0
    share, square = right / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)
