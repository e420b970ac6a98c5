"""Benchmarks of several sets: the data that they need, and the sets that were asked for."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.model import BenchRequest, BenchRow
from core.errors import InvalidError

Context = TypeVar("Context")


def required_data(request: BenchRequest, subject: str) -> Path:
    """Return the folder of real data.

    Raises:
        InvalidError: where none was given.
    """
    if request.data is None:
        raise InvalidError(f"the benchmark of {subject} needs real data: name its folder with --data DIR")
    return request.data


def check_sets(request: BenchRequest, sets: Mapping[str, object]) -> None:
    """Check the names of the sets that were asked for.

    Raises:
        InvalidError: for an unknown set.
    """
    unknown = [name for name in request.only if name not in sets]
    if unknown:
        raise InvalidError(f"no set {', '.join(unknown)}; there are {', '.join(sets)}")


def rows_of_sets(
    request: BenchRequest, sets: Mapping[str, Callable[[Context], list[BenchRow]]], context: Context
) -> list[BenchRow]:
    """Return the rows of the sets that were asked for, all by default, in their order."""
    rows: list[BenchRow] = []
    for name, part in sets.items():
        if name in (request.only or sets):
            rows += request.measure(name, partial(part, context))
    return rows
