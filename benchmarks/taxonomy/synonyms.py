"""De-duplication: labels of ESCO and O*NET regrouped, and merges of real skill strings printed for a person to judge.

What is measured was learned from by nothing (`synonym_pools`); the encoder of the package is not used. All ways of
comparing look at the same blocked pairs, and each chooses its threshold on the tuning part, by scores of pair
classifiers that have not learned from the pairs that they score. Labels are regrouped among all measured labels of one
source and type; "ESCO" and "all" add the pairs up, with one threshold for all. Intervals are over groups for precision
and over entities for recall.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import Values, calibration_error
from benchmarks.standardize.rows import measured, rounded
from benchmarks.taxonomy.context import BuildContext
from benchmarks.taxonomy.synonym_pools import HARD, KINDS, Pool, read_pools, train_encoder
from benchmarks.taxonomy.synonym_printout import common_phrases, print_merges, read_corpora
from taxonomy.corpus.phrases import sentences
from taxonomy.corpus.vectors import VectorPolicy, as_encode, train_vectors
from taxonomy.synonyms.classifier import fit_pairs, log_odds_unseen
from taxonomy.synonyms.evidence import Evidence, gather
from taxonomy.synonyms.grouping import cut_joins, group_phrases
from taxonomy.synonyms.model import BlockingPolicy, GroupingPolicy, LogOdds, Rows, Space
from taxonomy.synonyms.quality import are_same, found_by_entity, joined_by_group, tune_certain

_PRECISION: Final = 0.95
_RECALL: Final = 0.60
_STANDARD_ERRORS: Final = 1.96
"""The threshold is the lowest with the precision at the low end of its 95 % interval, for other entities follow."""
_TOGETHER: Final = {"ESCO": KINDS[:2], "ESCO and O*NET": KINDS}
_VECTORS: Final = VectorPolicy(epochs=3, window=5, negative=5)
_RESAMPLES: Final = 1_000
_LOG_ODDS: Final = (-1.0, 6.0)
_COSINES: Final = (0.3, 1.0)
"""Where thresholds are looked for."""
_OURS: Final = "word vectors and encoder"
_WAYS: Final[Mapping[str, frozenset[Space]]] = {
    "texts alone": frozenset(),
    "word vectors": frozenset({Space.WORDS}),
    "encoder": frozenset({Space.ENCODER}),
    _OURS: frozenset(Space),
}
"""What the pair classifier sees beside the texts."""
_BASELINES: Final = ("word2vec + threshold", "connected components")


@dataclass(frozen=True)
class Scored:
    """The blocked pairs of a pool, and a score for each."""

    pool: Pool
    evidence: Evidence
    scores: NDArray[np.float64]

    @cached_property
    def joins(self) -> tuple[tuple[int, int, LogOdds], ...]:
        """All joins of average linkage down to the lowest threshold that is tried."""
        policy = GroupingPolicy(_LOG_ODDS[0], review=np.inf)
        return group_phrases(len(self.pool.keys), self.evidence.pairs, self.scores, policy).joins


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows of (pairs joined, those of one entity) and rows of (pairs of an entity, those joined)."""

    joined: NDArray[np.int64]
    found: NDArray[np.int64]


Method = Callable[[Scored, float], Outcome]
Pools = Mapping[str, Mapping[str, Pool]]
Gathered = Mapping[tuple[str, str], Evidence]


def bench_synonyms(context: BuildContext) -> list[BenchRow]:
    """Regroup the labels in every way, and print merges of real skills."""
    documents = read_corpora(context)
    context.on_step(f"synonyms: word vectors of {len(documents):,} documents")
    read = list(sentences(documents, common_phrases(documents)))
    words = as_encode(train_vectors(lambda: read, _VECTORS, seed=context.policy.seed))
    pools = read_pools(context)
    spaces = {Space.WORDS: words, Space.ENCODER: train_encoder(pools, context)}
    gathered: dict[tuple[str, str], Evidence] = {}
    for kind, part in [*((kind, part) for kind in KINDS for part in ("pairs", "test")), (HARD, "pairs")]:
        context.on_step(f"synonyms: {kind}, {part}: {len(pools[kind][part].keys):,} labels")
        gathered[kind, part] = gather(pools[kind][part].keys, spaces, BlockingPolicy())
    rows = _compare(pools, gathered, context)
    skills = [(gathered[kind, "pairs"], pools[kind]["pairs"]) for kind in (KINDS[1], HARD)]
    labelled = [_labelled(pool, evidence) for evidence, pool in skills]
    unseen = log_odds_unseen(labelled, seed=context.policy.seed)
    tuning = [Scored(pool, evidence, scores) for (evidence, pool), scores in zip(skills, unseen, strict=True)]
    certain = _threshold(tuning, _linked)
    model = fit_pairs([part[:2] for part in labelled], seed=context.policy.seed)
    context.on_step(f"synonyms: merging real skills from log-odds of {certain:.2f} on")
    print_merges(documents, spaces, model, GroupingPolicy(certain), context)
    return rows


def _compare(pools: Pools, gathered: Gathered, context: BuildContext) -> list[BenchRow]:
    scored: dict[str, dict[tuple[str, str], Scored]] = {}
    calibration: list[BenchRow] = []
    for name, spaces in _WAYS.items():
        context.on_step(f"synonyms: pair classifier with {name}")
        scored[name] = _scored(pools, gathered, spaces, context.policy.seed)
    scored[_BASELINES[0]] = {
        key: Scored(pools[key[0]][key[1]], evidence, _column(evidence, f"{Space.WORDS}: cosine"))
        for key, evidence in gathered.items()
    }
    scored[_BASELINES[1]] = scored[_OURS]
    for kind in KINDS:
        one = scored[_OURS][kind, "test"]
        right = are_same(one.pool.owners, one.evidence.pairs).astype(np.float64)
        error = calibration_error(np.asarray(expit(one.scores)), right)
        calibration.append(BenchRow(f"synonyms, {kind}", "ECE-15 of blocked pairs", rounded(error), rows=len(right)))
    methods: dict[str, Method] = {**dict.fromkeys(_WAYS, _linked), _BASELINES[0]: _by_pair, _BASELINES[1]: _chained}
    rows: list[BenchRow] = []
    for case, kinds in ({kind: (kind,) for kind in KINDS} | _TOGETHER).items():
        context.on_step(f"synonyms: regrouping {case}")
        rows += _rows(case, {name: _outcome(scored[name], kinds, methods[name]) for name in methods})
    return rows + calibration


def _scored(pools: Pools, gathered: Gathered, spaces: frozenset[Space], seed: int) -> dict[tuple[str, str], Scored]:
    found = {}
    for kind in KINDS:
        tuning, measured = (_only(gathered[kind, part], spaces) for part in ("pairs", "test"))
        pool = pools[kind]["pairs"]
        labelled = _labelled(pool, tuning)
        model = fit_pairs([labelled[:2]], seed=seed)
        unseen = log_odds_unseen([labelled], seed=seed)[0]
        found[kind, "pairs"] = Scored(pool, tuning, unseen)
        found[kind, "test"] = Scored(pools[kind]["test"], measured, model.log_odds(measured))
    return found


def _labelled(pool: Pool, evidence: Evidence) -> tuple[Evidence, NDArray[np.bool_], Rows]:
    """Return pairs with which are the same, and the entity of the left phrase of each, the lowest of several."""
    lowest = np.array([min(few) for few in pool.owners], dtype=np.int64)
    return evidence, are_same(pool.owners, evidence.pairs), lowest[evidence.pairs.left]


def _outcome(scored: Mapping[tuple[str, str], Scored], kinds: Sequence[str], method: Method) -> Outcome:
    """Return what comes of the measured parts at the threshold of the tuning parts."""
    threshold = _threshold([scored[kind, "pairs"] for kind in kinds], method)
    outcomes = [method(scored[kind, "test"], threshold) for kind in kinds]
    return Outcome(np.concatenate([one.joined for one in outcomes]), np.concatenate([one.found for one in outcomes]))


def _threshold(tuning: Sequence[Scored], method: Method) -> float:
    def joined(threshold: float) -> NDArray[np.int64]:
        return np.concatenate([method(one, threshold).joined for one in tuning])

    between = _COSINES if method is _by_pair else _LOG_ODDS
    return tune_certain(joined, precision=_PRECISION, between=between, standard_errors=_STANDARD_ERRORS)


def _linked(scored: Scored, threshold: float) -> Outcome:
    """Join by average linkage: ours."""
    return _grouped(scored, cut_joins(len(scored.pool.keys), scored.joins, threshold))


def _chained(scored: Scored, threshold: float) -> Outcome:
    """Join connected components."""
    kept, count = scored.scores >= threshold, len(scored.pool.keys)
    pairs = scored.evidence.pairs
    ones = np.ones(int(kept.sum()), np.int8)
    graph = sparse.coo_matrix((ones, (pairs.left[kept], pairs.right[kept])), shape=(count, count))
    return _grouped(scored, connected_components(graph, directed=False)[1].astype(np.int64))


def _grouped(scored: Scored, group: Rows) -> Outcome:
    return Outcome(joined_by_group(group, scored.pool.same), found_by_entity(group, scored.pool.same))


def _by_pair(scored: Scored, threshold: float) -> Outcome:
    """Take every pair by itself, without making groups, which spares a threshold the errors of chains."""
    kept, count = scored.scores >= threshold, len(scored.pool.keys)
    pairs, same = scored.evidence.pairs, scored.pool.same
    joined = pairs.left[kept] * count + pairs.right[kept]
    wanted = same.pairs.left * count + same.pairs.right
    right = np.isin(joined, wanted)
    entities, places = np.unique(same.entity, return_inverse=True)
    found = [np.bincount(places, weights, len(entities)) for weights in (None, np.isin(wanted, joined))]
    return Outcome(np.stack([np.ones(len(right)), right], axis=1).astype(np.int64), np.stack(found, axis=1).astype(int))


def _rows(case: str, outcomes: Mapping[str, Outcome]) -> list[BenchRow]:
    """Return precision and recall of ours beside the same pair scores chained, then of every way.

    An entity of n labels has n (n - 1) / 2 pairs, so the recall of pairs is that of the largest entities; the mean
    over entities counts each the same.
    """
    best = _BASELINES[-1]
    ours, chained = (_by_entity(outcomes[name]) for name in (_OURS, best))
    base = float(chained.mean())
    rows = [measured(f"synonyms, {case}", "recall, mean of entities", ours, baseline=rounded(base), baseline_name=best)]
    for metric, target in (("pairwise precision", _PRECISION), ("pairwise recall", _RECALL)):
        baseline = rounded(_share(_counted(outcomes[best], metric)))
        rows.append(_row(f"synonyms, {case}", metric, outcomes[_OURS], baseline, best, target))
        rows += [_row(f"synonyms, {case} / {name}", metric, outcome) for name, outcome in outcomes.items()]
    return rows


def _row(
    case: str,
    metric: str,
    outcome: Outcome,
    baseline: float | None = None,
    name: str | None = None,
    target: float | None = None,
) -> BenchRow:
    counted = _counted(outcome, metric)
    low, high = _interval(counted)
    pairs = int(counted[:, 0].sum())
    return BenchRow(case, metric, rounded(_share(counted)), baseline, name, None, target, pairs, low, high)


def _by_entity(outcome: Outcome) -> Values:
    wanted, found = outcome.found.T.astype(np.float64)
    return np.asarray(found / wanted)


def _counted(outcome: Outcome, metric: str) -> NDArray[np.int64]:
    return outcome.joined if metric == "pairwise precision" else outcome.found


def _share(counted: NDArray[np.int64]) -> float:
    whole, part = counted.sum(axis=0).tolist()
    return part / whole if whole else 1.0


def _interval(counted: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """Return the 95 % interval of the share, by resampling groups or entities; none without any."""
    if not len(counted):
        return None, None
    rng = np.random.default_rng(1)
    # How often a row is drawn is Poisson's: the same as resampling where there are many.
    weights = (rng.poisson(1.0, len(counted)) @ counted for _ in range(_RESAMPLES))
    shares = [part / whole for whole, part in weights if whole]
    low, high = np.percentile(shares, [2.5, 97.5])
    return rounded(float(low)), rounded(float(high))


def _column(evidence: Evidence, name: str) -> NDArray[np.float64]:
    return evidence.column(name).astype(np.float64)


def _only(evidence: Evidence, spaces: frozenset[Space]) -> Evidence:
    left_out = tuple(f"{space}: " for space in Space if space not in spaces)
    kept = [column for column, name in enumerate(evidence.names) if not name.startswith(left_out)] if left_out else None
    if kept is None:
        return evidence
    return Evidence(evidence.pairs, tuple(evidence.names[column] for column in kept), evidence.values[:, kept])
