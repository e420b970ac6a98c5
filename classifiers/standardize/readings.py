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

Span = tuple[int, int]
Reading = tuple[Span, ...]

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
    found: list[Reading] = [((tokens[0].start, _end(bounded, tokens[-1])),)]
    core = _outside_brackets(bounded, tokens) or tokens
    if entity_type is EntityType.TITLE:
        level, core = seniority.parse(core)
    found.append(((core[0].start, _end(bounded, core[-1])),))
    parts = _parts(bounded, _SEPARATORS.get(entity_type, _LIST_SEPARATOR))
    if entity_type is EntityType.TITLE:
        parts = tuple(_without_seniority(bounded, part, seniority) for part in parts)
    if len(parts) > 1:
        found.append(parts)
    unique = list(dict.fromkeys(found))
    return level, unique


def _without_seniority(text: str, span: Span, seniority: Seniority) -> Span:
    start, end = span
    _, rest = seniority.parse(tokenize(text[start:end]))
    return (start + rest[0].start, start + rest[-1].end) if rest else span


def _parts(text: str, separator: re.Pattern[str]) -> Reading:
    """Return the spans between separators that hold at least one token."""
    spans: list[Span] = []
    position = 0
    for match in separator.finditer(text):
        spans.append((position, match.start()))
        position = match.end()
    spans.append((position, len(text)))
    trimmed = (_trim(text, span) for span in spans)
    return tuple(span for span in trimmed if span is not None)[:MAX_PARTS]


def _trim(text: str, span: Span) -> Span | None:
    """Shrink a span to its first and last token; None where it has none."""
    start, end = span
    tokens = tokenize(text[start:end])
    if not tokens:
        return None
    return (start + tokens[0].start, start + tokens[-1].end)


def _end(text: str, token: Token) -> int:
    """Return where a mention that ends with a token ends; the dot of an abbreviation belongs to it."""
    dotted = "." in text[token.start : token.end] and text[token.end : token.end + 1] == "."
    return token.end + 1 if dotted else token.end


def _outside_brackets(text: str, tokens: list[Token]) -> list[Token]:
    """Return the tokens that stand in no brackets."""
    spans = [match.span() for match in _BRACKETS.finditer(text)]
    return [token for token in tokens if not any(start < token.start and token.end <= end for start, end in spans)]
