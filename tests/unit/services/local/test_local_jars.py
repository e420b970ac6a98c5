import errno
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from core.errors import EnvironmentFaultError, InvalidError, RetryError
from services.local import disk, jars, maven
from services.local.jars import Jars
from services.local.lock import Jar
from services.local.maven import Coordinate
from services.local.progress import Silent

if TYPE_CHECKING:
    from conftest import Mirror

CONTENT = bytes(range(256)) * 400


class Recorder(Silent):
    def __init__(self) -> None:
        self.steps: list[str] = []
        self.bytes: list[tuple[int, int]] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def download(self, *, done_bytes: int, total_bytes: int) -> None:
        self.bytes.append((done_bytes, total_bytes))


def jars_of(mirror: "Mirror", cache_dir: Path, *wanted: Jar, progress: Silent | None = None) -> Jars:
    return Jars(cache_dir, jars=wanted, repository=mirror.url, progress=progress or Silent())


def ready(one: Jars) -> tuple[Path, ...]:
    return one.ready(cancelled=Event())


def left_behind(one: Jars) -> list[str]:
    return sorted(path.name for path in one.folder.iterdir() if path.name != ".lock")


def test_missing_jars_are_fetched_and_put_in_place(mirror: "Mirror", tmp_path: Path) -> None:
    wanted = [mirror.publish(f"lib{number}", CONTENT + bytes([number])) for number in range(20)]
    one = jars_of(mirror, tmp_path, *wanted)
    paths = ready(one)
    assert [path.name for path in paths] == [jar.filename for jar in wanted]
    assert all(path.read_bytes() == mirror.files[mirror.path(jar)] for path, jar in zip(paths, wanted, strict=True))
    assert left_behind(one) == sorted(jar.filename for jar in wanted)


def test_progress_grows_to_the_whole(mirror: "Mirror", tmp_path: Path) -> None:
    wanted = [mirror.publish("a", CONTENT), mirror.publish("b", CONTENT * 2)]
    told = Recorder()
    ready(jars_of(mirror, tmp_path, *wanted, progress=told))
    done = [done for done, _ in told.bytes]
    assert done == sorted(done)
    assert told.bytes[-1] == (3 * len(CONTENT), 3 * len(CONTENT))


def test_checked_jars_need_no_network(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    ready(jars_of(mirror, tmp_path, jar))
    mirror.asked.clear()
    ready(Jars(tmp_path, jars=[jar], repository="http://127.0.0.1:9", progress=Silent()))
    assert mirror.asked == []


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: b"x" + content[1:], lambda _content: b""]
)
def test_only_a_damaged_jar_is_fetched_again_and_named(
    mirror: "Mirror", tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    good, bad = mirror.publish("good", CONTENT), mirror.publish("bad", CONTENT)
    path = ready(jars_of(mirror, tmp_path, good, bad))[1]
    path.write_bytes(damage(CONTENT))
    mirror.asked.clear()
    told = Recorder()
    ready(jars_of(mirror, tmp_path, good, bad, progress=told))
    assert path.read_bytes() == CONTENT
    assert mirror.fetched() == [mirror.path(bad)]
    assert any("damaged" in step and "bad-1.0.jar" in step for step in told.steps)


def test_a_damaged_jar_without_network_is_an_error_that_names_it(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    ready(jars_of(mirror, tmp_path, jar))[0].write_bytes(b"evil")
    offline = Jars(tmp_path, jars=[jar], repository="http://127.0.0.1:9", progress=Silent())
    with pytest.raises(EnvironmentFaultError, match=r"org\.example:a:1\.0.*CANONYM_MAVEN_REPOSITORY"):
        ready(offline)
    assert left_behind(offline) == ["a-1.0.jar"]


def test_altered_content_from_the_mirror_is_thrown_away(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    mirror.files[mirror.path(jar)] = b"y" * len(CONTENT)
    one = jars_of(mirror, tmp_path, jar)
    with pytest.raises(EnvironmentFaultError, match=r"a-1\.0\.jar arrived damaged or altered"):
        ready(one)
    assert left_behind(one) == []


def test_a_download_that_breaks_off_leaves_nothing(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    mirror.truncated.add(mirror.path(jar))
    one = jars_of(mirror, tmp_path, jar)
    with pytest.raises(EnvironmentFaultError, match=r"org\.example:a:1\.0.*broke off|arrived damaged"):
        ready(one)
    assert left_behind(one) == []
    mirror.truncated.clear()
    assert ready(one)[0].read_bytes() == CONTENT


def test_a_jar_that_the_mirror_lacks_is_named(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    mirror.files.clear()
    with pytest.raises(EnvironmentFaultError, match=r"org\.example:a:1\.0.*does not have it"):
        ready(jars_of(mirror, tmp_path, jar))


def test_a_full_disk_while_a_jar_is_put_in_place(
    mirror: "Mirror", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = mirror.publish("a", CONTENT)

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(jars, "sync", full)
    one = jars_of(mirror, tmp_path, jar)
    with pytest.raises(EnvironmentFaultError, match="is full: free some space"):
        ready(one)
    assert left_behind(one) == []


def test_a_full_disk_while_a_jar_arrives(mirror: "Mirror", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = mirror.publish("a", CONTENT)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(maven._Fetcher, "_receive", full)
    one = jars_of(mirror, tmp_path, jar)
    with pytest.raises(EnvironmentFaultError, match="is full: free some space"):
        ready(one)
    assert left_behind(one) == []


def test_too_little_room_is_said_before_anything_is_fetched(
    mirror: "Mirror", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = mirror.publish("a", CONTENT)
    real = disk.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: real._replace(free=1_000_000))
    with pytest.raises(EnvironmentFaultError, match="has 1 MB left"):
        ready(jars_of(mirror, tmp_path, jar))
    assert mirror.asked == []


def test_a_start_that_was_called_off_fetches_nothing_more(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    cancelled = Event()
    cancelled.set()
    one = jars_of(mirror, tmp_path, jar)
    with pytest.raises(RetryError):
        one.ready(cancelled=cancelled)
    assert left_behind(one) == []


def test_what_a_killed_download_left_is_cleared_away(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    one = jars_of(mirror, tmp_path, jar)
    (one.folder / ".fetching-old" / "org").mkdir(parents=True)
    ready(one)
    assert left_behind(one) == ["a-1.0.jar"]


def test_an_address_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    jar = Jar(Coordinate("org.example", "a", "1.0"), "0" * 64, 1)
    with pytest.raises(InvalidError, match="CANONYM_MAVEN_REPOSITORY"):
        ready(Jars(tmp_path, jars=[jar], repository="ftp://x", progress=Silent()))


def test_a_password_in_the_mirror_address_is_not_shown(mirror: "Mirror", tmp_path: Path) -> None:
    jar = mirror.publish("a", CONTENT)
    mirror.files.clear()
    address = mirror.url.replace("http://", "http://someone:secret@")
    with pytest.raises(EnvironmentFaultError) as raised:
        ready(Jars(tmp_path, jars=[jar], repository=address, progress=Silent()))
    assert "secret" not in str(raised.value)
