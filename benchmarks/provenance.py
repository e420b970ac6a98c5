"""Where a figure comes from: the code, the data and the machine that it was measured with."""

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.child import usable_processors

HOME: Final = Path(__file__).parent
"""The folder of the benchmarks: reports and printouts lie in it."""
_ROOT: Final = HOME.parent
_PACKAGES: Final = ("benchmarks", "classifiers", "core", "graph", "migrations", "services", "stream", "taxonomy")
_PROCESSORS: Final = Path("/proc/cpuinfo")
_GIB: Final = 2**30
_READ_BYTES: Final = 2**20


def data_fingerprint(data: Path | None) -> str:
    """Return 12 hexadecimal digits of the names and contents of all files of a folder; "none" without one."""
    if data is None:
        return "none"
    return _fingerprint(data, (path for path in data.rglob("*") if path.is_file()))


def code_fingerprint(root: Path = _ROOT) -> str:
    """Return 12 hexadecimal digits of all that the packages consist of, be it committed or not.

    What is made of it while it runs (machine code, reports, printouts) is none of it.
    """
    files = (path for package in _PACKAGES for path in (root / package).rglob("*") if path.is_file())
    out = root / HOME.name / "out"
    made = {".md", ".pyc"}
    return _fingerprint(
        root, (p for p in files if p.suffix not in made and "__pycache__" not in p.parts and out not in p.parents)
    )


def commit() -> str:
    """Return the commit of this checkout, and whether its code differs from it; "unknown" without git."""
    found = _git("rev-parse", "--short=10", "HEAD")
    changed = _git("status", "--porcelain", "--", *_PACKAGES, ":!*.md")
    return f"{found} with changes" if found and changed else found or "unknown"


def _git(*words: str) -> str:
    """Return what git says about this checkout; nothing where it says nothing, or is missing."""
    git = shutil.which("git")
    if git is None:
        return ""
    return subprocess.run([git, *words], cwd=_ROOT, capture_output=True, text=True, check=False).stdout.strip()


def machine() -> str:
    """Return processor, cores, memory and system in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    cores = usable_processors()
    return f"{_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    if _PROCESSORS.is_file():
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _fingerprint(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}\0".encode())
        with path.open("rb") as stream:
            while some := stream.read(_READ_BYTES):
                digest.update(some)
        digest.update(b"\0")
    return digest.hexdigest()
