import numpy as np
import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.learning.views import Weights, blended, cosines, views_of
from classifiers.standardize.readings import load_seniority

TEXTS = ("Senior Data Analyst (Oslo)", "data analyst", "night nurse")


def test_of_titles_the_job_is_looked_at_without_brackets_and_level() -> None:
    views = views_of(TEXTS, load_encoder(), seniority=load_seniority())
    found = views.vectors(TEXTS)
    assert np.allclose(found.job[0], found.job[1], atol=1e-6)
    assert not np.allclose(found.meaning[0], found.meaning[1], atol=1e-2)


def test_of_labels_and_of_texts_that_are_no_titles_the_whole_is_looked_at() -> None:
    views = views_of(TEXTS, load_encoder(), seniority=load_seniority())
    for whole in (views.of_labels, views_of(TEXTS, load_encoder())):
        found = whole.vectors(TEXTS)
        assert np.array_equal(found.job, found.meaning)


@pytest.mark.parametrize("weights", [(1, 1, 2, 0), (0, 0, 0, 1), (1, 0, 0, 0), (1, 2, 3, 4)])
def test_cosines_blended_at_once_and_later_are_the_same(weights: Weights) -> None:
    vectors = views_of(TEXTS, load_encoder(), seniority=load_seniority()).vectors(TEXTS)
    at_once = blended(vectors, vectors, weights)
    assert np.allclose(at_once, cosines(vectors, vectors).blend(weights), atol=1e-6)
    assert np.allclose(np.diag(at_once), 1, atol=1e-5)
