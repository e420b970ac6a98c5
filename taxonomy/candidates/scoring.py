"""How likely a phrase is an entity, learned from those that the taxonomy knows.

Known labels against other phrases, which are unlabelled, not wrong: probabilities are lifted by the share of true
entities that are known (Elkan and Noto 2008, "Learning classifiers from only positive and unlabeled data"). Phrases
are dealt into folds by a hash of their text, and each is scored by models that never saw it, known or not: so a
label is never its own evidence, and an unknown phrase is not held down by having served as an example of none.

What serves as an example of none, and in which inner fold an example is, hangs on hashes too: so a label more in the
taxonomy changes little of what is found, and nobody looks at other candidates only because one was accepted.

Two learners: a logistic regression over the words of a phrase, and over that one and the statistics of the corpus
boosted trees.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from taxonomy.candidates.statistics import Phrases

Scores = NDArray[np.float64]
Rows = NDArray[np.int64]

MOST_CONFIDENT: Final = 0.99
"""No phrase is certain before a person saw it."""
_INNER_FOLDS: Final = 2
_UNTAUGHT: Final = ("c_value", "whole_value", "left_entropy", "right_entropy", "npmi")
"""What phrases are ranked by where too few are known to learn from, beside how often they are values of fields."""
_UNTAUGHT_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class ScoringPolicy:
    """How phrases are scored.

    `folds` is into how many parts they are dealt; `negatives_per_positive` how many unknown phrases are examples of
    none for each known one, drawn at random, at least `least_negatives`; with fewer than `least_positives` known
    phrases nothing is learned. A leaf holds at least a tenth as many examples as labels are known, or `most_per_leaf`.
    """

    folds: int = 4
    negatives_per_positive: int = 30
    least_negatives: int = 2_000
    least_positives: int = 20
    word_features: int = 2**18
    word_regularization: float = 0.3
    trees: int = 200
    leaves: int = 15
    most_per_leaf: int = 40
    learning_rate: float = 0.06


@dataclass(frozen=True, slots=True)
class _Problem:
    """All phrases as they are learned from: dense features, words, which are known, and the lot of each."""

    dense: Scores
    words: "sparse.csr_matrix"
    known: NDArray[np.bool_]
    policy: ScoringPolicy
    lots: Rows


def score_phrases(
    phrases: Phrases,
    known: AbstractSet[str],
    policy: ScoringPolicy | None = None,
    *,
    seed: int,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Scores:
    """Return the probability that each phrase is an entity, given the folded labels that are known to be.

    Where too few are known, phrases are ranked by how a term behaves, at most 0.5.
    """
    policy = policy or ScoringPolicy()
    labels = np.array([text in known for text in phrases.texts], np.bool_)
    fold = folds_of(phrases.texts, policy.folds, seed=seed)
    if any(labels[fold != part].sum() < policy.least_positives for part in range(policy.folds)):
        return untaught_scores(phrases)
    problem = _Problem(
        np.column_stack(list(phrases.features.values())),
        words_of(phrases.texts, policy.word_features),
        labels,
        policy,
        lots_of(phrases.texts, seed=seed),
    )
    scores = np.zeros(len(phrases))
    for part in range(policy.folds):
        on_step(f"learning which phrases are entities, part {part + 1} of {policy.folds}")
        tested = np.flatnonzero(fold == part)
        scores[tested] = _learned(problem, np.flatnonzero(fold != part), tested, seed)
    return _lifted(scores, float(scores[labels].mean()))


def _lifted(known: Scores, share: float) -> Scores:
    """Return the probability to be an entity from that to be a known one, `share` of all entities being known.

    An unknown phrase is an entity with (1 - share) / share times its odds to be known (Elkan and Noto, equation 3);
    taken as odds rather than as a probability, it cannot exceed 1 and keeps every difference in rank.
    """
    bounded = np.clip(known, 1e-9, 1 - 1e-9)
    odds = bounded / (1 - bounded) * (1 - share) / max(share, 1e-9)
    lifted: Scores = MOST_CONFIDENT * odds / (1 + odds)
    return lifted


def untaught_scores(phrases: Phrases) -> Scores:
    """Return how high each phrase ranks as a value of fields, and by what else marks terms; at most 0.5."""
    if not len(phrases):
        return np.zeros(0)
    columns = [np.nan_to_num(phrases.features[name]) for name in _UNTAUGHT]
    ranks = [_rank(column) for column in columns]
    values = _rank(phrases.whole_values.sum(axis=1))
    mean: Scores = _UNTAUGHT_MOST * (values + values * np.mean(ranks, axis=0)) / 2
    return mean


def _rank(column: NDArray[np.generic]) -> Scores:
    """Return the share of values that are smaller than each."""
    smaller: Scores = np.searchsorted(np.sort(column), column, side="left") / len(column)
    return smaller


def folds_of(texts: Sequence[str], folds: int, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of each text, from 0: the same for a text in every corpus."""
    return np.array([number % folds for number in _numbers(texts, f"{seed}\0")], np.int64)


def lots_of(texts: Sequence[str], *, seed: int) -> Rows:
    """Return the lot of each text, a number of 32 bits: the same in every corpus, and independent of its fold."""
    return np.array(list(_numbers(texts, f"lot {seed}\0")), np.int64)


def _numbers(texts: Sequence[str], salt: str) -> Iterator[int]:
    start = salt.encode()
    return (int.from_bytes(hashlib.blake2b(start + text.encode(), digest_size=4).digest()) for text in texts)


def words_of(texts: Sequence[str], features: int) -> "sparse.csr_matrix":
    """Return which words stand at the start, at the end and anywhere in each text, and how those are spelled."""
    hashing = HashingVectorizer(
        analyzer=_word_features, n_features=features, norm=None, alternate_sign=False, binary=True, dtype=np.float32
    )
    return sparse.csr_matrix(hashing.transform(texts))


def _word_features(text: str) -> Iterator[str]:
    words = text.split()
    if not words:
        return
    yield f"words {len(words)}"
    yield f"first {words[0]}"
    yield f"last {words[-1]}"
    yield f"starts {words[0][:4]}"
    for length in (2, 3, 4):
        yield f"ends {words[-1][-length:]}"
    for word in words:
        yield f"word {word}"


def _learned(problem: _Problem, learned: Rows, tested: Rows, seed: int) -> Scores:
    """Return the probabilities to be a known label of the tested phrases, learned from the others."""
    examples, weights = _examples(problem, learned)
    # The lots of those that were drawn are the lowest ones: their last digits are as good as new.
    inner = problem.lots[examples] % _INNER_FOLDS
    by_words = np.zeros(len(examples))
    for part in range(_INNER_FOLDS):
        model = _word_model(problem, examples[inner != part])
        by_words[inner == part] = model.decision_function(problem.words[examples[inner == part]])
    trees = HistGradientBoostingClassifier(
        max_iter=problem.policy.trees,
        max_leaf_nodes=problem.policy.leaves,
        learning_rate=problem.policy.learning_rate,
        l2_regularization=5.0,
        min_samples_leaf=int(np.clip(problem.known[examples].sum() // 10, 5, problem.policy.most_per_leaf)),
        early_stopping=False,
        random_state=seed,
    )
    trees.fit(_with(problem.dense[examples], by_words), problem.known[examples], sample_weight=weights)
    tested_words = _word_model(problem, examples).decision_function(problem.words[tested])
    probabilities: Scores = trees.predict_proba(_with(problem.dense[tested], tested_words))[:, 1]
    return probabilities


def _examples(problem: _Problem, rows: Rows) -> tuple[Rows, Scores]:
    """Return the known phrases and a sample of the others, each of which weighs as many as it stands for."""
    known, others = rows[problem.known[rows]], rows[~problem.known[rows]]
    wanted = max(problem.policy.least_negatives, problem.policy.negatives_per_positive * len(known))
    drawn = others[np.argsort(problem.lots[others], kind="stable")[:wanted]]
    weights = np.concatenate((np.ones(len(known)), np.full(len(drawn), len(others) / max(1, len(drawn)))))
    order = np.argsort(np.concatenate((known, drawn)))
    return np.concatenate((known, drawn))[order], weights[order]


def _word_model(problem: _Problem, rows: Rows) -> Any:  # noqa: ANN401 - scikit-learn has no types
    model = LogisticRegression(C=problem.policy.word_regularization, solver="liblinear", max_iter=300)
    return model.fit(problem.words[rows], problem.known[rows])


def _with(dense: Scores, column: Scores) -> Scores:
    return np.column_stack((dense, column))
