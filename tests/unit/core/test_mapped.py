from pathlib import Path

import numpy as np
import pytest

from core.mapped import SMALL_BYTES, mapped_array, mapped_bytes


@pytest.mark.parametrize("count", [0, 3, SMALL_BYTES])
def test_an_array_is_as_it_was_written_and_cannot_be_changed(tmp_path: Path, count: int) -> None:
    np.save(tmp_path / "a.npy", np.arange(count, dtype=np.int32))
    found = mapped_array(tmp_path / "a.npy")
    assert found.tolist() == list(range(count))
    assert type(found) is np.ndarray
    assert not found.flags.writeable


@pytest.mark.parametrize("size", [0, 5, SMALL_BYTES + 1])
def test_bytes_are_as_they_were_written(tmp_path: Path, size: int) -> None:
    (tmp_path / "b").write_bytes(b"ab" * size)
    found = mapped_bytes(tmp_path / "b")
    assert len(found) == 2 * size
    assert found[1:3] == b"ba"[: max(0, min(2, 2 * size - 1))]
