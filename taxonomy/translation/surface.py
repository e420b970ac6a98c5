"""How a whole label reads: the shapes of its words in order, and whether each word could be one of the language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from taxonomy.translation.language import NgramModel

FEATURES: Final = ("shapes", "shape", "known_words", "worst_word")
"""`shapes` is the logarithm of the probability of all shapes in order, `shape` the same a word; `known_words` the
share of words that were seen, `worst_word` the logarithm of the probability a letter of the least likely word."""

_ORDER: Final = 3
_LETTERS: Final = 4
_ENDING: Final = 3
_SHORT: Final = 3
_FREQUENT: Final = 40
"""A word that is written so often in labels is its own shape: prepositions, articles, the commonest heads."""
_OTHERS: Final = 0.1
_Weighed = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class SurfaceModel:
    """Shapes by kind of label ("" for any), and what is known of words; words are in lower case."""

    shapes: Mapping[str, NgramModel]
    letters: NgramModel
    words: frozenset[str]
    frequent: frozenset[str]
    _seen: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    def features(self, text: str, base: str, kind: str) -> tuple[float, ...]:
        """Return the values of `FEATURES` for a label; `base` is its first form, whose shapes are looked at."""
        model = self.shapes.get(kind, self.shapes[""])
        shapes = shapes_of(base, self.frequent)
        order = model.log_probability(shapes)
        words = _words(text)
        known = sum(word.lower() in self.words or len(word) < _SHORT for word in words) / max(1, len(words))
        return order, order / (len(shapes) + 1), known, min(map(self._word, words), default=0.0)

    def _word(self, word: str) -> float:
        """Return how likely the letters of a word are, a letter; remembered."""
        value = self._seen.get(word)
        if value is None:
            value = self._seen[word] = self.letters.log_probability(tuple(word.lower())) / (len(word) + 1)
        return value


def learn_surface(labels: Sequence[_Weighed], kinds: Sequence[str], words: Iterable[str]) -> SurfaceModel:
    """Learn from labels with kinds and weights how labels of each kind read; `words` are all that are known."""
    counts: dict[str, int] = {}
    for _, label, _ in labels:
        for word in label.split():
            counts[word] = counts.get(word, 0) + 1
    frequent = frozenset(word for word, count in counts.items() if count >= _FREQUENT)
    shaped = [(kind, shapes_of(label, frequent), weight) for kind, label, weight in labels]
    known = frozenset(word.lower() for word in words) | {word.lower() for word in counts}
    return SurfaceModel(
        {
            kind: NgramModel(
                _ORDER, ((shapes, weight * (1.0 if kind in {"", own} else _OTHERS)) for own, shapes, weight in shaped)
            )
            for kind in kinds
        },
        NgramModel(_LETTERS, ((tuple(word), 1.0) for word in sorted(known))),
        known,
        frequent,
    )


def shapes_of(label: str, frequent: frozenset[str]) -> tuple[str, ...]:
    """Return a shape a word: the word where it is frequent, else whether it has a capital, and its last letters."""
    return tuple(word if word in frequent else f"{_case(word)}{word[-_ENDING:].lower()}" for word in label.split())


def _case(word: str) -> str:
    if word[1:].lower() != word[1:]:
        return "AA-" if word.isupper() else "Aa-A-"
    return "A-" if word[:1].isupper() else "a-"


def _words(text: str) -> list[str]:
    return [word for word in text.replace("/", " ").replace("-", " ").split() if any(map(str.isalpha, word))]
