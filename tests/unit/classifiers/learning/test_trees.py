import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from classifiers.learning.trees import trees_of


def test_trees_as_arrays_say_what_the_library_says() -> None:
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(400, 5)).astype(np.float32)
    answers = columns[:, 0] * columns[:, 1] + columns[:, 2] > 0.3
    fitted = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=9, random_state=1).fit(columns, answers)
    unseen = rng.normal(size=(300, 5)).astype(np.float32)
    assert np.allclose(trees_of(fitted).chances(unseen), fitted.predict_proba(unseen)[:, 1], atol=1e-6)
