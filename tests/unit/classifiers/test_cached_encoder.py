from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifiers.encoder import cached
from classifiers.encoder.cached import CachedEncoder


class Counting:
    name = "counting"

    def __init__(self, *, fail_after: int = 10**9) -> None:
        self.read: list[str] = []
        self._fail_after = fail_after

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(self.read) >= self._fail_after:
            raise KeyboardInterrupt
        self.read += texts
        return np.array([[len(text), 0.5] for text in texts], dtype=np.float32).reshape(len(texts), 2)


def test_a_text_is_read_once_also_by_another_process(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    texts = ["ab", "a", "", "ab", "\ud800"]
    expected = [[2, 0.5], [1, 0.5], [0, 0.5], [2, 0.5], [1, 0.5]]
    encoder = CachedEncoder(first, tmp_path / "vectors")
    assert encoder.encode(texts).tolist() == expected
    assert encoder.encode(texts[::-1]).tolist() == expected[::-1]
    assert sorted(first.read) == ["", "a", "ab", "\ud800"]
    assert CachedEncoder(second, tmp_path / "vectors").encode([*texts, "new"]).tolist() == [*expected, [3, 0.5]]
    assert second.read == ["new"]
    assert encoder.encode([]).shape == (0, 2)


def test_work_that_was_interrupted_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "_PART", 2)
    texts = ["a" * length for length in range(7)]
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Counting(fail_after=4), tmp_path).encode(texts)
    done: list[tuple[int, int]] = []
    rest = Counting()
    encoder = CachedEncoder(rest, tmp_path, on_progress=lambda *counts: done.append(counts))
    assert encoder.encode(texts)[:, 0].tolist() == list(range(7))
    assert rest.read == texts[4:]
    assert done == [(2, 3), (3, 3)]
