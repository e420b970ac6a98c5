"""Parents of left-out occupations and skills of ESCO, beside a vote of the ten nearest labels.

Split by entity, by a hash of the id: a left-out entity keeps its labels and loses its edge, and its children lose
theirs. The parent is the immediate broader entity, an ISCO unit group or another occupation; an occupation whose parent
is left out as well can never be right. No encoder that learned labels takes part but in the row that says so.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import calibration_error
from benchmarks.standardize.rows import NO_REFERENCE, Reference, measured, rounded
from benchmarks.taxonomy.context import BuildContext
from benchmarks.taxonomy.hierarchy_world import World, read_occupations, read_skills, read_starter
from benchmarks.taxonomy.synonym_printout import common_phrases, read_corpora
from classifiers.encoder.linear import load_encoder
from classifiers.encoder.multilingual import MultilingualEncoder
from core.errors import EnvironmentFaultError
from taxonomy.arrange.model import ArrangePolicy, ParentGuess
from taxonomy.arrange.parents import guess_parents
from taxonomy.corpus.model import Encode
from taxonomy.corpus.phrases import sentences
from taxonomy.corpus.vectors import VectorPolicy, as_encode, train_vectors

_NEIGHBOURS: Final = 10
_SKILLS: Final = 4_000
_PARENT: Final = Reference(target=0.6)
_MAJOR: Final = Reference(target=0.8)
_WHOLE: Final = "labels, multilingual encoder"


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to look for parents: what is known of a child, and by which encoder."""

    name: str
    encode: Encode | None
    alternatives: bool = True
    texts: bool = False
    company: bool = False


def bench_hierarchy(context: BuildContext) -> list[BenchRow]:
    """Look for the parents of occupations, then of skills."""
    folders = sorted((context.data / "taxonomies").glob("esco-*-en"))
    if not folders:
        context.on_step("skipped the hierarchy: no folder esco-*-en")
        return []
    occupations, skills = read_occupations(folders[-1]), read_skills(folders[-1], most=_SKILLS)
    rows = [*_occupations(context, occupations), *_groups(context, "ESCO group of a skill", skills)]
    for name, world in read_starter().items():
        rows += _groups(context, f"starter, {name}", world)
    return rows


def _occupations(context: BuildContext, world: World) -> list[BenchRow]:
    multilingual = _multilingual(context.on_step)
    vectors = _corpus_vectors(context)
    ways = [
        _Way("name alone", multilingual, alternatives=False),
        _Way("labels, no encoder", None),
        _Way("labels, vectors of the corpora", vectors),
        _Way(_WHOLE, multilingual),
        _Way("labels, shipped encoder (learned synonyms)", load_encoder().encode),
        _Way("labels and description", multilingual, texts=True),
        _Way("labels and needed skills", multilingual, company=True),
        _Way("labels, description and needed skills", multilingual, texts=True, company=True),
    ]
    if multilingual and vectors:
        ways.insert(4, _Way("labels, vectors and encoder", both(vectors, multilingual)))
    guesses = {way.name: _guessed(context, world, way) for way in ways}
    floor = nearest_vote(world)
    rows = [
        *_measured(context, "ESCO parent of an occupation", world, guesses, floor, _Level("accuracy@1", _PARENT)),
        *_measured(context, "ISCO unit group of an occupation", world, guesses, floor, _Level("accuracy@1", at=3)),
        *_measured(
            context, "ISCO major group of an occupation", world, guesses, floor, _Level("accuracy@1", _MAJOR, 0)
        ),
    ]
    return rows + list(_confidence_rows("ESCO parent of an occupation", world, guesses[_WHOLE]))


def _groups(context: BuildContext, case: str, world: World) -> list[BenchRow]:
    way = _Way(_WHOLE, _multilingual(context.on_step))
    guesses = {way.name: _guessed(context, world, way)}
    level = _Level("accuracy@1")
    rows = list(_measured(context, case, world, guesses, nearest_vote(world), level))
    return rows + list(_confidence_rows(case, world, guesses[_WHOLE]))


def _guessed(context: BuildContext, world: World, way: _Way) -> dict[str, list[ParentGuess]]:
    context.on_step(f"parents by {way.name}")
    children = [
        replace(
            node,
            labels=node.labels if way.alternatives else node.labels[:1],
            text=node.text if way.texts else "",
            company=node.company if way.company else {},
        )
        for node in world.hierarchy.children
    ]
    return guess_parents(
        replace(world.hierarchy, children=children),
        asked=sorted(world.truth),
        policy=ArrangePolicy(seed=context.policy.seed, folds=3 if way.name == _WHOLE else 0),
        encode=way.encode,
        on_step=context.on_step,
    )


@dataclass(frozen=True, slots=True)
class _Level:
    """What counts as right: the parent itself, or its ancestor at a depth from the root."""

    metric: str
    reference: Reference = NO_REFERENCE
    at: int | None = None


def _measured(
    context: BuildContext,
    case: str,
    world: World,
    guesses: Mapping[str, Mapping[str, Sequence[ParentGuess]]],
    floor: Mapping[str, Mapping[str, float]],
    level: _Level,
) -> Iterator[BenchRow]:
    context.on_step(f"measuring {case}")
    asked = sorted(world.truth)
    votes = np.array([_right(world, child, floor[child], level.at) for child in asked])
    ours = {
        name: np.array([
            _right(world, child, {guess.parent: guess.confidence for guess in found[child]}, level.at)
            for child in asked
        ])
        for name, found in guesses.items()
    }  # fmt: skip
    name = "10-NN vote of labels"
    yield measured(
        case,
        level.metric,
        ours[_WHOLE],
        baseline=float(votes.mean()),
        baseline_name=name,
        reference=level.reference,
    )
    yield measured(f"{case} / {name}", level.metric, votes)
    for way, values in ours.items():
        yield measured(f"{case} / {way}", level.metric, values)
    if level.at is None:
        there = {node.entity_id for node in world.hierarchy.parents}
        reachable = np.array([bool(there & set(world.truth[child])) for child in asked])
        yield measured(f"{case} / {_WHOLE}, parent not left out", level.metric, ours[_WHOLE][reachable])


def _right(world: World, child: str, scores: Mapping[str, float], at: int | None) -> float:
    """Return 1 where the best parent is right, or the group at a depth whose parents have the highest sum."""
    if at is None:
        best = max(scores, key=lambda parent: (scores[parent], parent), default="")
        return float(best in world.truth[child])
    sums: defaultdict[str, float] = defaultdict(float)
    for parent, score in scores.items():
        sums[_ancestor(world, parent, at)] += score
    best = max(sums, key=lambda group: (sums[group], group), default="")
    return float(best in {_ancestor(world, parent, at) for parent in world.truth[child]})


def _ancestor(world: World, parent: str, at: int) -> str:
    return [*world.true_paths.get(parent, ()), parent][: at + 1][-1]


def _confidence_rows(case: str, world: World, found: Mapping[str, Sequence[ParentGuess]]) -> Iterator[BenchRow]:
    """Return how far the confidences of best guesses are from how often those are right."""
    best = [found[child][0] for child in sorted(world.truth)]
    sure = np.array([guess.confidence for guess in best])
    right = np.array([float(guess.parent in world.truth[guess.child]) for guess in best])
    share = np.full(len(right), right.mean())
    yield BenchRow(case, "ECE-15 of the confidence", rounded(calibration_error(sure, right)), rows=len(right))
    yield measured(
        case, "Brier", (sure - right) ** 2, baseline=float(((share - right) ** 2).mean()), baseline_name="a constant"
    )


def nearest_vote(world: World) -> dict[str, dict[str, float]]:
    """Return votes by parent: of the ten nearest of other children, by the nearest pair of labels' letters."""
    known = [node for node in world.hierarchy.children if node.entity_id in world.hierarchy.edges]
    owner = np.array([place for place, node in enumerate(known) for _ in node.labels])
    starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
    table = letters.fit_transform([label.lower() for node in known for label in node.labels]).T.tocsr()
    found: dict[str, dict[str, float]] = {}
    for node in world.hierarchy.children:
        if node.entity_id in world.truth:
            likeness = (letters.transform([label.lower() for label in node.labels]) @ table).max(axis=0)
            best = np.maximum.reduceat(np.asarray(likeness.todense()).ravel(), starts)
            votes: defaultdict[str, float] = defaultdict(float)
            for place in np.argsort(-best, kind="stable")[:_NEIGHBOURS].tolist():
                for parent in world.hierarchy.edges[known[place].entity_id]:
                    votes[parent] += float(best[place])
            found[node.entity_id] = dict(votes)
    return found


def both(one: Encode, other: Encode) -> Encode:
    """Return the vectors of two encoders side by side, each of half the weight."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        together = np.concatenate([one(texts), other(texts)], axis=1)
        return np.asarray(together / np.sqrt(2), dtype=np.float32)

    return encode


def _multilingual(on_step: Callable[[str], None]) -> Encode | None:
    try:
        return MultilingualEncoder().encode
    except EnvironmentFaultError as error:
        on_step(f"hierarchy without a pretrained encoder: {error}")
        return None


def _corpus_vectors(context: BuildContext) -> Encode | None:
    documents = read_corpora(context)
    if not documents:
        context.on_step("hierarchy without vectors of the corpora: there are none")
        return None
    context.on_step(f"vectors of {len(documents):,} documents")
    phrases = common_phrases(documents)
    return as_encode(
        train_vectors(lambda: sentences(documents, phrases), VectorPolicy(epochs=2), seed=context.policy.seed)
    )
