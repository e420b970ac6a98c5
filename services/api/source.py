"""The standardizer of the newest taxonomy version: loaded in its own thread, exchanged when it is whole."""

from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from classifiers.standardize.standardizer import Standardizer
from core.collector import settle
from core.errors import CanonymError, RetryError
from core.logs import get_logger
from services.api.reading import read_only
from taxonomy.repository import VersionKey, read_version_key

_CLOSE_SECONDS = 5.0


class CurrentStandardizer:
    """Keeps a standardizer and looks, once every `check_seconds`, whether a newer version was published.

    A request takes whichever standardizer is there and keeps it to its end: it never waits for a version to
    load, and never sees two.
    """

    def __init__(
        self, engine: Engine, open_standardizer: Callable[[int], Standardizer], *, check_seconds: float = 1.0
    ) -> None:
        self._engine = engine
        self._open_standardizer = open_standardizer
        self._check_seconds = check_seconds
        self._standardizer: Standardizer | None = None
        self._key: VersionKey | None = None
        self._problem = "the taxonomy is still being loaded"
        self._closing = Event()
        self._thread = Thread(target=self._watch, name="canonym-taxonomy", daemon=True)
        self._log = get_logger("services.api")

    def start(self) -> None:
        """Begin to load, and to look for newer versions, outside the caller's thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking; a version that is being loaded is given up with the process."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def current(self) -> Standardizer:
        """Return the newest standardizer that is loaded.

        Raises:
            RetryError: where none is loaded yet; the message says why.
        """
        if self._standardizer is None:
            raise RetryError(self._problem)
        return self._standardizer

    def refresh(self) -> None:
        """Load the newest version where it is not the one at hand; what is at hand stays where that fails."""
        try:
            with read_only(self._engine) as connection:
                key = read_version_key(connection)
            if key != self._key:
                self._standardizer = self._open_standardizer(key.version)
                self._key = key
                settle()
                self._log.info("taxonomy_loaded", version=key.version)
            self._problem = ""
        except (CanonymError, SQLAlchemyError, OSError) as error:
            self._report(error)

    def _report(self, error: Exception) -> None:
        """Remember why nothing newer is loaded, and say so once for each reason."""
        reason = str(error) if isinstance(error, CanonymError) else "the taxonomy could not be loaded"
        if reason != self._problem:
            self._log.warning("taxonomy_not_loaded", reason=reason, error=type(error).__name__)
        self._problem = reason

    def _watch(self) -> None:
        while not self._closing.is_set():
            self.refresh()
            self._closing.wait(self._check_seconds)
