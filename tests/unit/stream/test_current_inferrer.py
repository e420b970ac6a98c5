"""The worker changes over to a new taxonomy between batches, and looks for one at most once a second."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

import stream.worker.taxonomy
from stream.worker.taxonomy import CurrentInferrer
from taxonomy.repository import VersionKey

_PUBLISHED = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.version, self.seconds, self.looks = 1, 0.0, 0
        self.published = _PUBLISHED
        self.opened: list[int] = []
        monkeypatch.setattr(stream.worker.taxonomy, "read_version_key", self.read_version_key)
        engine = SimpleNamespace(connect=nullcontext)
        self.inferrer = CurrentInferrer(cast("Any", engine), cast("Any", self.open), read_seconds=lambda: self.seconds)

    def read_version_key(self, _connection: object) -> VersionKey:
        self.looks += 1
        return VersionKey(self.version, "starter", self.published)

    def open(self, version: int) -> SimpleNamespace:
        self.opened.append(version)
        return SimpleNamespace(versions=SimpleNamespace(taxonomy_version=version))

    def current(self) -> int:
        return int(self.inferrer.current().versions.taxonomy_version)


def test_within_a_second_the_database_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.version = 1
    assert world.current() == 1
    world.version, world.seconds = 2, 0.9
    assert world.current() == 1
    assert world.looks == 1


def test_a_new_version_is_opened_once_and_used_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.current()
    world.version, world.seconds = 2, 1.1
    assert [world.current(), world.current()] == [2, 2]
    world.seconds = 5.0
    assert world.current() == 2
    assert world.opened == [1, 2]


def test_another_taxonomy_under_the_same_number_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.current()
    world.published, world.seconds = _PUBLISHED + timedelta(hours=1), 1.1
    world.current()
    assert world.opened == [1, 1]


def test_an_error_is_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    monkeypatch.setattr(world, "open", lambda _version: 1 / 0)
    broken = CurrentInferrer(
        cast("Any", SimpleNamespace(connect=nullcontext)), cast("Any", world.open), read_seconds=lambda: 0.0
    )
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            broken.current()
    assert world.looks == 2
