"""Folders of artefacts: data files and a manifest with their hashes. No pickle; nothing loads unverified."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.errors import InvalidError

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder holds; `files` maps each name to its SHA-256 in hex."""

    kind: str
    format: int
    files: dict[str, str]
    details: dict[str, Any]


def write_manifest(folder: Path, *, kind: str, format: int, details: dict[str, Any]) -> None:  # noqa: A002
    """Hash every file of a folder and write the manifest; a folder without one is not an artefact."""
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != _MANIFEST}
    body = {"kind": kind, "format": format, "files": files, "details": details}
    temporary = folder / f".{_MANIFEST}"
    temporary.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    temporary.replace(folder / _MANIFEST)


def read_manifest(folder: Path, *, kind: str, format: int) -> Manifest:  # noqa: A002
    """Return the manifest of a folder.

    Raises:
        InvalidError: where there is none, or it is of another kind or format.
    """
    path = folder / _MANIFEST
    try:
        body = orjson.loads(path.read_bytes())
        manifest = Manifest(body["kind"], body["format"], dict(body["files"]), dict(body["details"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidError(f"{path} is missing or damaged: {error}") from error
    if (manifest.kind, manifest.format) != (kind, format):
        raise InvalidError(f"{path} is {manifest.kind} format {manifest.format}; needed is {kind} format {format}")
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Check every file against its hash.

    Raises:
        InvalidError: where a file is missing or differs; the message names it.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        if Path(name).name != name:
            raise InvalidError(f"{folder / _MANIFEST} names a file outside its folder: {name!r}")
        if not path.is_file():
            raise InvalidError(f"{path} is missing; delete the folder and it is made again")
        if _sha256(path) != expected:
            raise InvalidError(f"{path} does not match its SHA-256; delete the folder and it is made again")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
