"""How alike two texts of a type are: by their letters, their meaning, and where they stand in the taxonomy. Pure.

A score is a weighted mean of cosines, each of a view that can be shown. It orders; it is no probability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.linear import unit_rows
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.languages import primary_language
from classifiers.standardize.letters import Lettered, lettered
from classifiers.standardize.meaning import MeaningIndex
from classifiers.standardize.search import exact_matches
from classifiers.standardize.surroundings import Around, TaxonomySurroundings
from classifiers.standardize.text import fold
from taxonomy.model import EntityType

if TYPE_CHECKING:
    from scipy import sparse

_ENGLISH: Final = "en"
_NOT_THE_SAME: Final = 0.9999
"""Most that two texts score which are not the same."""
_Array = NDArray[np.float32]
_Cosines = dict[str, _Array]


@dataclass(frozen=True, slots=True)
class LikenessPolicy:
    """What each view counts: measured on titles, see docs/decisions/0020 and 0023.

    `letters` count `letters_beside_english` between two texts of another language that the encoder has learned some
    labels of, and `letters_elsewhere` where it has none; both are weighed by what is rare among the others
    (`classifiers.standardize.letters`). Texts of more than `longest_words` are sentences, which it has not learned
    either: their letters alone count.
    """

    meaning: float = 1.0
    centre: float = 0.5
    letters: float = 0.05
    letters_beside_english: float = 0.3
    letters_elsewhere: float = 4.0
    surroundings: float = 0.4
    needs: float = 0.3
    groups: float = 0.1
    longest_words: int = 12


@dataclass(frozen=True, slots=True)
class Likenesses:
    """Scores in [0, 1], texts x others, and the cosines of each view that they are the weighted mean of.

    `exact` is where the folded texts are the same: the score is 1 there, and less everywhere else.
    """

    scores: _Array
    exact: NDArray[np.bool_]
    views: Mapping[str, _Array]


@dataclass(frozen=True, slots=True)
class Alike:
    """A text, its place among those that were compared, its score in [0, 1], and its cosine in each view."""

    place: int
    text: str
    score: float
    views: Mapping[str, float]


@dataclass(frozen=True)
class ReadTexts:
    """Texts of one type as `Likeness.read` reads them: folded, and as rows of each view."""

    keys: list[str]
    letters: "sparse.csr_matrix | None"
    vectors: _Array | None
    centres: _Array | None
    around: Around | None

    @cached_property
    def elsewhere(self) -> Lettered:
        """The letters of these texts as those of a language of which little or nothing was learned."""
        return lettered(self.keys)


class Likeness:
    """Compares texts of one type through a taxonomy."""

    def __init__(self, taxonomy: CompiledTaxonomy, kind: EntityType, policy: LikenessPolicy | None = None) -> None:
        self._taxonomy = taxonomy
        self._kind = kind
        self._policy = policy or LikenessPolicy()
        self._index = taxonomy.indexes.get(kind)
        self._meaning = taxonomy.meanings.get(kind)
        # Measured on titles alone: other types are compared by what is sure to help.
        through = self._meaning is not None and kind is EntityType.TITLE
        self._surroundings = TaxonomySurroundings(taxonomy, kind) if through else None

    def read(self, texts: Sequence[str]) -> ReadTexts:
        """Return texts to compare others with; reading takes longer than comparing, so they may be kept."""
        keys = [fold(text) for text in texts]
        letters = self._index.vectors(keys) if self._index else None
        if self._meaning is None:
            return ReadTexts(keys, letters, None, None, None)
        vectors = self._meaning.vectors(keys)
        around = self._surroundings.of(keys) if self._surroundings else None
        return ReadTexts(keys, letters, vectors, self._centres(self._meaning, keys, vectors), around)

    def compare(
        self,
        texts: Sequence[str],
        others: ReadTexts,
        *,
        language: str | None = None,
        others_language: str | None = None,
    ) -> Likenesses:
        """Return how alike each text is to each other one; languages are BCP 47 tags, where known."""
        read = self.read(texts)
        languages = primary_language(language), primary_language(others_language)
        views = self._views(read, others, languages)
        weights = {name: float(getattr(self._policy, name)) for name in views}
        if self._meaning and _beside_english(languages):
            learned, policy = self._meaning.knows(languages[0]), self._policy
            weights["letters"] = policy.letters_beside_english if learned else policy.letters_elsewhere
        scores = sum(np.float32(weight) * views[name] for name, weight in weights.items()) / sum(weights.values())
        scores = np.asarray(scores, dtype=np.float32)
        long = [row for row, text in enumerate(texts) if len(text.split()) > self._policy.longest_words]
        scores[long] = views["letters"][long]
        exact = np.array([[bool(key) and key == own for own in others.keys] for key in read.keys], dtype=np.bool_)
        exact = exact.reshape(scores.shape)
        return Likenesses(np.where(exact, np.float32(1), np.clip(scores, 0, _NOT_THE_SAME)), exact, views)

    def _views(self, read: ReadTexts, others: ReadTexts, languages: tuple[str | None, str | None]) -> _Cosines:
        """Return the cosines of every view that says something of texts in these languages."""
        views = {"letters": np.zeros((len(read.keys), len(others.keys)), dtype=np.float32)}
        if self._meaning and _beside_english(languages):
            views["letters"] = others.elsewhere.likeness(read.keys)
        elif read.letters is not None and others.letters is not None:
            views["letters"] = _product(read.letters, others.letters)
        if read.vectors is not None and others.vectors is not None and others.centres is not None:
            views |= {"meaning": read.vectors @ others.vectors.T, "centre": read.vectors @ others.centres.T}
        # In other languages, and between languages, surroundings were measured to be of no help.
        if read.around and others.around and {None, _ENGLISH} >= set(languages):
            views["surroundings"] = read.around.centres @ others.around.centres.T
            views["groups"] = read.around.groups @ others.around.groups.T
            if read.around.needs is not None and others.around.needs is not None:
                views["needs"] = _product(read.around.needs, others.around.needs)
        return views

    def _centres(self, meaning: MeaningIndex, keys: Sequence[str], vectors: _Array) -> _Array:
        """Return the middle of the entities that texts are names of, or else their own vectors."""
        centres, entities = vectors.copy(), self._taxonomy.alias_entities
        for row, key in enumerate(keys):
            named = exact_matches(self._taxonomy, key, self._kind)
            if places := {int(meaning.place_of[entities[match.row]]) for match in named}:
                centres[row] = unit_rows(meaning.arrays.centres[sorted(places)].sum(axis=0, keepdims=True))[0]
        return centres


def most_alike(
    likeness: Likeness,
    text: str,
    others: Sequence[str],
    *,
    top: int,
    language: str | None = None,
    others_language: str | None = None,
) -> list[Alike]:
    """Return the `top` others that are most alike, best first; of equal ones the earlier one first."""
    found = likeness.compare([text], likeness.read(others), language=language, others_language=others_language)
    order = np.argsort(-found.scores[0], kind="stable")[:top].tolist()
    return [
        Alike(
            place,
            others[place],
            float(found.scores[0, place]),
            {name: float(cosines[0, place]) for name, cosines in found.views.items()},
        )
        for place in order
    ]


def _beside_english(languages: tuple[str | None, str | None]) -> bool:
    """Whether both texts are of one language, and that is known and not English."""
    return languages[0] == languages[1] and languages[0] not in {None, _ENGLISH}


def _product(one: "sparse.csr_matrix", other: "sparse.csr_matrix") -> _Array:
    return np.asarray(np.minimum((one @ other.T).toarray(), 1.0), dtype=np.float32)
