import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from core.trees import trees_of


def test_trees_as_arrays_say_what_the_library_says() -> None:
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(400, 5)).astype(np.float32)
    answers = columns[:, 0] * columns[:, 1] + columns[:, 2] > 0.3
    fitted = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=9, random_state=1).fit(columns, answers)
    unseen = rng.normal(size=(300, 5)).astype(np.float32)
    assert np.allclose(trees_of(fitted).chances(unseen), fitted.predict_proba(unseen)[:, 1], atol=1e-6)


def test_contributions_add_up_and_fall_to_the_features_that_matter() -> None:
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(2_000, 4)).astype(np.float32)
    answers = columns[:, 0] * columns[:, 1] > 0
    fitted = HistGradientBoostingClassifier(max_iter=40, interaction_cst="pairwise", random_state=1)
    trees = trees_of(fitted.fit(columns, answers))
    parts = trees.contributions(columns)
    assert np.allclose(trees.average() + parts.sum(axis=1), fitted.decision_function(columns), atol=1e-6)
    assert trees.average() == pytest.approx(fitted.decision_function(columns).mean(), abs=1e-6)
    matter, others = np.abs(parts[:, :2]).mean(), np.abs(parts[:, 2:]).mean()
    assert matter > 5 * others
