"""What libraries log, as structured lines like our own: one form for whoever reads them."""

import logging

from core.logs import get_logger


class StructuredHandler(logging.Handler):
    """Hands the records of the standard library's logging on, with their level and where they come from."""

    def __init__(self) -> None:
        super().__init__()
        self._log = get_logger("services.api.libraries")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one line."""
        try:
            self._log.log(
                record.levelno,
                "library_message",
                logger=record.name,
                message=record.getMessage(),
                exc_info=record.exc_info or None,
            )
        except Exception:  # noqa: BLE001 - a log line must not end what it tells of
            self.handleError(record)


def forward_library_logs() -> None:
    """Send warnings and worse of every library through the structured log."""
    logging.basicConfig(handlers=[StructuredHandler()], level=logging.WARNING, force=True)
