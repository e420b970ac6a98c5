import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

_CONTRACT = Path(__file__).parent / "contract"

# How long an example takes says how busy the machine is; what must be fast has a limit of its own in its test.
settings.register_profile("canonym", deadline=None)
settings.load_profile("canonym")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the contract suite first: it waits for a broker, and meanwhile the other process runs the rest."""
    items.sort(key=lambda item: _CONTRACT not in item.path.parents)


def pytest_collection_finish() -> None:
    """Leave modules and tests out of what the collector looks through, which it otherwise does all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _silent_logs() -> Iterator[None]:
    """Keep the logs of threads that live as long as a fixture out of what other tests read from standard output."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def titles_of() -> Callable[[Mapping[str, Sequence[str]]], Snapshot]:
    """Return what makes a snapshot of English titles from their names and further labels."""

    def made(groups: Mapping[str, Sequence[str]]) -> Snapshot:
        entities = (
            Entity(
                f"title_{name}",
                EntityType.TITLE,
                name,
                (SourceId("test", name),),
                tuple(Alias(text, "en", AliasKind.SYNONYM, "test") for text in (name, *labels)),
            )
            for name, labels in groups.items()
        )
        return Snapshot(1, tuple(entities))

    return made
