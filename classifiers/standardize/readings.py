"""Ways to read the value of a field: whole, without decoration, or cut into parts. Pure.

A reading is a tuple of spans of the text that could each be a mention. Which reading is right is decided later,
by the confidences of the entities that its spans find.
"""

import re
from dataclasses import dataclass, field
from importlib import resources
from typing import Final, NamedTuple

from classifiers.standardize.decoration import EMPLOYER_WORDS, bare, is_placeholder, undecorated
from classifiers.standardize.negation import REFUSALS, ruled_out
from classifiers.standardize.text import Token, fold, is_plain, tokenize, without_references
from taxonomy.model import EntityType

MAX_PARTS: Final = 60
MAX_FIELD_CHARACTERS: Final = 1_000
"""A field's value beyond this is read no further."""

_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]{0,200}[)\]}]")
_SYMBOLS = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_LIST_SEPARATOR = re.compile(
    rf"[,;|/\\\n\t•·●▪()]|{_SYMBOLS}|\s[-–—:+]\s|\s#(?=\w)|(?:^|\s)\d{{1,2}}[.)]\s|\s(?:and|und|y|et|&|or)\s",
    re.IGNORECASE,
)
_PLACE_SEPARATOR = re.compile(rf"[,;|/\n\t•()]|{_SYMBOLS}|\s[-–—]\s")
_ROLE_SEPARATOR = re.compile(rf"[,;|/\n\t•@()]|{_SYMBOLS}|\s[-–—]\s|:\s|\s(?:en|in|for)\s", re.IGNORECASE)
_DEGREE_SEPARATOR = re.compile(r"[,;|/\n\t•():]|\s[-–—]\s|\s(?:in|en|with|from|and|und|y|&)\s", re.IGNORECASE)
_STUDY_SEPARATOR = re.compile(r"[,;|/\n\t•():]|\s[-–—]\s|\s(?:in|of|en|with|from|and|und|y|&)\s", re.IGNORECASE)
_HARD_SEPARATOR = re.compile(rf"[|;\n\t•·●▪]|\s/\s|{_SYMBOLS}")
"""What no name has inside."""
_DASH = re.compile(r"\s[-–—]\s")
_FIELD_AFTER = re.compile(r"[^,;|/()\n]*\s(?:in|en)\s", re.IGNORECASE)
_SCHOOL_BEFORE = re.compile(r"\s(?:school|college|faculty|department|dept\.?) of\s", re.IGNORECASE)
_JOINS = frozenset({"of", "de", "and", "und", "y", "et"})
"""A degree's name does not end before or with one of these."""
_LONGEST_DEGREE: Final = 4
_DEGREE_LIST = re.compile(r"[,;|/&]")
_MAY_BE_RULED_OUT: Final = frozenset(
    {EntityType.SKILL, EntityType.TITLE, EntityType.DEGREE, EntityType.CERTIFICATE, EntityType.LANGUAGE}
)

_SEPARATORS: Final[dict[EntityType, tuple[re.Pattern[str], ...]]] = {
    EntityType.LOCATION: (_PLACE_SEPARATOR,),
    EntityType.SCHOOL: (_PLACE_SEPARATOR,),
    EntityType.COMPANY: (_PLACE_SEPARATOR,),
    EntityType.TITLE: (_ROLE_SEPARATOR,),
    EntityType.DEGREE: (_PLACE_SEPARATOR, _DEGREE_SEPARATOR),
    EntityType.FIELD_OF_STUDY: (_PLACE_SEPARATOR, _STUDY_SEPARATOR),
}
"""Where a value is cut, from coarse to fine: what joins two items may also stand inside one."""

_SEPARATING_WORDS: Final = frozenset({"in", "en", "for", "with", "from", "of", "and", "und", "y", "et", "or"})
"""The words in these patterns, without one of which a value of nothing but words is not cut."""

_JOB_LEVELS: Final = frozenset(
    {"assistant-manager", "manager", "senior-manager", "head", "director", "vice-president",
     "c-level", "owner"}
)  # fmt: skip
"""Levels whose words name the job too: without `Manager`, a Sales Manager would be somebody who sells."""


class Part(NamedTuple):
    """A span of a text that could be a mention, from `start` to before `end`, with its folded tokens as key."""

    start: int
    end: int
    key: str


Reading = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Seniority:
    """The words that say how senior a person is, and the level that each stands for."""

    level_by_words: dict[str, str]
    _outer: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        phrases = [words.split(" ") for words in self.level_by_words]
        outer = frozenset(word for phrase in phrases for word in (phrase[0], phrase[-1]))
        object.__setattr__(self, "_outer", outer)

    def parse(self, tokens: list[Token]) -> tuple[str | None, list[Token]]:
        """Return the level named at the start or end of a title, if any, and the tokens without its words."""
        if not tokens or (tokens[0].folded not in self._outer and tokens[-1].folded not in self._outer):
            return None, tokens
        level: str | None = None
        rest = list(tokens)
        for at_start in (True, False):
            while found := self._rim(rest, at_start=at_start):
                level = level or found[0]
                if found[0] in _JOB_LEVELS or (found[0] == "assistant" and not at_start):
                    break
                rest = rest[found[1] :] if at_start else rest[: -found[1]]
        return level, rest

    def level_of(self, tokens: list[Token]) -> str | None:
        """Return the level that these tokens name and nothing else; None where they do not."""
        return self.level_by_words.get(" ".join([token.folded for token in tokens]))

    def _rim(self, tokens: list[Token], *, at_start: bool) -> tuple[str, int] | None:
        """Return the level at the start or end of a title and the number of its words, which are not all of them."""
        for length in (2, 1):
            if len(tokens) > length and (level := self.level_of(tokens[:length] if at_start else tokens[-length:])):
                return level, length
        return None


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
    # Phrases such as `management trainee` are jobs of their own; `entry level` and `level 3` are not.
    return Seniority({words: level for words, level in levels.items() if " " not in words or "level" in words})


class Value(NamedTuple):
    """The value of a field as far as it is read, its tokens, their words, and the part that they make together.

    In a plain one, words alone separate what it names.
    """

    text: str
    tokens: list[Token]
    words: frozenset[str]
    whole: Part
    plain: bool


def parse(text: str, entity_type: EntityType) -> Value | None:
    """Return a value to be read; None where it names nothing: empty, a placeholder, or what is not the case."""
    bounded = without_references(text[:MAX_FIELD_CHARACTERS])
    tokens = tokenize(bounded)
    if not tokens:
        return None
    value = Value(
        bounded, tokens, frozenset([token.folded for token in tokens]), _part(bounded, tokens), is_plain(bounded)
    )
    return None if is_placeholder(value.whole.key, entity_type) or _is_ruled_out(value, entity_type) else value


def may_be_one_name(value: Value) -> bool:
    """Whether nothing in a value says that it is more than one name: then the first of its readings is the whole."""
    return value.plain or not _HARD_SEPARATOR.search(value.text)


def seniority_of(value: Value, entity_type: EntityType, seniority: Seniority) -> str | None:
    """Return the seniority that a value names; only a title does."""
    if entity_type is not EntityType.TITLE:
        return None
    return _core(*_undecorated_text(value, entity_type), entity_type, seniority)[0]


def readings(value: Value, entity_type: EntityType, seniority: Seniority) -> tuple[str | None, list[Reading]]:
    """Return the seniority found (titles only) and the readings of a value, simplest first."""
    bounded, tokens = value.text, value.tokens
    stripped, kept = _undecorated_text(value, entity_type)
    level, core = _core(stripped, kept, entity_type, seniority)
    found: list[Reading] = []
    if value.plain or not _HARD_SEPARATOR.search(stripped) or len(_groups(stripped, kept, _HARD_SEPARATOR)) < 2:
        found.append((value.whole,))
        if core and len(core) < len(tokens):
            found.append((_part(bounded, core),))
    found += _pieces(bounded, stripped, kept, entity_type)
    if value.plain and _SEPARATING_WORDS.isdisjoint(value.words):
        return level, list(dict.fromkeys(found))
    for separator in (_HARD_SEPARATOR, *_SEPARATORS.get(entity_type, (_LIST_SEPARATOR,))):
        if separator.search(stripped) and len(groups := _groups(stripped, kept, separator)) > 1:
            parts = [_part(bounded, _named(group, entity_type, seniority)) for group in groups[:MAX_PARTS]]
            found.append(tuple([part for part in parts if not is_placeholder(part.key, entity_type)]))
    return level, list(dict.fromkeys([reading for reading in found if reading]))


def _undecorated_text(value: Value, entity_type: EntityType) -> tuple[str, list[Token]]:
    """Return the text of a value with blanks in place of decoration, and its tokens."""
    if value.plain and EMPLOYER_WORDS.isdisjoint(value.words):
        return value.text, value.tokens
    plain = bare(value.text, entity_type)
    return plain, value.tokens if plain == value.text else tokenize(plain) or value.tokens


def _named(tokens: list[Token], entity_type: EntityType, seniority: Seniority) -> list[Token]:
    """Return the tokens of one item of a list without what names nothing."""
    return _job(tokens, seniority)[1] if entity_type is EntityType.TITLE else undecorated(tokens, entity_type)


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
    if "(" not in text and "[" not in text and "{" not in text:
        return tokens
    spans = [match.span() for match in _BRACKETS.finditer(text)]
    return [token for token in tokens if not any(start < token.start and token.end <= end for start, end in spans)]


def _core(
    plain: str, tokens: list[Token], entity_type: EntityType, seniority: Seniority
) -> tuple[str | None, list[Token]]:
    """Return the level and the tokens of a value without brackets and decoration; no tokens for a list in brackets."""
    outside = _outside_brackets(plain, tokens) or tokens
    if len(outside) < len(tokens) and entity_type not in _SEPARATORS and _lists_in_brackets(plain):
        return None, []
    if entity_type is not EntityType.TITLE:
        return None, undecorated(outside, entity_type)
    level, core = _job(outside, seniority)
    if level is None and len(outside) < len(tokens):
        shown = set(outside)
        level = seniority.level_of([token for token in tokens if token not in shown])
    return level, core


def _job(tokens: list[Token], seniority: Seniority) -> tuple[str | None, list[Token]]:
    """Return the level and the job of a title; a level may stand within an advert, or a number end it."""
    level, job = seniority.parse(tokens)
    job = undecorated(job, EntityType.TITLE)
    if level is None:
        level, job = seniority.parse(job)
    return level, job


def job_key(text: str, seniority: Seniority) -> str:
    """Return the folded words of a title without brackets, decoration and level; all where nothing else would stay."""
    bounded = without_references(text[:MAX_FIELD_CHARACTERS])
    plain = bare(bounded, EntityType.TITLE)
    tokens = tokenize(plain)
    _, job = _job(_outside_brackets(plain, tokens) or tokens, seniority)
    return " ".join([token.folded for token in job]) or fold(bounded)


def _pieces(text: str, plain: str, tokens: list[Token], entity_type: EntityType) -> list[Reading]:
    """Return the readings of one piece of the value that is known to stand in its place for this type."""
    if entity_type is EntityType.TITLE:
        return _before(text, plain, tokens, _DASH)
    if entity_type is EntityType.SCHOOL:
        return _before(text, plain, tokens, _SCHOOL_BEFORE)
    if entity_type is EntityType.DEGREE:
        return _leading_degrees(text, tokens)
    if entity_type is EntityType.FIELD_OF_STUDY and (match := _FIELD_AFTER.match(plain)):
        after = [token for token in tokens if token.start >= match.end()]
        return [(_part(text, after),)] if after else []
    return []


def _before(text: str, plain: str, tokens: list[Token], mark: re.Pattern[str]) -> list[Reading]:
    """Return the reading of what stands before a mark, if there is one."""
    match = mark.search(plain)
    before = [token for token in tokens if token.end <= match.start()] if match else []
    return [(_part(text, before),)] if before else []


def _leading_degrees(text: str, tokens: list[Token]) -> list[Reading]:
    """Return the starts of a value that could be a degree whose field follows, longest first."""
    if _DEGREE_LIST.search(text):
        return []
    return [
        (_part(text, tokens[:length]),)
        for length in range(min(_LONGEST_DEGREE, len(tokens) - 1), 0, -1)
        if not {tokens[length - 1].folded, tokens[length].folded} & _JOINS
    ]


def _lists_in_brackets(text: str) -> bool:
    """Whether brackets hold more than one thing."""
    return any(_LIST_SEPARATOR.search(text, match.start() + 1, match.end() - 1) for match in _BRACKETS.finditer(text))


def _is_ruled_out(value: Value, entity_type: EntityType) -> bool:
    """Whether a value says what somebody lacks or what is not asked for, from its first word to its last."""
    if entity_type not in _MAY_BE_RULED_OUT or len(value.tokens) == 1 or REFUSALS.isdisjoint(value.words):
        return False
    start = value.tokens[0].start
    return any(first <= start < last for first, last in ruled_out(value.text))
