"""What an importer is: a source of files, and a reader that turns it into drafts and rejections."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidError
from taxonomy.model import EntityDraft, Rejection


@dataclass(frozen=True, slots=True)
class Source:
    """Files that make up one import.

    `key` names the import (`esco:en`, `plain:partners`) and is the source of the aliases that it brings;
    `format` chooses the reader.
    """

    key: str
    format: str
    paths: tuple[Path, ...]
    title: str

    @property
    def size_bytes(self) -> int:
        """Return the size of the files as they lie on disk: the total for a progress bar."""
        return sum(path.stat().st_size for path in self.paths)


Advance: TypeAlias = Callable[[int], None]
"""Told how many more bytes of the source's files, as they lie on disk, have been read."""

Item: TypeAlias = EntityDraft | Rejection
Reader: TypeAlias = Callable[[Source, Advance], Iterator[Item]]


class MalformedFileError(InvalidError):
    """A file is damaged in its structure, so none of it can be trusted; `line` and `column` count from 1."""

    def __init__(self, file: str, *, line: int, column: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}, column {column}: {problem}")
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
