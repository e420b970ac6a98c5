"""Find aliases in running text: the longest alias that starts at each token, left to right, without overlap.

The work at a token is bounded by the number of different alias lengths that start with it, so the whole is linear
in the length of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.text import Token, tokenize
from taxonomy.model import AliasKind, EntityType

_SHORT_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """An alias found in a text: its folded key, where it stands, and its alias rows by type."""

    key: str
    start: int
    end: int
    rows_by_type: dict[EntityType, list[int]]
    case_matches: bool


def scan(taxonomy: CompiledTaxonomy, text: str) -> Iterator[Hit]:
    """Yield the aliases in a text, in order."""
    tokens = tokenize(text)
    position = 0
    while position < len(tokens):
        length = _longest(taxonomy, tokens, position)
        if length:
            yield _hit(taxonomy, text, tokens[position : position + length])
        position += max(1, length)


def _longest(taxonomy: CompiledTaxonomy, tokens: list[Token], position: int) -> int:
    """Return how many tokens the longest alias at a position has; 0 where none starts there."""
    for length in taxonomy.key_lengths_by_first.get(tokens[position].folded, ()):
        window = tokens[position : position + length]
        if len(window) == length and " ".join(token.folded for token in window) in taxonomy.rows_by_key:
            return length
    return 0


def _hit(taxonomy: CompiledTaxonomy, text: str, window: list[Token]) -> Hit:
    key = " ".join(token.folded for token in window)
    rows = taxonomy.rows_by_key[key]
    surface = text[window[0].start : window[-1].end]
    by_type: dict[EntityType, list[int]] = {}
    for row in rows:
        by_type.setdefault(taxonomy.types[taxonomy.alias_entities[row]], []).append(row)
    return Hit(key, window[0].start, window[-1].end, by_type, _case_matches(taxonomy, rows, surface))


def _case_matches(taxonomy: CompiledTaxonomy, rows: list[int], surface: str) -> bool:
    """Whether a short alias or an abbreviation is written as it is known; longer ones may have any case."""
    short = len(surface) <= _SHORT_CHARACTERS
    delicate = [row for row in rows if short or taxonomy.alias_kinds[row] is AliasKind.ABBREVIATION]
    if len(delicate) < len(rows):
        return True
    return any(taxonomy.alias_texts[row] == surface for row in delicate)
