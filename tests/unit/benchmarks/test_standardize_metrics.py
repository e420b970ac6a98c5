import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from benchmarks.standardize.metrics import (
    average_precision,
    bootstrap_interval,
    brier,
    calibration_error,
    log_loss,
    r_precision_at,
    rank_of_first,
    reciprocal,
    reliability,
    within,
)


def test_the_rank_of_the_first_relevant_item_counts_better_scores() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.7], dtype=np.float32)
    assert rank_of_first(scores, [2]) == 3
    assert rank_of_first(scores, [2, 3]) == 2


def test_equal_scores_give_the_expected_rank() -> None:
    scores = np.array([0.5, 0.5, 0.5, 0.9], dtype=np.float32)
    assert rank_of_first(scores, [0]) == 3.0  # after the better one, and one of the two others on average
    assert rank_of_first(scores, [0, 1]) == pytest.approx(2 + 1 / 3)


def test_nothing_relevant_is_never_found() -> None:
    rank = rank_of_first(np.ones(3, dtype=np.float32), [])
    assert reciprocal(np.array([rank])).tolist() == [0.0]
    assert within(np.array([rank]), 10).tolist() == [0.0]


def test_the_expected_rank_is_that_of_all_orders_of_equal_scores() -> None:
    rng = np.random.default_rng(3)
    scores = np.array([1, 1, 1, 1, 0], dtype=np.float32)
    ranks = []
    for _ in range(20_000):
        order = sorted(range(5), key=lambda i: (-scores[i], rng.random()))
        ranks.append(1 + min(order.index(i) for i in (1, 4)))
    assert rank_of_first(scores, [1, 4]) == pytest.approx(np.mean(ranks), abs=0.03)


def test_reciprocal_ranks_end_at_the_cut() -> None:
    assert reciprocal(np.array([1.0, 4.0, 101.0]), cut=100).tolist() == [1.0, 0.25, 0.0]


def test_average_precision_by_hand() -> None:
    assert average_precision(np.array([True, False, True]), 3) == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision(np.array([False, False]), 0) == 0.0


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(any))
def test_average_precision_agrees_with_scikit_learn(hits: list[bool]) -> None:
    scores = np.arange(len(hits), 0, -1)
    expected = average_precision_score(np.array(hits, dtype=int), scores)
    assert average_precision(np.array(hits), sum(hits)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("hits", "relevant", "expected"),
    [
        ([True, False, True, False, False], 2, 1.0),
        ([True, False, False, False, False], 3, 1 / 3),
        ([True, True, False, False, False, True], 9, 0.4),
        ([False] * 5, 1, 0.0),
    ],
)
def test_r_precision_divides_by_what_could_be_found(hits: list[bool], relevant: int, expected: float) -> None:
    assert r_precision_at(np.array(hits), relevant) == pytest.approx(expected)


def test_the_interval_is_the_same_for_the_same_seed_and_covers_the_mean() -> None:
    values = np.random.default_rng(1).random(400)
    low, high = bootstrap_interval(values, seed=5)
    assert (low, high) == bootstrap_interval(values, seed=5)
    assert (low, high) != bootstrap_interval(values, seed=6)
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.006)
    assert high == pytest.approx(values.mean() + half, abs=0.006)


def test_equal_values_have_no_width() -> None:
    assert bootstrap_interval(np.full(9, 0.25)) == (0.25, 0.25)


def test_probabilities_are_judged_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(2)
    probabilities = rng.uniform(0.01, 0.99, 500)
    right = (rng.random(500) < probabilities).astype(float)
    assert brier(probabilities, right).mean() == pytest.approx(brier_score_loss(right, probabilities))
    assert log_loss(probabilities, right).mean() == pytest.approx(sklearn_log_loss(right, probabilities))


def test_certainty_that_is_wrong_costs_much_but_not_infinitely() -> None:
    assert log_loss(np.array([1.0]), np.array([0.0]))[0] == pytest.approx(-np.log(0.001))


def test_the_calibration_error_by_hand() -> None:
    probabilities = np.array([0.1, 0.1, 0.9, 1.0])
    right = np.array([0.0, 1.0, 1.0, 1.0])
    assert calibration_error(probabilities, right, bins=2) == pytest.approx(0.5 * 0.4 + 0.5 * 0.05)
    assert reliability(probabilities, right, bins=2) == [(0.1, 0.5, 2), (0.95, 1.0, 2)]
