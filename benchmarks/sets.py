"""Benchmarks of several sets: the data that they need, and the sets that were asked for."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from benchmarks.model import BenchRequest
from core.errors import InvalidError

Part = TypeVar("Part", bound=Callable[..., object])


def required_data(request: BenchRequest, subject: str) -> Path:
    """Return the folder of real data.

    Raises:
        InvalidError: where none was given.
    """
    if request.data is None:
        raise InvalidError(f"the benchmark of {subject} needs real data: name its folder with --data DIR")
    return request.data


def chosen_sets(request: BenchRequest, sets: Mapping[str, Part]) -> Iterator[Part]:
    """Return what measures the sets that were asked for, all by default, in their order.

    Raises:
        InvalidError: for an unknown set.
    """
    unknown = [name for name in request.only if name not in sets]
    if unknown:
        raise InvalidError(f"no set {', '.join(unknown)}; there are {', '.join(sets)}")
    return (part for name, part in sets.items() if name in (request.only or sets))
