"""The inferrer of the newest taxonomy version: the worker changes over between two batches, never within one."""

import gc
from collections.abc import Callable

from sqlalchemy import Engine

from classifiers.relations.infer import EdgeInferrer
from taxonomy.repository import VersionKey, read_version_key

_CHECK_SECONDS = 1.0
_COLLECT_AFTER = (50_000, 20, 50)
"""A batch makes tens of thousands of objects and hardly any cycle: the collector may look seldom."""


class CurrentInferrer:
    """Keeps an inferrer and looks, at most once a second, whether a newer version was published."""

    def __init__(
        self,
        engine: Engine,
        open_inferrer: Callable[[int], EdgeInferrer],
        *,
        read_seconds: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._open_inferrer = open_inferrer
        self._read_seconds = read_seconds
        self._inferrer: EdgeInferrer | None = None
        self._key: VersionKey | None = None
        self._checked_at = float("-inf")

    def current(self) -> EdgeInferrer:
        """Return the inferrer for the next batch.

        Raises:
            NotFoundError: where no taxonomy was ever published.
        """
        now = self._read_seconds()
        if self._inferrer is not None and now - self._checked_at < _CHECK_SECONDS:
            return self._inferrer
        with self._engine.connect() as connection:
            key = read_version_key(connection)
        if self._inferrer is None or key != self._key:
            self._inferrer = self._open_inferrer(key.version)
            self._key = key
            # A taxonomy is a million objects that live as long as the process: looking through them again and
            # again would stop the worker for a third of a second each time.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT_AFTER)
        self._checked_at = now
        return self._inferrer
