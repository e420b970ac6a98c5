from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(scope="session", autouse=True)
def _silent_logs() -> Iterator[None]:
    """Keep the logs of threads that live as long as a fixture out of what other tests read from standard output."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()
