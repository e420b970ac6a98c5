"""What a start tells whoever is waiting for it."""

from typing import Final, Protocol


class Progress(Protocol):
    """Receives the steps of a start; called from several threads, one call at a time for each server."""

    def step(self, text: str) -> None:
        """Tell what begins now, in one short line."""

    def download(self, *, done_bytes: int, total_bytes: int) -> None:
        """Tell how much of all downloads together has arrived, in bytes."""


class Silent:
    """A progress that says nothing: for tests and for callers without a terminal."""

    def step(self, text: str) -> None:
        """Say nothing."""

    def download(self, *, done_bytes: int, total_bytes: int) -> None:
        """Say nothing."""


silent: Final = Silent()
