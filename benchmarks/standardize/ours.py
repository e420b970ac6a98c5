"""What the product brings to each comparison; the last matcher is the whole, those before it are its parts."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.floors import dense
from benchmarks.standardize.matcher import Matcher
from benchmarks.standardize.ranking import Labels
from benchmarks.standardize.rows import PRETRAINED, WHOLE
from classifiers.encoder.cached import CachedEncoder
from classifiers.encoder.folder import FolderEncoder
from classifiers.encoder.linear import LinearEncoder, load_encoder, unit_rows
from classifiers.encoder.minilm import MiniLmEncoder
from classifiers.encoder.multilingual import MultilingualEncoder
from classifiers.encoder.protocol import Encoder
from classifiers.standardize.match import CENTRE_WEIGHT, NGRAM_WEIGHT
from classifiers.standardize.ngrams import build_index
from classifiers.standardize.text import fold
from core.errors import EnvironmentFaultError
from taxonomy.importers.labels import ANY_LANGUAGE

_LONGEST_LABEL: Final = 12
_NGRAM_WEIGHT_ELSEWHERE: Final = 1.0
"""What n-grams count between two texts of a language of which the encoder has seen no labels."""
_EXACT: Final = 2.0
"""An alias to the letter comes before all that only look alike, as in the standardizer."""
_PRETRAINED_WEIGHT: Final = 0.5
_ENGLISH: Final = "en"
_WORTH_SAYING: Final = 4_000
"""Texts whose reading takes more than some seconds."""
_PRETRAINED: Final = ((MiniLmEncoder, _ENGLISH), (MultilingualEncoder, None))
"""What opens a pretrained encoder, and the language that it knows where it is a single one."""
_Scores = NDArray[np.float32]


class NgramMatcher:
    """The standardizer's first stage: exact aliases first, then cosines of words and character n-grams."""

    def __init__(self) -> None:
        self.name = "n-grams and exact aliases"
        self._corpus: Sequence[str] | None = None
        self._columns_by_key: dict[str, list[int]] = {}

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,  # noqa: ARG002 - n-grams know no languages
        corpus_language: str,  # noqa: ARG002
    ) -> _Scores:
        """Return the scores, queries x corpus."""
        if self._corpus is not corpus:
            keys = [fold(text) for text in corpus]
            self._index = build_index(keys, np.arange(len(keys), dtype=np.int32))
            self._matrix = self._index.postings.as_matrix(len(keys))
            self._columns_by_key = {}
            for column, key in enumerate(keys):
                self._columns_by_key.setdefault(key, []).append(column)
            self._corpus = corpus
        asked = [fold(text) for text in queries]
        scores = dense(self._index.vectors(asked) @ self._matrix)
        for row, key in enumerate(asked):
            if key:
                scores[row, self._columns_by_key.get(key, [])] = _EXACT
        return scores


class EncoderMatcher:
    """A learned or pretrained encoder alone: cosines of its vectors, and to the centres of entities.

    One that knows a single language is not asked of others, where it says nothing; without `mixed` it does not read
    all labels of a taxonomy in all languages for their centres, which takes a slow one many minutes.
    """

    def __init__(self, encoder: Encoder, language: str | None = None, *, mixed: bool = True) -> None:
        self.name = f"encoder {encoder.name}"
        self.encoder = encoder
        self.pretrained = not isinstance(encoder, LinearEncoder)
        self._language = language
        self._mixed = mixed
        self._corpus: Sequence[str] | None = None
        self._labels: Labels | None = None

    def score(
        self,
        queries: Sequence[str],
        corpus: Sequence[str],
        *,
        query_language: str,
        corpus_language: str,
    ) -> _Scores:
        """Return the scores, queries x corpus."""
        if self._language and {query_language, corpus_language} != {self._language}:
            return np.zeros((len(queries), len(corpus)), dtype=np.float32)
        self._read(corpus)
        return np.asarray(self.encoder.encode(queries) @ self._vectors.T)

    def entity_bonus(self, queries: Sequence[str], labels: Labels) -> _Scores:
        """Return what nearness to the entities' centres adds, queries x entities."""
        if (labels.language == ANY_LANGUAGE and not self._mixed) or (
            self._language or labels.language
        ) != labels.language:
            return np.zeros((len(queries), len(labels.starts)), dtype=np.float32)
        if self._labels is not labels:
            self._read(labels.texts)
            self._centres = unit_rows(np.add.reduceat(self._vectors, labels.starts, axis=0))
            self._labels = labels
        return np.asarray(CENTRE_WEIGHT * (self.encoder.encode(queries) @ self._centres.T), dtype=np.float32)

    def _read(self, corpus: Sequence[str]) -> None:
        if self._corpus is not corpus:
            self._vectors = self.encoder.encode(corpus)
            self._corpus = corpus


class WholeMatcher:
    """Exact aliases first; then the encoder and n-grams, and pretrained encoders where they are installed.

    The encoder has learned short labels: sentences are left to the n-grams. N-grams count little in the languages
    of its labels and between languages, and as much as itself in all others. A pretrained encoder of `en` is not
    asked of other languages.
    """

    def __init__(
        self,
        name: str,
        ngrams: NgramMatcher,
        encoder: EncoderMatcher,
        *,
        languages: frozenset[str],
        pretrained: Sequence[tuple[EncoderMatcher, str | None]] = (),
    ) -> None:
        self.name = name
        self._ngrams = ngrams
        self._encoder = encoder
        self._languages = languages
        self._pretrained = tuple(pretrained)

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> _Scores:
        """Return the scores, queries x corpus."""
        languages = {"query_language": query_language, "corpus_language": corpus_language}
        alike = self._ngrams.score(queries, corpus, **languages)
        known = query_language in self._languages or query_language != corpus_language
        weight = NGRAM_WEIGHT if known else _NGRAM_WEIGHT_ELSEWHERE
        scores = self._encoder.score(queries, corpus, **languages) + weight * np.minimum(alike, 1)
        for matcher, language in self._pretrained:
            if language in {None, query_language}:
                scores += _PRETRAINED_WEIGHT * matcher.score(queries, corpus, **languages)
        scores[alike == _EXACT] += _EXACT
        long = _long(queries)
        scores[long] = alike[long]
        return np.asarray(scores, dtype=np.float32)

    def entity_bonus(self, queries: Sequence[str], labels: Labels) -> _Scores:
        """Return what nearness to the entities' centres adds, queries x entities; nothing for sentences."""
        bonus = self._encoder.entity_bonus(queries, labels)
        for matcher, language in self._pretrained:
            if language in {None, labels.language}:
                bonus += _PRETRAINED_WEIGHT * matcher.entity_bonus(queries, labels)
        bonus[_long(queries)] = 0.0
        return bonus


def our_matchers(
    cache_dir: Path,
    on_step: Callable[[str], None] = lambda _step: None,
    *,
    with_pretrained: bool = True,
    folders: Sequence[Path] = (),
) -> list[Matcher]:
    """Return ours: parts first, the whole of the fast path next, with the pretrained encoders last where installed.

    Encoders in `folders` are pretrained ones too. What the pretrained encoders read is kept in the cache folder.

    Raises:
        InvalidError: where a folder holds no encoder.
        EnvironmentFaultError: where a library is missing that one of them needs.
    """
    linear = load_encoder()
    ngrams, encoder = NgramMatcher(), EncoderMatcher(linear)
    parts: list[Matcher] = [ngrams, encoder]
    pretrained: list[tuple[EncoderMatcher, str | None]] = []
    by_path = [(encoder, encoder.language) for encoder in map(FolderEncoder, folders)]
    for opened, language in [*(_installed(on_step) if with_pretrained else ()), *by_path]:
        matcher = EncoderMatcher(kept_encoder(opened, cache_dir, on_step), language, mixed=False)
        parts.append(matcher)
        pretrained.append((matcher, language))
    whole = _whole(WHOLE, ngrams, encoder, linear)
    if not pretrained:
        return [*parts, whole]
    return [*parts, whole, _whole(PRETRAINED, ngrams, encoder, linear, pretrained)]


def _installed(on_step: Callable[[str], None]) -> Iterator[tuple[Encoder, str | None]]:
    """Yield the pretrained encoders that are installed, and the language of one that knows a single one."""
    for open_encoder, language in _PRETRAINED:
        try:
            yield open_encoder(), language
        except EnvironmentFaultError as error:
            on_step(f"without a pretrained encoder: {error}")


def kept_encoder(encoder: Encoder, cache_dir: Path, on_step: Callable[[str], None]) -> CachedEncoder:
    """Return an encoder that keeps what it has read in the cache folder, and says how far it is."""
    say = partial(_say_read, on_step, encoder.name)
    return CachedEncoder(encoder, cache_dir / "vectors" / encoder.name, on_progress=say)


def _say_read(on_step: Callable[[str], None], name: str, done: int, total: int) -> None:
    if total >= _WORTH_SAYING:
        on_step(f"{name} has read {done:,} of {total:,} texts")


def _whole(
    name: str,
    ngrams: NgramMatcher,
    encoder: EncoderMatcher,
    linear: LinearEncoder,
    pretrained: Sequence[tuple[EncoderMatcher, str | None]] = (),
) -> WholeMatcher:
    return WholeMatcher(name, ngrams, encoder, languages=linear.languages, pretrained=pretrained)


def _long(queries: Sequence[str]) -> list[int]:
    return [row for row, query in enumerate(queries) if is_long(query)]


def is_long(text: str) -> bool:
    """Whether a text is longer than labels are: a sentence, which the encoder has not learned."""
    return len(text.split()) > _LONGEST_LABEL
