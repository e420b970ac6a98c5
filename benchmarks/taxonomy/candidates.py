"""Candidates: known labels found again among the phrases of the corpora, and how many of the first are entities.

Phrases are dealt into two folds by a hash of their text. What scores a phrase learned from labels of the other fold
alone, so no label that is measured, or that judges, was ever an example. The list of skill strings only judges: it is
no part of the corpus, and nothing is learned from it. No encoder takes part.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS
from gensim.models.phrases import Phrases as GensimPhrases
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from benchmarks.model import BenchRow
from benchmarks.standardize.rows import Figures, compare, measured
from benchmarks.standardize.taxonomies import open_taxonomies
from benchmarks.taxonomy.context import BuildContext
from core.errors import InvalidError
from taxonomy.candidates.counting import count_ngrams
from taxonomy.candidates.evidence import count_phrases
from taxonomy.candidates.kinds import guess_types
from taxonomy.candidates.scoring import ScoringPolicy, folds_of, score_phrases, untaught_scores
from taxonomy.candidates.statistics import Phrases, phrases_of
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import fold_phrase, sentences
from taxonomy.corpus.reading import read_documents
from taxonomy.model import EntityType

MIN_COUNT: Final = 5
JUDGED: Final = 2_000
LENGTHS: Final = (2_000, 5_000, 10_000, 20_000, 50_000)
_FOLDS: Final = 2
_CORPORA: Final = "*.jsonl.gz"
_SKILL_STRINGS: Final = "skill_strings*.txt.gz"
_TYPES: Final = (EntityType.TITLE, EntityType.SKILL)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Folded phrases, the best first."""

    name: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judges:
    """Labels of the taxonomies by type, and what is an entity by any list."""

    labels: Mapping[str, str]
    entities: frozenset[str]


def bench_candidates(context: BuildContext) -> list[BenchRow]:
    """Return the share of known labels found at several lengths, the precision of the first, and of their types."""
    documents = _documents(context)
    judges = _judges(context)
    context.on_step("counting phrases of the corpora")
    phrases = phrases_of(count_ngrams(documents(), None), min_count=MIN_COUNT)
    occurring = _occurring(judges, documents, context)
    ours = [
        Ranking("without known labels", _ranked(phrases, untaught_scores(phrases))),
        Ranking("cross-fitted classifier", _ranked(phrases, _cross_fitted(phrases, judges.labels.keys(), context))),
    ]
    floors = [_by_frequency(phrases), _whole_values(phrases), *_gensim(documents, context)]
    rows = [row for length in LENGTHS for row in _recall(floors, ours, occurring, length)]
    rows += _precision(floors, ours, judges)
    return [*rows, *_types(phrases, judges, context)]


def _documents(context: BuildContext) -> Callable[[], Iterator[Document]]:
    paths = sorted((context.data / "corpora").glob(_CORPORA))
    if not paths:
        raise InvalidError(f"no {_CORPORA} in {context.data / 'corpora'}; the benchmark of candidates needs documents")
    most = context.policy.max_documents

    def documents() -> Iterator[Document]:
        for path in paths:
            left = most
            for item in read_documents(path):
                if left == 0:
                    break
                if isinstance(item, Document):
                    left = None if left is None else left - 1
                    yield item

    return documents


def _judges(context: BuildContext) -> _Judges:
    with open_taxonomies(context.data, context.on_step) as taxonomies:
        snapshot = taxonomies.english_sources
    labels: dict[str, str] = {}
    for entity in snapshot.entities:
        for text in (entity.name, *(alias.text for alias in entity.aliases)):
            if (folded := fold_phrase(text)) and labels.get(folded) != EntityType.TITLE:
                labels[folded] = str(entity.type)
    return _Judges(labels, frozenset(labels) | frozenset(_skill_strings(context.data / "corpora")))


def _skill_strings(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob(_SKILL_STRINGS)):
        for item in read_documents(path):
            if isinstance(item, Document):
                yield fold_phrase(item.fields["skills"][0])


def _occurring(judges: _Judges, documents: Callable[[], Iterator[Document]], context: BuildContext) -> list[str]:
    """Return the labels, of any number of words, that occur often enough, counted one by one."""
    context.on_step("counting the labels of the taxonomies one by one")
    counted = count_phrases(judges.labels.keys(), documents())
    return sorted(label for label, count in counted.items() if count >= MIN_COUNT)


def _cross_fitted(phrases: Phrases, known: AbstractSet[str], context: BuildContext) -> NDArray[np.float64]:
    policy = ScoringPolicy(folds=_FOLDS)
    return score_phrases(phrases, known, policy, seed=context.policy.seed, on_step=context.on_step)


def _ranked(phrases: Phrases, scores: NDArray[np.float64]) -> tuple[str, ...]:
    """Return phrases in the product's order: confidence times the logarithm of the documents affected."""
    order = np.lexsort((np.array(phrases.texts), -scores * np.log1p(phrases.documents)))
    return tuple(phrases.texts[row] for row in order.tolist())


def _by_frequency(phrases: Phrases) -> Ranking:
    order = np.argsort(-phrases.counts, kind="stable").tolist()
    return Ranking("raw frequency, no stop word at either end", tuple(filter(_no_stop_word, _texts(phrases, order))))


def _whole_values(phrases: Phrases) -> Ranking:
    order = np.lexsort((-phrases.counts, -phrases.whole_values.sum(axis=1))).tolist()
    return Ranking("values of fields taken whole, by frequency", tuple(_texts(phrases, order)))


def _texts(phrases: Phrases, order: list[int]) -> Iterator[str]:
    return (phrases.texts[row] for row in order)


def _no_stop_word(phrase: str) -> bool:
    words = phrase.split()
    return words[0] not in ENGLISH_STOP_WORDS and words[-1] not in ENGLISH_STOP_WORDS


def _gensim(documents: Callable[[], Iterator[Document]], context: BuildContext) -> list[Ranking]:
    """Return what gensim's Phrases joins in two rounds, to four words: by its score, and with words by frequency."""
    context.on_step("gensim Phrases")
    options = {"min_count": MIN_COUNT, "threshold": 10.0, "delimiter": " ", "connector_words": ENGLISH_CONNECTOR_WORDS}
    tokens = list(sentences(documents(), frozenset()))
    pairs = GensimPhrases(tokens, **options).freeze()
    longer = GensimPhrases(pairs[tokens], **options)
    scores = {**pairs.phrasegrams, **longer.export_phrases()}
    counts = {text: count for text, count in longer.vocab.items() if count >= MIN_COUNT and text not in scores}
    for sentence in longer[pairs[tokens]]:
        for token in sentence:
            if token in scores:
                counts[token] = counts.get(token, 0) + 1
    by_score = sorted(scores, key=lambda text: (-scores[text], text))
    by_count = sorted(filter(_no_stop_word, counts), key=lambda text: (-counts[text], text))
    return [
        Ranking("gensim Phrases by score", tuple(by_score)),
        Ranking("gensim Phrases by frequency", tuple(by_count)),
    ]


def _recall(floors: list[Ranking], ours: list[Ranking], occurring: list[str], length: int) -> list[BenchRow]:
    def found(ranking: Ranking) -> NDArray[np.float64]:
        first = set(ranking.phrases[:length])
        return np.array([label in first for label in occurring], np.float64)

    figures = Figures({each.name: found(each) for each in floors}, {each.name: found(each) for each in ours})
    return compare(f"candidates: labels found in the first {length}", "recall", figures)


def _precision(floors: list[Ranking], ours: list[Ranking], judges: _Judges) -> list[BenchRow]:
    def right(ranking: Ranking) -> NDArray[np.float64]:
        return np.array([phrase in judges.entities for phrase in ranking.phrases[:JUDGED]], np.float64)

    figures = Figures({each.name: right(each) for each in floors}, {each.name: right(each) for each in ours})
    return compare(f"candidates: the first {JUDGED} are in a list of entities", "precision", figures)


def _types(phrases: Phrases, judges: _Judges, context: BuildContext) -> list[BenchRow]:
    """Return how often the type of a label is told by labels of the other fold, beside always the commonest."""
    fold = folds_of(phrases.texts, _FOLDS, seed=context.policy.seed)
    right: list[bool] = []
    truth: list[str] = []
    for part in range(_FOLDS):
        other = {text for text, number in zip(phrases.texts, fold, strict=True) if number != part}
        known = {text: kind for text, kind in judges.labels.items() if text in other}
        guessed = guess_types(phrases, known, seed=context.policy.seed)
        for text, number, kind in zip(phrases.texts, fold, guessed, strict=True):
            if number == part and judges.labels.get(text) in _TYPES:
                truth.append(judges.labels[text])
                right.append(kind == judges.labels[text])
    if not truth:
        return []
    commonest = max(truth.count(kind) for kind in set(truth)) / len(truth)
    return [
        measured(
            "candidates: type of a known label, title or skill",
            "accuracy",
            np.array(right, np.float64),
            baseline=commonest,
            baseline_name="always the commonest",
        )
    ]
