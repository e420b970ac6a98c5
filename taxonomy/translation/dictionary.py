"""What a bilingual dictionary says of the phrases of labels; an optional input beside pairs of labels."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import Final

from taxonomy.translation.pieces import PieceModel, Pieces
from taxonomy.translation.rules import Rule

_MOST_WORDS: Final = 4
_MOST_READINGS: Final = 8
_BACKWARD: Final = log(0.3)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Translations by the phrase in lower case, with how many entries say so."""

    entries: Mapping[str, Mapping[str, int]]

    def rules(self, labels: Iterable[str], source: PieceModel, target: PieceModel) -> Iterator[tuple[Pieces, Rule]]:
        """Yield a rule for each translation of each phrase of labels that is an entry."""
        for phrase in sorted({phrase for label in labels for phrase in _phrases(label)}):
            readings = self.entries.get(phrase)
            pieces = source.split(phrase)
            if readings is None or not pieces:
                continue
            total = sum(readings.values())
            ordered = sorted(readings.items(), key=lambda item: (-item[1], item[0]))[:_MOST_READINGS]
            for text, count in ordered:
                split = target.split(text)
                if split:
                    forward = log(count / (total + 1))
                    yield pieces, Rule(split, forward, _BACKWARD, _BACKWARD * min(len(pieces), 3), 0.0, listed=1.0)


def dictionary_of(pairs: Iterable[tuple[str, str]]) -> Dictionary:
    """Return a dictionary of pairs of phrases in the source and the target language."""
    entries: dict[str, Counter[str]] = {}
    for one, other in pairs:
        entries.setdefault(one.lower(), Counter())[other] += 1
    return Dictionary(entries)


def _phrases(label: str) -> Iterator[str]:
    words = label.lower().split()
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1):
            yield " ".join(words[start:end])
