"""The inferrer of the newest taxonomy version: the worker changes over between two batches, never within one."""

from collections.abc import Callable

from sqlalchemy import Engine

from classifiers.relations.infer import EdgeInferrer
from core.collector import settle
from taxonomy.repository import VersionKey, read_version_key

_CHECK_SECONDS = 1.0


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
            settle()
        self._checked_at = now
        return self._inferrer
