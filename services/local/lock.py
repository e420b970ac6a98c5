"""The jars of Apache Kafka, pinned by coordinate, size and SHA-256.

`python -m services.local.lock` resolves them anew and writes the pinned list; a change of version is
a change of the constants here, that command, and a look at what it changed.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import InvalidError
from services.local.maven import Coordinate, Maven

KAFKA_VERSION: Final = "4.3.1"
LOCK_FILE: Final = Path(__file__).with_name("kafka.lock.json")

ROOT: Final = Coordinate("org.apache.kafka", "kafka_2.13", KAFKA_VERSION)

# Kafka's own list of runtime dependencies leaves out the bridge from its logging interface to Log4j:
# without it the broker logs nothing at all. What the bridge needs is in Kafka's list already.
BRIDGE: Final = Coordinate("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4")
_SHA256_DIGITS: Final = 64


@dataclass(frozen=True)
class Jar:
    """One pinned jar: where it is in a Maven repository, and what it must be."""

    coordinate: Coordinate
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        """Return the jar's file name."""
        return f"{self.coordinate.artifact}-{self.coordinate.version}.jar"


def read_lock(path: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """Return the pinned jars.

    Raises:
        InvalidError: where the file is not a list of pinned jars for this version of Kafka.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        jars = tuple(
            Jar(Coordinate.parse(one["coordinate"]), str(one["sha256"]), int(one["size_bytes"]))
            for one in facts["jars"]
        )
        version = facts["kafka"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidError(f"{path} is not a list of pinned jars ({error}): install Canonym again.") from error
    if version != KAFKA_VERSION:
        raise InvalidError(f"{path} pins Kafka {version} and not {KAFKA_VERSION}: run `python -m services.local.lock`.")
    _check(jars, path)
    return jars


def write_lock(jars: Iterable[Jar], path: Path = LOCK_FILE) -> None:
    """Write the pinned jars, sorted, one a line."""
    ordered = sorted(jars, key=lambda jar: str(jar.coordinate))
    lines = ",\n".join(
        "    " + json.dumps({"coordinate": str(jar.coordinate), "sha256": jar.sha256, "size_bytes": jar.size_bytes})
        for jar in ordered
    )
    path.write_text(f'{{\n  "kafka": "{KAFKA_VERSION}",\n  "jars": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


def resolve(*, repository: str | None) -> tuple[Jar, ...]:
    """Resolve Kafka with all that it needs at run time, fetch each jar, and pin it.

    Raises:
        EnvironmentFaultError: where the repository does not answer or lacks a file.
    """
    with tempfile.TemporaryDirectory(prefix="canonym-lock-") as folder:
        maven = Maven(Path(folder), repository=repository)
        return tuple(_pin(coordinate, maven.fetch(coordinate)) for coordinate in [*maven.closure(ROOT), BRIDGE])


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _pin(coordinate: Coordinate, path: Path) -> Jar:
    return Jar(coordinate, sha256_of(path), path.stat().st_size)


def _check(jars: tuple[Jar, ...], path: Path) -> None:
    for jar in jars:
        if len(jar.sha256) != _SHA256_DIGITS or jar.size_bytes <= 0 or "/" in jar.filename:
            raise InvalidError(f"{path} has no usable size and SHA-256 for {jar.coordinate}: install Canonym again.")
    if len({jar.filename for jar in jars}) != len(jars):
        raise InvalidError(f"{path} names a jar twice: run `python -m services.local.lock`.")


def main(arguments: list[str]) -> None:
    """Pin the jars anew; the one optional argument is a mirror of Maven Central."""
    repository = arguments[0] if arguments else None
    jars = resolve(repository=repository)
    write_lock(jars)
    sys.stdout.write(
        f"{len(jars)} jars, {sum(jar.size_bytes for jar in jars) / 1e6:.1f} MB pinned in {LOCK_FILE.name}\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
