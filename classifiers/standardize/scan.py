"""Find aliases in running text: the longest alias that starts at each token, left to right, without overlap.

The work at a token is bounded by the number of different alias lengths that start with it, so the whole is linear
in the length of the text.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.standardize.boilerplate import EMPLOYERS, Kind, Stretch, boilerplate
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.negation import REFUSALS, ruled_out
from classifiers.standardize.text import SIGN, Words, running_words
from taxonomy.model import AliasKind, EntityType

_SHORT_CHARACTERS = 4
_CODE_CHARACTERS = 2
_CODE_CONFIDENCE = 0.5
"""An alias of a taxonomy that is this sure, at most, and so short is a code, such as `CV` for Chuvash."""

_EVERYDAY = (
    "access apex apple basic blender booking canvas chase claro confluence continental dart delta emirates "
    "excel express fidelity flask flexible flow gap gatsby go helm hive indigo julia lean looker meta metro "
    "mobile nice notion oracle orange outlook puma puppet react reading reliable ruby rust sage scratch "
    "shell sketch slack spark split spring stripe subway swift target teams total unity united unreal "
    "vanguard visa waterfall word workday zoom"
)
_COMMON_WORDS: Final = frozenset(_EVERYDAY.split())
"""Words of everyday language; in lower case they are a name only where they stand as an item of a list."""

_ITEM_BEFORE = re.compile(r"(?:\A|[,;:/|•(\n])\s*\Z")
_ITEM_AFTER = re.compile(r"\s*(?:\Z|[,;/|•)\n.])")


class Hit(NamedTuple):
    """An alias found in a text: its folded key, where it stands, and its alias rows by type."""

    key: str
    start: int
    end: int
    rows_by_type: dict[EntityType, list[int]]
    case_matches: bool
    of_employer: bool = False
    """Whether other types are left out, because the text speaks of the employer alone."""


def scan(taxonomy: CompiledTaxonomy, text: str) -> Iterator[Hit]:
    """Yield the aliases in a text, in order, without those that the text rules out or says of the employer alone."""
    words = running_words(text)
    stretches = boilerplate(text, words)
    absent = ruled_out(text) if not REFUSALS.isdisjoint(words.folded) else []
    passed = left = 0
    for position, length, place in taxonomy.phrases.find(words.folded, _cuts(text, words)):
        start = words.starts[position]
        while passed < len(absent) and absent[passed][1] <= start:
            passed += 1
        if passed < len(absent) and absent[passed][0] <= start:
            continue
        while left < len(stretches) and stretches[left].end <= start:
            left += 1
        hit = _hit(taxonomy, text, start, words.ends[position + length - 1], place)
        if hit is not None and left < len(stretches) and stretches[left].start <= start:
            hit = _of_employer(hit, stretches[left])
        if hit is not None:
            yield hit


def _cuts(text: str, words: Words) -> NDArray[np.bool_]:
    """Return before which words a sign parts the text."""
    cuts = np.zeros(len(words.starts) + 1, dtype=np.bool_)
    cuts[np.searchsorted(words.starts, [match.start() for match in SIGN.finditer(text)])] = True
    return cuts[:-1]


def _hit(taxonomy: CompiledTaxonomy, text: str, start: int, end: int, place: int) -> Hit | None:
    """Return the hit of a key on some characters; None where it is but a code or a word of everyday language."""
    key = taxonomy.rows_by_key.keys_in_order[place]
    if key in _COMMON_WORDS and text[start:end].islower() and not _is_item(text, start, end):
        return None
    rows = taxonomy.rows_by_key.at(place)
    if len(key) <= _CODE_CHARACTERS:
        rows = [
            row
            for row in rows
            if taxonomy.alias_confidences[row] > _CODE_CONFIDENCE
            and taxonomy.alias_kinds[row] is not AliasKind.MISSPELLING
        ]
    by_type: dict[EntityType, list[int]] = {}
    for row in rows:
        by_type.setdefault(taxonomy.types[taxonomy.alias_entities[row]], []).append(row)
    if len(by_type) > 1 and EntityType.LOCATION in by_type:
        _drop_by_names(taxonomy, by_type)
    return Hit(key, start, end, by_type, _case_matches(taxonomy, rows, text[start:end])) if rows else None


def _of_employer(hit: Hit, stretch: Stretch) -> Hit | None:
    """Return what a hit in boilerplate says of the employer; None where it says nothing."""
    kept = {kind: rows for kind, rows in hit.rows_by_type.items() if kind in EMPLOYERS}
    return hit._replace(rows_by_type=kept, of_employer=True) if kept and stretch.kind is Kind.EMPLOYER else None


def _drop_by_names(taxonomy: CompiledTaxonomy, by_type: dict[EntityType, list[int]]) -> None:
    """Leave out by-names and codes of places where something else is called so: Google is not Topeka."""
    standings = {kind: max([_standing(taxonomy, row) for row in rows]) for kind, rows in by_type.items()}
    if standings[EntityType.LOCATION] < max(standings.values()):
        del by_type[EntityType.LOCATION]


def _standing(taxonomy: CompiledTaxonomy, row: int) -> tuple[float, bool]:
    """Return how surely an alias is one of its entity, and whether it is its name."""
    return float(taxonomy.alias_confidences[row]), taxonomy.alias_kinds[row] is AliasKind.CANONICAL


def _is_item(text: str, start: int, end: int) -> bool:
    """Whether nothing but separators of a list stands around a word."""
    return bool(_ITEM_BEFORE.search(text, max(0, start - 4), start) and _ITEM_AFTER.match(text, end))


def _case_matches(taxonomy: CompiledTaxonomy, rows: list[int], surface: str) -> bool:
    """Whether a short alias or an abbreviation is written as it is known; longer ones may have any case."""
    short = len(surface) <= _SHORT_CHARACTERS
    delicate = [row for row in rows if short or taxonomy.alias_kinds[row] is AliasKind.ABBREVIATION]
    if len(delicate) < len(rows):
        return True
    return any(taxonomy.alias_texts[row] == surface for row in delicate)
