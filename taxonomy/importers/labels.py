"""Cleaning of labels, and the collector that keeps an entity's aliases free of repetition."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from taxonomy.model import Alias, AliasKind, Rejection

MAX_LABEL_CHARACTERS: Final = 500
ANY_LANGUAGE: Final = "mul"

EMPTY_LABEL: Final = "empty label"
LONG_LABEL: Final = "label over 500 characters"
CONTROL_CHARACTER: Final = "control or damaged character in label"
NO_LETTER: Final = "label without letter or digit"
EQUALS_NAME: Final = "alias equals the name"
DUPLICATE_ALIAS: Final = "duplicate alias"
DUPLICATE_ID: Final = "duplicate id"
NOT_RELEASED: Final = "status is not released"

# Soft hyphen, zero-width space, marks of direction and the byte order mark print nothing; the joiners U+200C
# and U+200D stay because Persian and several Indian scripts are spelled with them.
_INVISIBLE: Final = dict.fromkeys(
    [0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)
_UNUSABLE: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
_DETAIL_TEXTS: Final = 3
_DETAIL_CHARACTERS: Final = 80


def clean_label(text: str) -> str:
    """Return a label in Unicode form NFC, blanks collapsed, without characters that print nothing."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return " ".join(text.split())


def label_problem(label: str) -> str | None:
    """Return why a cleaned label cannot be used, or None where it can."""
    if not label:
        return EMPTY_LABEL
    if len(label) > MAX_LABEL_CHARACTERS:
        return LONG_LABEL
    if _UNUSABLE.search(label):
        return CONTROL_CHARACTER
    if not any(map(str.isalnum, label)):
        return NO_LETTER
    return None


def holds_control_character(text: str) -> bool:
    """Whether a text that is stored as it is (an id, an attribute) holds a character that cannot be kept."""
    return _UNUSABLE.search(text) is not None


def shorten(text: str) -> str:
    """Return a text short enough for the detail of a rejection."""
    return text if len(text) <= _DETAIL_CHARACTERS else f"{text[: _DETAIL_CHARACTERS - 1]}…"


class AliasCollector:
    """Collects the aliases of one entity; what it leaves out is counted by reason."""

    def __init__(self, name: str, language: str, *, source: str) -> None:
        self._name = name.casefold()
        self._language = language
        self._source = source
        self._aliases: list[Alias] = []
        self._seen: dict[str, set[str]] = {}
        self._left_out: dict[str, list[str]] = {}

    def add(
        self,
        text: str,
        kind: AliasKind = AliasKind.SYNONYM,
        *,
        language: str | None = None,
        confidence: float = 1.0,
        derived: bool = False,
    ) -> None:
        """Add an alias, in the language of the name unless another is given, or count why not.

        A `derived` alias is one that a rule made of another label; its repetition is nobody's mistake, so it
        is not counted.
        """
        label = clean_label(text)
        folded = label.casefold()
        alias_language = language or self._language
        problem = label_problem(label) or self._repetition(folded, alias_language)
        if problem is not None:
            if not derived:
                self.leave_out(label, problem)
            return
        self._seen.setdefault(folded, set()).add(alias_language)
        self._aliases.append(Alias(label, alias_language, kind, self._source, confidence))

    def leave_out(self, text: str, reason: str) -> None:
        """Count an alias that the caller decided not to add."""
        self._left_out.setdefault(reason, []).append(text)

    @property
    def aliases(self) -> tuple[Alias, ...]:
        """Return the aliases in the order of their coming."""
        return tuple(self._aliases)

    def rejections(self, *, file: str, line: int) -> Iterator[Rejection]:
        """Yield one rejection for each reason why aliases of this row were left out."""
        for reason, texts in self._left_out.items():
            shown = ", ".join(repr(shorten(text)) for text in texts[:_DETAIL_TEXTS])
            more = len(texts) - _DETAIL_TEXTS
            yield Rejection(file, line, reason, f"{shown} and {more} more" if more > 0 else shown)

    def _repetition(self, folded: str, language: str) -> str | None:
        """Tell whether a text is there already; `mul` covers every language, in both directions."""
        if folded == self._name and (language in (self._language, ANY_LANGUAGE) or self._language == ANY_LANGUAGE):
            return EQUALS_NAME
        known = self._seen.get(folded)
        if known and (language in known or ANY_LANGUAGE in known or language == ANY_LANGUAGE):
            return DUPLICATE_ALIAS
        return None
