"""What each part of the matching adds: its figure alone, and what the whole loses where it is left out.

Asked of vacancy titles (every fourth), of English occupation linking and of English title similarity, which are the
sets whose texts all parts can read. A difference is taken query by query, so its interval is that of the change, not
of the two figures. A part may add nothing although it is good alone: another one then knows the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.model import BenchRow
from benchmarks.standardize import linking, similarity, titles
from benchmarks.standardize.context import Context
from benchmarks.standardize.floors import dense
from benchmarks.standardize.linking import DEPTH, KnownLabels, LinkingSet, ranks_by, read_linking
from benchmarks.standardize.matcher import Matcher
from benchmarks.standardize.metrics import Values, reciprocal
from benchmarks.standardize.ours import EncoderMatcher, NgramMatcher, WholeMatcher
from benchmarks.standardize.ranking import Labels, ranks_of_gold
from benchmarks.standardize.rows import PRETRAINED, WHOLE, Figures, measured
from benchmarks.standardize.similarity import precisions, read_similarity
from benchmarks.standardize.titles import read_titles
from classifiers.encoder.linear import LinearEncoder, load_encoder
from classifiers.hashing import FeatureScheme, hashed_counts, inverse_frequencies, weighted
from classifiers.standardize.ngrams import SCHEME
from classifiers.standardize.text import fold

WORDS: Final = FeatureScheme(SCHEME.features, ngram_lengths=(), word_weight=SCHEME.word_weight)
CHARACTERS: Final = FeatureScheme(SCHEME.features, ngram_lengths=SCHEME.ngram_lengths, word_weight=0)
_EVERY: Final = 4
_ENGLISH: Final = "en"
_Scores = NDArray[np.float32]
_Measure = Callable[[Matcher], Values]


class SomeFeatures(NgramMatcher):
    """Exact aliases first, then only some of the features of the n-grams; without a scheme nothing but the aliases."""

    def __init__(self, name: str, scheme: FeatureScheme | None) -> None:
        super().__init__()
        self.name = name
        self._scheme = scheme
        self._read: Sequence[str] | None = None

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> _Scores:
        """Return the scores, queries x corpus."""
        alike = super().score(queries, corpus, query_language=query_language, corpus_language=corpus_language)
        # No cosine is above 1, so what is above is an alias to the letter.
        return np.where(alike > 1, alike, self._cosines(queries, corpus)).astype(np.float32)

    def _cosines(self, queries: Sequence[str], corpus: Sequence[str]) -> _Scores:
        if self._scheme is None:
            return np.zeros((len(queries), len(corpus)), dtype=np.float32)
        if self._read is not corpus:
            counts = hashed_counts([fold(text) for text in corpus], self._scheme)
            self._idf = inverse_frequencies(counts)
            self._texts = weighted(counts, self._idf).T.tocsr()
            self._read = corpus
        asked = weighted(hashed_counts([fold(text) for text in queries], self._scheme), self._idf)
        return np.minimum(dense(asked @ self._texts), 1)


class WithoutExact(NgramMatcher):
    """N-grams to which an alias to the letter is one that looks alike."""

    def score(
        self, queries: Sequence[str], corpus: Sequence[str], *, query_language: str, corpus_language: str
    ) -> _Scores:
        """Return the scores, queries x corpus."""
        alike = super().score(queries, corpus, query_language=query_language, corpus_language=corpus_language)
        return np.minimum(alike, 1)


class WithoutCentres(EncoderMatcher):
    """An encoder that knows single labels, and not the middle of an entity's labels."""

    def entity_bonus(self, queries: Sequence[str], labels: Labels) -> _Scores:
        """Return zeros, queries x entities."""
        return np.zeros((len(queries), len(labels.starts)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole by itself, and the whole without it; None where there is no such thing."""

    name: str
    whole: Matcher
    alone: Matcher | None
    rest: Matcher | None

    @property
    def matchers(self) -> list[Matcher]:
        """All that has to be measured."""
        return [matcher for matcher in (self.whole, self.alone, self.rest) if matcher is not None]


def bench_parts(context: Context) -> list[BenchRow]:
    """Measure every part, alone and left out, on each set that is there."""
    parts = parts_of(load_encoder(), _pretrained(context))
    rows: list[BenchRow] = []
    for case, metric, measure in _sets(context):
        context.on_step(f"parts: {case}")
        floors = {floor.name: measure(floor) for floor in context.floors}
        matchers = {matcher.name: matcher for part in parts for matcher in part.matchers}
        values = {name: measure(matcher) for name, matcher in matchers.items()}
        rows += rows_of(f"parts, {case}", metric, parts, Figures(floors, values))
    return rows


def parts_of(linear: LinearEncoder, pretrained: Sequence[EncoderMatcher] = ()) -> list[Part]:
    """Return the parts of the fast path, and the pretrained encoders as parts of the whole with them."""
    ngrams, encoder = NgramMatcher(), EncoderMatcher(linear)
    words, characters = SomeFeatures("words", WORDS), SomeFeatures("characters", CHARACTERS)
    exact, bare = SomeFeatures("exact aliases", None), WithoutCentres(linear)
    bare.name = f"{encoder.name}, without centres"

    def rest(of: str, letters: NgramMatcher, meaning: EncoderMatcher) -> Matcher:
        return WholeMatcher(f"without {of}", letters, meaning, languages=linear.languages)

    whole = WholeMatcher(WHOLE, ngrams, encoder, languages=linear.languages)
    parts = [
        Part("exact aliases", whole, exact, rest("exact aliases", WithoutExact(), encoder)),
        Part("words", whole, words, rest("words", characters, encoder)),
        Part("characters", whole, characters, rest("characters", words, encoder)),
        Part("words and characters", whole, ngrams, rest("words and characters", exact, encoder)),
        Part("learned encoder", whole, encoder, ngrams),
        Part("learned encoder, without centres", whole, bare, None),
        Part("learned encoder's centres", whole, None, rest("centres", ngrams, bare)),
    ]
    with_all = _with(PRETRAINED, ngrams, encoder, linear, pretrained)
    for one in pretrained:
        others = [other for other in pretrained if other is not one]
        left = _with(f"without {one.name}", ngrams, encoder, linear, others) if others else whole
        parts.append(Part(one.name, with_all, one, left))
    return parts


def _with(
    name: str,
    ngrams: NgramMatcher,
    encoder: EncoderMatcher,
    linear: LinearEncoder,
    pretrained: Sequence[EncoderMatcher],
) -> Matcher:
    """Return the whole with pretrained encoders, each of which is asked: all sets here are English."""
    asked = [(matcher, None) for matcher in pretrained]
    return WholeMatcher(name, ngrams, encoder, languages=linear.languages, pretrained=asked)


def _pretrained(context: Context) -> list[EncoderMatcher]:
    """Return the pretrained encoders of this run: the product's own encoder stands before them."""
    return [matcher for matcher in context.ours if isinstance(matcher, EncoderMatcher)][1:]


def rows_of(case: str, metric: str, parts: Sequence[Part], figures: Figures) -> list[BenchRow]:
    """Return the rows of the wholes beside the best floor, then those of each part beside the whole."""
    values, best = figures.ours, figures.best_floor
    floor = float(figures.floors[best].mean())
    wholes = dict.fromkeys(part.whole.name for part in parts)
    rows = [measured(f"{case} / {name}", metric, values[name], baseline=floor, baseline_name=best) for name in wholes]
    for part in parts:
        name, whole = f"{case} / {part.name}", values[part.whole.name]
        if part.alone is not None:
            mean, alone = float(whole.mean()), values[part.alone.name]
            rows.append(measured(name, f"{metric} alone", alone, baseline=mean, baseline_name=part.whole.name))
        if part.rest is not None:
            left = values[part.rest.name]
            added = f"{metric} that it adds"
            rows.append(
                measured(name, added, whole - left, baseline=float(left.mean()), baseline_name="all the others")
            )
    return rows


def _sets(context: Context) -> Iterator[tuple[str, str, _Measure]]:
    """Yield the name, the metric and how to measure of each set; English ones only."""
    for path in context.files(titles.FOLDER, "*.csv"):
        asked = context.cut(read_titles(path)[::_EVERY])
        occupations = context.taxonomies.occupations
        places = occupations.index_by_uri
        gold = [(places[row.uri],) if row.uri in places else () for row in asked]
        queries = [row.title for row in asked]
        measure = partial(_title_values, queries=queries, gold=gold, labels=occupations.labels)
        yield f"vacancy title -> ESCO ({path.stem})", "MRR", measure
    linked = [read_linking(folder) for folder in context.folders(linking.FOLDER)]
    for pairs in linked:
        if pairs.query_language == pairs.corpus_language == _ENGLISH:
            known = KnownLabels(context.taxonomies.everything)
            chosen = context.cut(range(len(pairs.queries)))
            yield (
                f"occupation linking ({pairs.name})",
                "MRR",
                partial(_linking_values, one=pairs, chosen=chosen, known=known),
            )
    for alike in [read_similarity(folder) for folder in context.folders(similarity.FOLDER)]:
        if alike.language == _ENGLISH:
            chosen = context.cut(range(len(alike.queries)))
            yield f"title similarity ({alike.name})", "MAP", partial(precisions, one=alike, chosen=chosen)


def _title_values(
    matcher: Matcher, *, queries: Sequence[str], gold: Sequence[tuple[int, ...]], labels: Labels
) -> Values:
    return reciprocal(ranks_of_gold(matcher, queries, gold, labels))


def _linking_values(matcher: Matcher, *, one: LinkingSet, chosen: Sequence[int], known: KnownLabels) -> Values:
    return reciprocal(ranks_by(matcher, one, chosen, known)[matcher.name], cut=DEPTH)
