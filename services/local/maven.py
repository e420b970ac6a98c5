"""The Maven repository that Kafka's jars come from, reached through the library jgo.

jgo resolves dependencies and fetches single files; this module turns what can go wrong there into
errors that say what to do.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jgo.maven import Artifact, MavenContext, PythonResolver
from jgo.util import http

from core.errors import EnvironmentFaultError, InvalidError
from services.local.disk import fault

_TIMEOUT_SECONDS: Final = 30
_PIECE_BYTES: Final = 65_536


@dataclass(frozen=True, order=True)
class Coordinate:
    """What a Maven repository calls one jar."""

    group: str
    artifact: str
    version: str

    @classmethod
    def parse(cls, text: str) -> "Coordinate":
        """Read `group:artifact:version`.

        Raises:
            ValueError: where the text is something else.
        """
        group, artifact, version = text.split(":")
        return cls(group, artifact, version)

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


class Maven:
    """One repository, Maven Central unless a mirror is named, and the folder that fetched files go to.

    `arrived` is told the number of bytes of each piece as it arrives; what it raises ends the fetch.
    """

    def __init__(self, folder: Path, *, repository: str | None, arrived: Callable[[int], None] | None = None) -> None:
        self._folder = folder
        self._name = "Maven Central" if repository is None else _without_password(repository)
        self._context = MavenContext(
            resolver=_Fetcher(arrived),
            repo_cache=folder,
            remote_repos=None if repository is None else {"mirror": repository.rstrip("/")},
            timeout=_TIMEOUT_SECONDS,
        )

    def closure(self, root: Coordinate) -> list[Coordinate]:
        """Return a jar and everything that it needs at run time.

        Raises:
            EnvironmentFaultError: where the repository does not answer or lacks a description.
        """
        try:
            inputs, others = self._context.resolver.resolve([self._context.create_dependency(str(root))])
        except (OSError, RuntimeError) as error:
            raise self._fault(f"The list of what {root} needs", error) from error
        return sorted({Coordinate(one.groupId, one.artifactId, one.version) for one in [*inputs, *others]})

    def fetch(self, coordinate: Coordinate) -> Path:
        """Fetch one jar and return where it lies; nobody has checked it yet.

        Raises:
            EnvironmentFaultError: where the repository does not answer, lacks it, or breaks off.
        """
        component = self._context.project(coordinate.group, coordinate.artifact).at_version(coordinate.version)
        try:
            return Path(component.artifact().resolve())
        except (OSError, RuntimeError) as error:
            raise self._fault(str(coordinate), error) from error

    def _fault(self, what: str, error: OSError | RuntimeError) -> EnvironmentFaultError:
        # The library's network errors are OSErrors too, but without the operating system's number.
        if isinstance(error, OSError) and error.errno is not None:
            return fault(self._folder, error)
        reason = str(error) if isinstance(error, _RefusedError) else f"broke off ({type(error).__name__})"
        return EnvironmentFaultError(
            f"{what} could not be fetched: {self._name} {reason}. Check the network and try again, or set "
            "CANONYM_MAVEN_REPOSITORY to a mirror of Maven Central that this machine reaches."
        )


class _RefusedError(RuntimeError):
    """The repository answered, and not with the file."""


class _Fetcher(PythonResolver):  # type: ignore[misc]  # jgo tells no types
    """jgo's resolver with a download of our own: it closes its connections and leaves no half of a file."""

    def __init__(self, arrived: Callable[[int], None] | None) -> None:
        super().__init__()
        self._arrived = arrived

    def download(self, artifact: Artifact) -> Path:
        """Fetch one file into the folder.

        Raises:
            OSError: where the connection or the disk fails.
            RuntimeError: where the repository does not give the file.
        """
        (repository,) = artifact.context.remote_repos.values()
        address = f"{repository}/{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
        target = Path(artifact.cached_path)
        with closing(http.get(address, stream=True, timeout=artifact.context.timeout)) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise _RefusedError("does not have it")
            if response.status_code != HTTPStatus.OK:
                raise _RefusedError(f"answered with HTTP status {response.status_code}")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._receive(response.iter_content(_PIECE_BYTES), target)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        return target

    def _receive(self, pieces: Iterable[bytes], target: Path) -> None:
        with target.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                if self._arrived is not None:
                    self._arrived(len(piece))


def _without_password(repository: str) -> str:
    parts = urlsplit(repository)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidError("CANONYM_MAVEN_REPOSITORY is not an address that begins with http:// or https://.")
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
