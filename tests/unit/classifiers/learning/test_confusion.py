import numpy as np
from scipy import sparse

from classifiers.learning.confusion import confusions_of, held_out_confusions, readings_of

SCORES = np.array([[0.9, 0.3, -0.2], [0.8, 0.0, 0.1], [0.1, 0.9, 0.0], [0.7, 0.2, 0.0]], dtype=np.float32)
RIGHT = sparse.csr_matrix(np.array([[0, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float32))
"""Where the first entity is named, the last one is right two times of three."""


def test_a_text_is_read_as_its_best_entities_by_the_squares_of_their_scores() -> None:
    readings = readings_of(SCORES).toarray()
    assert np.allclose(readings.sum(axis=1), 1)
    assert np.allclose(readings[0, :2], [0.9, 0.1], atol=1e-4)
    assert 0 < readings[0, 2] < 1e-4


def test_of_many_entities_a_text_is_read_as_ten() -> None:
    scores = np.random.default_rng(3).random((2, 40), dtype=np.float32)
    readings = readings_of(scores).toarray()
    assert ((readings > 0).sum(axis=1) == 10).all()
    assert (readings.argmax(axis=1) == scores.argmax(axis=1)).all()


def test_a_text_without_any_score_is_read_as_something() -> None:
    assert np.allclose(readings_of(np.zeros((1, 3), dtype=np.float32)).toarray(), 1 / 3)


def test_what_was_right_where_an_entity_was_named_is_expected_again() -> None:
    expected = confusions_of(readings_of(SCORES), RIGHT).expected(readings_of(SCORES[:1]))
    assert expected.shape == (1, 3)
    assert expected.argmax() == 2
    assert expected.sum() < 1


def test_the_reliability_of_an_entity_is_its_share_of_right_answers_drawn_to_the_usual() -> None:
    one_hot = sparse.csr_matrix(np.array([[1, 0, 0]] * 5, dtype=np.float32))
    right = sparse.csr_matrix(np.array([[1, 0, 0]] * 3 + [[0, 1, 0]] * 2, dtype=np.float32))
    assert np.allclose(confusions_of(one_hot, right).reliability, [0.5, 0.4, 0.4])


def test_a_fold_is_told_nothing_of_its_own_texts() -> None:
    readings, folds = readings_of(SCORES), np.array([0, 1, 0, 1])
    before = held_out_confusions(readings, RIGHT, folds)
    changed = RIGHT.toarray()
    changed[[0, 2]] = [0, 1, 0]
    after = held_out_confusions(readings, sparse.csr_matrix(changed), folds)
    assert np.array_equal(before[0].shares.toarray(), after[0].shares.toarray())
    assert not np.array_equal(before[1].shares.toarray(), after[1].shares.toarray())
