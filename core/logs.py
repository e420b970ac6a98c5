"""Structured logs: a static event name plus fields, to standard error."""

import logging
import sys

import structlog


def configure_logs(*, level: str, form: str) -> None:
    """Set up logging for one process; `form` is `console` for people or `json` for collectors."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=max(logging.WARNING, logging.getLevelNamesMapping()[level]))


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a part of the product."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger
