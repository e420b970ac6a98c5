"""Bilingual dictionaries as files: lines with a tab, and the format of Ding's German-English word list.

Ding's lines are `Wort {m}; Ausdruck [tech.] | Wörter {pl} :: word; expression | words`: senses side by side between
bars, those that mean the same between semicolons, what is said about a word in brackets.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.errors import InvalidError
from taxonomy.importers.rows import read_lines
from taxonomy.translation.dictionary import Dictionary, dictionary_of

_SIDES: Final = " :: "
_REMARKS: Final = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|<[^>]*>|/[^/]*/")
_MOST_WORDS: Final = 4
"""Longer entries are sentences and remarks."""


def read_dictionary(path: Path) -> Dictionary:
    """Return a dictionary from English; a line is `English<TAB>other` or Ding's `other :: English`.

    Lines that begin with `#` and lines of neither form are left out.

    Raises:
        InvalidError: where the file has no entry or damaged text.
    """
    entries = dictionary_of(pair for line in read_lines(path, lambda _size: None) for pair in pairs_in(line))
    if not entries.entries:
        raise InvalidError(f"{path} has no entry: lines are English<TAB>other, or other :: English")
    return entries


def pairs_in(line: str) -> Iterator[tuple[str, str]]:
    """Yield the English and the other phrase of each translation in a line."""
    line = line.strip("\r\n")
    if line.startswith("#"):
        return
    if "\t" in line:
        one, other = (part.strip() for part in line.split("\t")[:2])
        if one and other:
            yield one, other
        return
    other_side, _, english = line.partition(_SIDES)
    others, ones = other_side.split("|"), english.split("|")
    if len(others) == len(ones):
        for left, right in zip(ones, others, strict=True):
            for one in _phrases(left):
                yield from ((one.removeprefix("to "), other) for other in _phrases(right))


def _phrases(sense: str) -> list[str]:
    cleaned = (" ".join(_REMARKS.sub(" ", part).split()).strip(" .,") for part in sense.split(";"))
    return [phrase for phrase in cleaned if phrase and len(phrase.split()) <= _MOST_WORDS]
