"""Parents of left-out occupations and skills of ESCO, beside a vote of the ten nearest labels.

Split by entity, by a hash of the id: a left-out entity keeps what its source says of it and loses its edge, and its
children lose theirs. The parent is the immediate broader entity, an ISCO unit group or another occupation. The first
figure is what a build does with all that it has: labels, descriptions, needed skills, and the shipped encoder, which
learned what the names of one entity are, and nothing of edges. Variants are compared on `tuning_worlds`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import calibration_error
from benchmarks.standardize.rows import NO_REFERENCE, Reference, measured, rounded
from benchmarks.taxonomy.context import BuildContext
from benchmarks.taxonomy.hierarchy_world import World, read_occupations, read_skills, read_starter
from classifiers.encoder.linear import load_encoder
from classifiers.encoder.multilingual import MultilingualEncoder
from core.errors import EnvironmentFaultError
from taxonomy.arrange.model import ArrangePolicy, ParentGuess
from taxonomy.arrange.parents import guess_parents
from taxonomy.corpus.model import Encode

_NEIGHBOURS: Final = 10
_SKILLS: Final = 4_000
_PARENT: Final = Reference(target=0.6)
_MAJOR: Final = Reference(target=0.8)
_DRAWS: Final = 200
"""Sets of answers drawn by the confidences: few rows show an error of calibration even where there is none."""
_WHOLE: Final = "labels, description and needed skills"
_LABELS: Final = "labels alone"


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to look for parents: what is known of a child, and by which encoder."""

    name: str
    encode: Encode | None
    texts: bool = True
    company: bool = True


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
    shipped, multilingual = load_encoder().encode, _multilingual(context.on_step)
    ways = [
        _Way(_WHOLE, shipped),
        _Way("labels and description", shipped, company=False),
        _Way(_LABELS, shipped, texts=False, company=False),
        _Way(f"{_WHOLE}, no encoder", None),
    ]
    if multilingual:
        ways.append(_Way(f"{_WHOLE}, multilingual encoder", multilingual))
    guesses = {way.name: _guessed(context, world, way) for way in ways}
    floor = nearest_vote(world)
    case = "ESCO parent of an occupation"
    rows = [
        *_measured(context, case, world, guesses, floor, _Level("accuracy@1", _PARENT)),
        *_measured(context, "ISCO unit group of an occupation", world, guesses, floor, _Level("accuracy@1", at=3)),
        *_measured(
            context, "ISCO major group of an occupation", world, guesses, floor, _Level("accuracy@1", _MAJOR, 0)
        ),
    ]
    for name in (_WHOLE, _LABELS):
        rows += _confidence_rows(case if name == _WHOLE else f"{case} / {name}", world, guesses[name])
    return rows


def _groups(context: BuildContext, case: str, world: World) -> list[BenchRow]:
    shipped = load_encoder().encode
    ways = [_Way(_WHOLE, shipped), _Way(_LABELS, shipped, texts=False, company=False)]
    guesses = {way.name: _guessed(context, world, way) for way in ways if way.name == _WHOLE or _has_texts(world)}
    level = _Level("accuracy@1")
    rows = list(_measured(context, case, world, guesses, nearest_vote(world), level))
    return rows + list(_confidence_rows(case, world, guesses[_WHOLE]))


def _has_texts(world: World) -> bool:
    return any(node.text or node.company for node in world.hierarchy.children)


def _guessed(context: BuildContext, world: World, way: _Way) -> dict[str, list[ParentGuess]]:
    context.on_step(f"parents by {way.name}")
    children = [
        replace(
            node,
            text=node.text if way.texts else "",
            company=node.company if way.company else {},
        )
        for node in world.hierarchy.children
    ]
    return guess_parents(
        replace(world.hierarchy, children=children),
        asked=sorted(world.truth),
        policy=ArrangePolicy(seed=context.policy.seed),
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
        known = np.array([bool(set(world.truth[child]) - world.truth.keys()) for child in asked])
        yield measured(f"{case} / {_WHOLE}, parent not left out", level.metric, ours[_WHOLE][known])


def _right(world: World, child: str, scores: Mapping[str, float], at: int | None) -> float:
    """Return 1 where the best parent is right, or the group at a depth whose parents have the highest sum."""
    if at is None:
        best = max(scores, key=lambda parent: (scores[parent], parent), default="")
        return float(best in world.truth[child])
    sums: defaultdict[str, float] = defaultdict(float)
    for parent, score in scores.items():
        sums[_ancestor(world.hierarchy.paths, parent, at)] += score
    best = max(sums, key=lambda group: (sums[group], group), default="")
    return float(best in {_ancestor(world.true_paths, parent, at) for parent in world.truth[child]})


def _ancestor(paths: Mapping[str, Sequence[str]], parent: str, at: int) -> str:
    return [*paths.get(parent, ()), parent][: at + 1][-1]


def _confidence_rows(case: str, world: World, found: Mapping[str, Sequence[ParentGuess]]) -> Iterator[BenchRow]:
    """Return how far the confidences of best guesses are from how often those are right."""
    best = [found[child][0] for child in sorted(world.truth)]
    sure = np.array([guess.confidence for guess in best])
    right = np.array([float(guess.parent in world.truth[guess.child]) for guess in best])
    share = np.full(len(right), right.mean())
    rng = np.random.default_rng(0)
    drawn = [calibration_error(sure, (rng.random(len(sure)) < sure).astype(np.float64)) for _ in range(_DRAWS)]
    yield BenchRow(
        case,
        "ECE-15 of the confidence",
        rounded(calibration_error(sure, right)),
        baseline=rounded(float(np.mean(drawn))),
        baseline_name="answers drawn by these confidences",
        rows=len(right),
    )
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


def _multilingual(on_step: Callable[[str], None]) -> Encode | None:
    try:
        return MultilingualEncoder().encode
    except EnvironmentFaultError as error:
        on_step(f"hierarchy without a pretrained encoder: {error}")
        return None
