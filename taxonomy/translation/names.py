"""Names inside labels: words that the source language writes with capitals are often the same in both languages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from math import log
from typing import Final

from taxonomy.translation.pieces import PieceModel, Pieces
from taxonomy.translation.rules import Rule

FEATURES: Final = ("verbatim", "verbatim_name", "names_kept", "names_lost")
"""Whether the label is copied as it is; the share of its words that are names, then; how many names of the preferred
label a candidate has, and how many it lacks."""
_CHANCE: Final = log(0.3)
_WORD: Final = re.compile(r"[^\s(),;:/]+")


def name_rules(labels: Iterable[str], source: PieceModel) -> Iterator[tuple[Pieces, Rule]]:
    """Yield a rule for each name in labels that leaves it as it is written."""
    for name in sorted({word for label in labels for word in names_in(label)}):
        pieces = source.split(name.lower())
        if pieces:
            yield pieces, Rule((name,), _CHANCE, _CHANCE, _CHANCE, 0.0)


def names_in(label: str) -> list[str]:
    """Return the words of a label that have capitals, without punctuation around them."""
    words = (word.strip("(),.;:") for word in label.replace("/", " ").split())
    return [word for word in words if word != word.lower()]


def with_names(label: str, base: str) -> str:
    """Return a candidate with the names of a label written as they are there."""
    names = {name.lower(): name for name in names_in(label)}
    return _WORD.sub(lambda match: names.get(match.group().lower(), match.group()), base) if names else base


def name_features(label: str, text: str) -> tuple[float, ...]:
    """Return the values of `FEATURES` for a candidate of a label."""
    names = names_in(label)
    verbatim = float(text == label)
    kept = _kept(names, text)
    return verbatim, verbatim * len(names) / max(1, len(label.split())), float(kept), float(len(names) - kept)


def _kept(names: Sequence[str], text: str) -> int:
    return sum(name in text for name in names)
