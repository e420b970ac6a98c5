"""Reads the plain part of YAML that the deployment files keep to, and refuses everything else.

No YAML library is among the dependencies. Block mappings and lists, quoted or plain scalars, flow lists of quoted
strings: no anchors, no tags, no block scalars, so that a file reads the same to a person and to every parser.
"""

import json
import re
from typing import Any

_KEY = re.compile(r"([A-Za-z0-9_./-]+):(?: +(.*))?$")
_REFUSED = re.compile(r"[&*!|>%@`{]")


class _Lines:
    def __init__(self, text: str) -> None:
        lines = [line.rstrip() for line in text.splitlines()]
        self.rest = [line for line in lines if line and not line.lstrip().startswith("#")]

    @property
    def indent(self) -> int:
        return len(self.rest[0]) - len(self.rest[0].lstrip(" ")) if self.rest else -1


def read_yaml(text: str) -> Any:  # noqa: ANN401 - YAML holds anything
    """Return the value of a document.

    Raises:
        ValueError: for anything but the plain part of YAML, and for a key that stands twice.
    """
    lines = _Lines(text)
    value = _block(lines, 0)
    if lines.rest:
        raise ValueError(f"unexpected: {lines.rest[0]!r}")
    return value


def _block(lines: _Lines, indent: int) -> Any:  # noqa: ANN401 - YAML holds anything
    if lines.indent != indent:
        raise ValueError(f"indented otherwise than by {indent}: {lines.rest[:1]}")
    return _list(lines, indent) if lines.rest[0].lstrip().startswith("- ") else _mapping(lines, indent)


def _list(lines: _Lines, indent: int) -> list[Any]:
    found = []
    while lines.indent == indent and lines.rest[0].lstrip().startswith("- "):
        item = lines.rest[0].lstrip()[2:]
        if _KEY.match(item):
            lines.rest[0] = " " * (indent + 2) + item
            found.append(_mapping(lines, indent + 2))
        else:
            lines.rest.pop(0)
            found.append(_scalar(item))
    return found


def _mapping(lines: _Lines, indent: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while lines.indent == indent:
        match = _KEY.match(lines.rest[0].lstrip())
        if match is None:
            raise ValueError(f"not a plain key and value: {lines.rest[0]!r}")
        lines.rest.pop(0)
        key, value = match.groups()
        if key in found:
            raise ValueError(f"key {key!r} stands twice")
        if value:
            found[key] = _scalar(value)
        else:
            found[key] = _block(lines, lines.indent) if lines.indent > indent else None
    return found


def _scalar(text: str) -> Any:  # noqa: ANN401 - YAML holds anything
    if text.startswith(('"', "[")):
        return json.loads(text)
    if _REFUSED.match(text) or ": " in text or " #" in text or text.startswith("'"):
        raise ValueError(f"not a plain scalar: {text!r}")
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if re.fullmatch(r"[0-9]+", text) else text
