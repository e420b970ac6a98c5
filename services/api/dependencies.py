"""What the API is built from: everything that reaches outside or may be exchanged, in one frozen value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from classifiers.standardize.standardizer import Standardizer


class StandardizerSource(Protocol):
    """Hands out the standardizer of the newest taxonomy version that is loaded."""

    def start(self) -> None:
        """Begin to load, and to look for newer versions, outside the caller's thread."""
        ...

    def close(self) -> None:
        """Stop looking."""
        ...

    def current(self) -> Standardizer:
        """Return the newest standardizer that is loaded.

        Raises:
            RetryError: where none is loaded yet; the message says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """What one request, and all waiting requests together, may ask for."""

    max_request_bytes: int = 262_144
    max_waiting_requests: int = 64
    """Requests that may wait for the standardizer; more are told to try again."""
    database_answer_seconds: float = 2.0
    """How long the readiness check waits for the database."""


@dataclass(frozen=True, slots=True)
class ApiDependencies:
    """The parts of one API process; `read_seconds` is a clock that never goes back."""

    engine: Engine
    standardizers: StandardizerSource
    limits: ApiLimits
    read_seconds: Callable[[], float]
    registry: CollectorRegistry
