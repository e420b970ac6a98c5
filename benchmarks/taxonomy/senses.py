"""Disambiguation: pseudo-words of two phrases taken apart, the number of senses, and senses printed for a person.

Phrases are values of several words of the fields `skills` and `titles` of all corpora: several words rarely mean
several things. They are split by a hash: what separates meanings is learned from one half, all figures are of the
other. Half of the pairs are drawn at random, half are matched in frequency; phrases that share a word, or whose word
vectors have a cosine above one half, are drawn again, for they may mean the same. A pseudo-word has as many contexts
as a phrase alone, so their number gives nothing away. The baselines are told that there are two senses; ours is not.
B-cubed F1: Amigó et al. 2009, averaged over pseudo-words.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import Values
from benchmarks.standardize.rows import Reference, measured
from benchmarks.taxonomy.context import BuildContext
from benchmarks.taxonomy.served_senses import served_rows
from benchmarks.taxonomy.synonym_printout import common_phrases, read_corpora
from classifiers.encoder.linear import load_encoder
from core.errors import InvalidError
from taxonomy.corpus.model import Document, Encode
from taxonomy.corpus.phrases import fold_phrase, sentences
from taxonomy.corpus.vectors import VectorPolicy, as_encode, train_vectors
from taxonomy.senses.concentration import fit_concentration
from taxonomy.senses.contexts import ContextSpace, collect_contexts, context_space
from taxonomy.senses.finding import count_tokens, sample_contexts, senses_of
from taxonomy.senses.model import Context, PhraseSenses, SensePolicy
from taxonomy.senses.splitting import Drawn, SplitModel, fit_splits, throw_together

SENSES: Final = "senses.txt"
_PRINTED: Final = ("chef", "driver", "java", "architect", "spring", "oracle", "nursing", "operations")
_POLICY: Final = SensePolicy()
_VECTORS: Final = VectorPolicy(epochs=3, window=5, negative=5)
_FIELDS: Final = ("skills", "titles")
_FEWEST: Final = 8
_SAME_MEANING: Final = 0.5
_DRAWS: Final = 40
_DIMENSIONS: Final = 50
_SEVERAL: Final = Reference(target=0.7)
_F1: Final = Reference(target=0.85)
_OURS: Final = "word vectors"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Token sequences of all corpora, contexts of the phrases, and the halves of those with contexts enough."""

    sequences: list[list[str]]
    contexts: Mapping[str, list[Context]]
    learned: tuple[str, ...]
    measured: tuple[str, ...]
    words: Encode


def bench_senses(context: BuildContext) -> list[BenchRow]:
    """Take pseudo-words apart by every kind of vectors, and print the senses of a few words.

    Raises:
        InvalidError: where too few phrases have contexts enough.
    """
    corpus = _read(context)
    pseudo, single = _questions(corpus, context)
    context.on_step(f"senses: {len(pseudo)} pseudo-words, {len(single)} phrases alone")
    rows: list[BenchRow] = []
    floors = {name: np.array([f1(divide(one), one.source) for one in pseudo]) for name, divide in _floors(corpus)}
    best = max(floors, key=lambda name: float(floors[name].mean()))
    encoder = load_encoder().encode
    ways: dict[str, Encode] = {
        _OURS: corpus.words,
        "encoder": encoder,
        "both": lambda texts: (
            np.hstack([corpus.words(texts), encoder(texts)]).astype(np.float32) * np.float32(0.5**0.5)
        ),
    }
    for name, encode in ways.items():
        context.on_step(f"senses: contexts by {name}")
        space = context_space(corpus.sequences, encode, corpus.contexts)
        known = {phrase: corpus.contexts[phrase] for phrase in corpus.learned}
        model = fit_splits(known, space, _POLICY, seed=context.policy.seed)
        case = "senses" if name == _OURS else f"senses / {name}"
        rows += _figures(case, pseudo, single, (space, model, context.policy.seed), (best, floors[best]))
        if name == _OURS:
            concentration = fit_concentration(known, space, _POLICY, seed=context.policy.seed)
            rows += served_rows(pseudo, space, concentration, _POLICY)
            _print(corpus, space, model, context)
    return rows + [measured(f"senses / {name}", "B-cubed F1, pseudo-words", values) for name, values in floors.items()]


def f1(found: Sequence[int], truth: Sequence[int]) -> float:
    """Return the harmonic mean of B-cubed precision and recall (Amigó et al. 2009) of groups of the same items."""
    a, b = np.asarray(found), np.asarray(truth)
    together, same = a[:, None] == a, b[:, None] == b
    both = (together & same).sum(axis=1)
    precision, recall = (both / together.sum(axis=1)).mean(), (both / same.sum(axis=1)).mean()
    return float(2 * precision * recall / (precision + recall))


def _read(context: BuildContext) -> Corpus:
    documents = read_corpora(context)
    context.on_step(f"senses: word vectors of {len(documents):,} documents")
    phrases = common_phrases(documents)
    sequences = list(sentences(documents, phrases))
    words = as_encode(train_vectors(lambda: sequences, _VECTORS, seed=context.policy.seed))
    wanted = (phrases & _named(documents)) | set(_PRINTED)
    contexts = collect_contexts(sequences, wanted, _POLICY, seed=context.policy.seed)
    enough = sorted(p for p, some in contexts.items() if len(some) >= _POLICY.min_contexts and " " in p)
    learned, asked = (tuple(p for p in enough if _is_measured(p) is side) for side in (False, True))
    if min(len(learned), len(asked)) < _FEWEST:
        raise InvalidError(f"only {len(enough)} phrases have {_POLICY.min_contexts} contexts; senses need more text")
    return Corpus(sequences, contexts, learned, asked, words)


def _named(documents: Sequence[Document]) -> set[str]:
    return {fold_phrase(value) for document in documents for name in _FIELDS for value in document.fields.get(name, ())}


def _is_measured(phrase: str) -> bool:
    return hashlib.blake2b(phrase.encode(), digest_size=1, person=b"senses").digest()[0] % 2 == 0


def _questions(corpus: Corpus, context: BuildContext) -> tuple[list[Drawn], list[Drawn]]:
    """Return pseudo-words and phrases alone, as many of each, the same for the same seed."""
    rng = random.Random(context.policy.seed)  # noqa: S311 - a sample, not a secret
    frequency = Counter(token for sequence in corpus.sequences for token in sequence)
    vectors = dict(zip(corpus.measured, corpus.words(corpus.measured), strict=True))
    count = context.policy.pseudo_words
    pairs: list[list[str]] = []
    for _ in range(_DRAWS * count):
        if len(pairs) == count:
            break
        one, *others = rng.sample(corpus.measured, min(_DRAWS, len(corpus.measured)))
        other = others[0] if len(pairs) % 2 else min(others, key=lambda p: abs(frequency[p] - frequency[one]))
        if not set(one.split()) & set(other.split()) and float(vectors[one] @ vectors[other]) <= _SAME_MEANING:
            pairs.append([one, other])
    alone = rng.sample(corpus.measured, min(count, len(corpus.measured)))
    most = _POLICY.max_contexts
    return (
        [throw_together(corpus.contexts, pair, most, rng) for pair in pairs],
        [throw_together(corpus.contexts, [phrase], most, rng) for phrase in alone],
    )


def _figures(
    case: str,
    pseudo: Sequence[Drawn],
    single: Sequence[Drawn],
    way: tuple[ContextSpace, SplitModel, int],
    floor: tuple[str, Values],
) -> list[BenchRow]:
    space, model, seed = way

    def found(one: Drawn) -> PhraseSenses:
        return senses_of("", one.contexts, space, model, _POLICY, seed=seed)

    apart, alone = [found(one) for one in pseudo], [found(one) for one in single]
    values = np.array([f1(one.assigned, drawn.source) for one, drawn in zip(apart, pseudo, strict=True)])
    two = np.array([len(one.senses) == 2 for one in apart], np.float64)
    first = np.array([len(one.senses) == 1 for one in alone], np.float64)
    name, baseline = floor
    return [
        measured(
            case, "B-cubed F1, pseudo-words", values, baseline=float(baseline.mean()), baseline_name=name, reference=_F1
        ),
        measured(
            case,
            "number of senses right, pseudo-words",
            two,
            baseline=0.0,
            baseline_name="always one",
            reference=_SEVERAL,
        ),
        measured(
            case,
            "number of senses right, phrases alone",
            first,
            baseline=0.0,
            baseline_name="always two",
            reference=_SEVERAL,
        ),
        measured(
            case,
            "number of senses right, both",
            np.concatenate([two, first]),
            baseline=0.5,
            baseline_name="always one",
            reference=_SEVERAL,
        ),
    ]


def _floors(corpus: Corpus) -> list[tuple[str, Callable[[Drawn], Sequence[int]]]]:
    """Return k-means of two over TF-IDF of the contexts, and over its singular value decomposition."""
    frequency = Counter(token for sequence in corpus.sequences for token in set(sequence))
    total = len(corpus.sequences)

    def vectors(drawn: Drawn) -> "sparse.csr_matrix":
        tokens = sorted({token for context in drawn.contexts for token in context})
        place = {token: column for column, token in enumerate(tokens)}
        cells = [(row, place[token]) for row, context in enumerate(drawn.contexts) for token in context]
        rows, columns = np.array(cells).T
        rarity = np.array([np.log(total / frequency[token]) for token in tokens])
        weights = sparse.csr_matrix((rarity[columns], (rows, columns)), shape=(len(drawn.contexts), len(tokens)))
        return sparse.csr_matrix(normalize(weights))

    def plain(drawn: Drawn) -> Sequence[int]:
        return _two_means(vectors(drawn))

    def reduced(drawn: Drawn) -> Sequence[int]:
        rows = vectors(drawn)
        dimensions = min(_DIMENSIONS, *(size - 1 for size in rows.shape))
        return _two_means(normalize(TruncatedSVD(dimensions, random_state=0).fit_transform(rows)))

    return [("k-means, TF-IDF", plain), ("k-means, SVD", reduced)]


def _two_means(rows: "Values | sparse.csr_matrix") -> Sequence[int]:
    labels: list[int] = KMeans(2, n_init=_POLICY.trials, random_state=0).fit_predict(rows).tolist()
    return labels


def _print(corpus: Corpus, space: ContextSpace, model: SplitModel, context: BuildContext) -> None:
    lines = []
    background = count_tokens(sample_contexts(corpus.contexts), space)
    for phrase in _PRINTED:
        contexts = corpus.contexts.get(phrase, [])
        lines.append(f"{phrase}: {len(contexts)} contexts looked at")
        if len(contexts) >= _POLICY.min_contexts:
            found = senses_of(phrase, contexts, space, model, _POLICY, seed=context.policy.seed, background=background)
            lines[-1] += f", {len(found.senses)} senses, probability of several {found.confidence:.2f}"
            for sense in found.senses:
                lines.append(f"  {sense.share:4.0%}  {sense.label}")
                lines += [f"          e.g. {', '.join(example[:12])}" for example in sense.examples[:2]]
    context.out.mkdir(parents=True, exist_ok=True)
    (context.out / SENSES).write_text("\n".join(lines) + "\n", encoding="utf-8")
