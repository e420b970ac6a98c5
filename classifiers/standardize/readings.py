"""Ways to read the value of a field: whole, without decoration, or cut into parts. Pure.

A reading is a tuple of spans of the text that could each be a mention. Which reading is right is decided later,
by the confidences of the entities that its spans find.
"""

import re
from dataclasses import dataclass
from importlib import resources
from typing import Final

from classifiers.standardize.text import Token, fold, tokenize
from taxonomy.model import EntityType

MAX_PARTS: Final = 60
MAX_FIELD_CHARACTERS: Final = 1_000
"""A field's value beyond this is read no further."""

_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]{0,200}[)\]}]")
_LIST_SEPARATOR = re.compile(r"[,;|/\\\n\t•·●▪]|\s[-–—:]\s|\s(?:and|und|y|et|&|or)\s", re.IGNORECASE)
_PLACE_SEPARATOR = re.compile(r"[,;|/\n\t•()]|\s[-–—]\s")
_ROLE_SEPARATOR = re.compile(r"[,;|/\n\t•@()]|\s[-–—:]\s|\s(?:at|bei|en|in|for)\s", re.IGNORECASE)
_STUDY_SEPARATOR = re.compile(r"[,;|\n\t•():]|\s[-–—]\s|\s(?:in|of|en|with|from)\s", re.IGNORECASE)

_SEPARATORS: Final[dict[EntityType, re.Pattern[str]]] = {
    EntityType.LOCATION: _PLACE_SEPARATOR,
    EntityType.SCHOOL: _PLACE_SEPARATOR,
    EntityType.COMPANY: _PLACE_SEPARATOR,
    EntityType.TITLE: _ROLE_SEPARATOR,
    EntityType.DEGREE: _STUDY_SEPARATOR,
    EntityType.FIELD_OF_STUDY: _STUDY_SEPARATOR,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A span of a text that could be a mention, from `start` to before `end`, with its folded tokens as key."""

    start: int
    end: int
    key: str


Reading = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Seniority:
    """The words that say how senior a person is, and the level that each stands for."""

    level_by_words: dict[str, str]

    def parse(self, tokens: list[Token]) -> tuple[str | None, list[Token]]:
        """Return the level named at the start or end of a title, if any, and the tokens without its words."""
        level: str | None = None
        rest = list(tokens)
        while len(rest) > 1 and rest[0].folded in self.level_by_words:
            level = level or self.level_by_words[rest[0].folded]
            rest = rest[1:]
        while len(rest) > 1 and rest[-1].folded in self.level_by_words:
            level = level or self.level_by_words[rest[-1].folded]
            rest = rest[:-1]
        return level, rest


def load_seniority() -> Seniority:
    """Return the seniority words that come with the starter taxonomy, in all its languages."""
    table = resources.files("taxonomy.starter").joinpath("seniority.tsv").read_text(encoding="utf-8")
    header, *lines = [line.split("\t") for line in table.splitlines() if line]
    levels: dict[str, str] = {}
    for line in lines:
        row = dict(zip(header, line, strict=True))
        for column in ("name", "words", "de", "es"):
            for word in row[column].split(" | "):
                if key := fold(word):
                    levels.setdefault(key, row["key"])
    return Seniority({words: level for words, level in levels.items() if " " not in words})


def readings(text: str, entity_type: EntityType, seniority: Seniority) -> tuple[str | None, list[Reading]]:
    """Return the seniority found (titles only) and the readings of a field's value, simplest first."""
    bounded = text[:MAX_FIELD_CHARACTERS]
    tokens = tokenize(bounded)
    if not tokens:
        return None, []
    level: str | None = None
    found: list[Reading] = [(_part(bounded, tokens),)]
    core = _outside_brackets(bounded, tokens) or tokens
    if entity_type is EntityType.TITLE:
        level, core = seniority.parse(core)
    if len(core) < len(tokens):
        found.append((_part(bounded, core),))
    groups = _groups(bounded, tokens, _SEPARATORS.get(entity_type, _LIST_SEPARATOR))
    if entity_type is EntityType.TITLE:
        groups = [seniority.parse(group)[1] for group in groups]
    if len(groups) > 1:
        found.append(tuple(_part(bounded, group) for group in groups[:MAX_PARTS]))
    return level, found


def _part(text: str, tokens: list[Token]) -> Part:
    """Return the part that some tokens make; the dot that ends an abbreviation belongs to it."""
    first, last = tokens[0], tokens[-1]
    dotted = "." in text[last.start : last.end] and text[last.end : last.end + 1] == "."
    return Part(first.start, last.end + 1 if dotted else last.end, " ".join([token.folded for token in tokens]))


def _groups(text: str, tokens: list[Token], separator: re.Pattern[str]) -> list[list[Token]]:
    """Return the tokens between separators, without empty groups and without the separators' own words."""
    groups: list[list[Token]] = [[]]
    cuts = [match.span() for match in separator.finditer(text)]
    position = 0
    for token in tokens:
        while position < len(cuts) and cuts[position][1] <= token.start:
            groups.append([])
            position += 1
        if position < len(cuts) and cuts[position][0] < token.end:
            continue
        groups[-1].append(token)
    return [group for group in groups if group]


def _outside_brackets(text: str, tokens: list[Token]) -> list[Token]:
    """Return the tokens that stand in no brackets."""
    spans = [match.span() for match in _BRACKETS.finditer(text)] if "(" in text or "[" in text or "{" in text else []
    return [token for token in tokens if not any(start < token.start and token.end <= end for start, end in spans)]
