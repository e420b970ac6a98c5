"""Artefacts: folders with a manifest of hashes, and single JSON files with a hash of their own.

No pickle; nothing loads unverified.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.errors import InvalidError

_MANIFEST = "manifest.json"
_SEAL = "sha256"
"""Name of the value that holds the hash of a single file."""


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


def sealed_json(body: dict[str, Any]) -> bytes:
    """Return a JSON object as a file of its own, with the hash of its content inside."""
    content = {name: value for name, value in body.items() if name != _SEAL}
    return orjson.dumps(content | {_SEAL: _content_hash(content)}, option=orjson.OPT_INDENT_2) + b"\n"


def verify_sealed(path: Path) -> None:
    """Check a file of `sealed_json` against the hash inside.

    Raises:
        InvalidError: where the file is missing, is no JSON object, has no hash, or was changed afterwards.
    """
    try:
        body = orjson.loads(path.read_bytes())
        sealed = body.pop(_SEAL, None)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InvalidError(f"{path} is missing or damaged: {error}") from error
    if sealed is None:
        raise InvalidError(f"{path} does not carry its SHA-256 ({_SEAL!r}); make it again")
    if sealed != _content_hash(body):
        raise InvalidError(f"{path} does not match the SHA-256 that it carries: it was changed; make it again")


def _content_hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
