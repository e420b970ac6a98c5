"""Shared pages count once."""

import mmap
import os

from benchmarks.standardize.footprint import Held, held_by, shared_once

_BYTES = 64_000_000


def test_a_file_counts_as_far_as_the_process_has_it_that_has_most() -> None:
    held = [Held(5, {"names": 10, "lib": 3}), Held(7, {"names": 4, "other": 2})]
    assert shared_once(held) == 15


def test_what_a_process_makes_is_its_own() -> None:
    # Pages of its own, not some that were freed before: those count already.
    with mmap.mmap(-1, _BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as made:
        before = held_by(os.getpid()).private
        made.write(b"x" * _BYTES)
        assert _BYTES * 0.9 < held_by(os.getpid()).private - before < _BYTES * 1.2
