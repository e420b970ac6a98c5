"""Learn from labelled texts to rank entities: noisy labels, thousands of entities, some of them never seen.

Ridges over the texts and over the centre of each entity's labels say what like texts were labelled with, and reach
entities that no text was labelled with. Boosted trees then weigh this against the entities' labels, and against what
was right where the ridges said the same. The trees learn from texts that the ridges had not seen (stacking, Wolpert
1992).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from classifiers.encoder.protocol import Encoder
from classifiers.learning.confusion import Confusions, confusions_of, held_out_confusions, readings_of
from classifiers.learning.evidence import Candidates, EntityLabels, KnownTexts, candidates, membership
from classifiers.learning.ridge import RidgeConfig, fit_ridge, held_out_scores, kernel_of, sample_of
from classifiers.learning.views import Array, TextViews, ViewVectors, blended, centres, cosines, stacked, views_of
from classifiers.standardize.readings import Seniority
from core.trees import BoostedTrees, trees_of

if TYPE_CHECKING:
    from scipy import sparse

_CHUNK = 512
"""Texts scored at once: the cosines to 30 thousand labels are then 60 MB a view."""


@dataclass(frozen=True, slots=True)
class LabelledConfig:
    """The complete configuration of a fit.

    With fewer than `fewest_texts` the first ridge ranks alone; of more than `most_texts` a random sample is taken,
    for the kernels grow with the square: 12,000 texts and 3,000 entities take 4 GB while they are fitted.
    """

    seed: int = 0
    folds: int = 5
    ridges: tuple[RidgeConfig, ...] = (
        RidgeConfig("blend", (1, 1, 2, 0), sharpness=4, text_noise=2.0, label_noise=0.5),
        RidgeConfig("meaning", (0, 0, 1, 0), sharpness=8, text_noise=2.0, label_noise=0.5),
        RidgeConfig("words", (1, 0, 0, 0), sharpness=2, text_noise=1.0, label_noise=0.3),
        RidgeConfig("job", (0, 0, 0, 1), sharpness=8, text_noise=2.0, label_noise=0.5),
    )
    rounds: int = 300
    learning_rate: float = 0.04
    leaves: int = 12
    column_share: float = 0.3
    leaf_share: float = 0.002
    fewest_texts: int = 200
    most_texts: int = 12_000


def _quiet(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Learned:
    """All that a ranker knows: what it compares texts with, the duals of its ridges by name, its trees.

    `points` are the labelled texts and then the centre of each entity's labels; `labels` are the labels themselves,
    those of each entity from `label_starts` on. `entities` has the entity of each text. There are `confusions` where
    there are trees, which weigh them.
    """

    views: TextViews
    points: ViewVectors
    labels: ViewVectors
    entities: NDArray[np.int64]
    label_starts: NDArray[np.int64]
    duals: Mapping[str, Array]
    config: LabelledConfig
    confusions: Confusions | None = None
    trees: BoostedTrees | None = None

    @property
    def entity_count(self) -> int:
        """Return how many entities there are."""
        return len(self.label_starts)

    @property
    def known(self) -> KnownTexts:
        """Return the texts and labels as evidence is drawn from them."""
        return KnownTexts(self.entities, self.labels, self.label_starts, self.points.meaning[len(self.entities) :])


class LabelledRanker:
    """Ranks entities for texts; `fit_labelled` makes it."""

    def __init__(self, learned: Learned) -> None:
        self.learned = learned

    def scores(self, texts: Sequence[str]) -> Array:
        """Return texts x entities: a candidate's share of right answers, above 0; below 0 what is no candidate."""
        chunks = [self._scores(texts[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK)]
        return np.concatenate(chunks) if chunks else np.zeros((0, self.learned.entity_count), dtype=np.float32)

    def _scores(self, texts: Sequence[str]) -> Array:
        learned = self.learned
        vectors = learned.views.vectors(texts)
        likeness = cosines(vectors, learned.points)
        ridges = {
            ridge.name: np.asarray(kernel_of(likeness.blend(ridge.weights), ridge) @ learned.duals[ridge.name])
            for ridge in learned.config.ridges
            if ridge.name in learned.duals
        }
        scores = ridges[learned.config.ridges[0].name]
        if learned.trees is None or learned.confusions is None:
            return scores
        to_texts = likeness.columns(slice(len(learned.entities)))
        usable = np.ones(to_texts.words.shape, dtype=np.bool_)
        confused = {
            "confused": learned.confusions.expected(readings_of(scores)),
            "reliability": np.broadcast_to(learned.confusions.reliability, scores.shape),
        }
        found = learned.known.evidence(vectors, to_texts, {**ridges, **confused}, usable)
        proposed = candidates(found)
        scores = np.tanh(found["blend"]) - np.float32(1.0 + 1e-6)
        scores[proposed.texts, proposed.entities] = learned.trees.chances(proposed.columns)
        return scores


def fit_labelled(
    texts: Sequence[str],
    entities: Sequence[int],
    labels: EntityLabels,
    encoder: Encoder,
    *,
    seniority: Seniority | None = None,
    config: LabelledConfig | None = None,
    on_step: Callable[[str], None] = _quiet,
) -> LabelledRanker:
    """Return a ranker that learned from texts, the entity of each, and the entities' own labels.

    With `seniority` the texts are titles, and what they are without level and decoration is looked at as well.
    """
    config = config or LabelledConfig()
    chosen = sample_of(len(texts), most=config.most_texts, seed=config.seed)
    texts = [texts[i] for i in chosen]
    right = np.asarray(entities, dtype=np.int64)[chosen]
    views = views_of(texts, encoder, seniority=seniority)
    own = views.vectors(texts)
    label_vectors = views.of_labels.vectors(labels.texts)
    middle = centres(label_vectors, membership(labels.entities, labels.count).T.tocsr())
    points = stacked(own, middle)
    targets = membership(np.concatenate([right, np.arange(labels.count)]), labels.count)
    ridges = config.ridges if len(texts) >= config.fewest_texts else config.ridges[:1]
    folds = _folds(right, config)
    duals, held_out = _fit_ridges(points, targets, folds, ridges, on_step)
    learned = Learned(views, points, label_vectors, right, labels.starts, duals, config)
    if len(texts) >= config.fewest_texts:
        on_step("evidence of the texts, each as if it had not been learned from")
        readings, right_of = readings_of(held_out[ridges[0].name]), targets[: len(texts)]
        held_out |= _held_out_confused(readings, right_of, folds)
        proposed = _held_out_candidates(learned.known, own, held_out, folds)
        on_step(f"trees over {len(proposed.texts):,} candidates")
        trees = _fit_trees(proposed, right, config)
        learned = replace(learned, confusions=confusions_of(readings, right_of), trees=trees)
    return LabelledRanker(learned)


def _fit_ridges(
    points: ViewVectors,
    targets: "sparse.csr_matrix",
    folds: NDArray[np.int64],
    ridges: Sequence[RidgeConfig],
    on_step: Callable[[str], None],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the duals of each ridge, and its scores of each text as if the text's fold had been left out."""
    duals, held_out = dict[str, Array](), dict[str, Array]()
    for ridge in ridges:
        entities = targets.shape[0] - len(folds)
        on_step(f"ridge over {len(folds):,} texts and {entities:,} entities: {ridge.name}")
        noise = np.repeat(np.array([ridge.text_noise, ridge.label_noise], np.float32), [len(folds), entities])
        fit = fit_ridge(kernel_of(blended(points, points, ridge.weights), ridge), noise, targets)
        duals[ridge.name] = fit.duals
        held_out[ridge.name] = held_out_scores(fit, targets, folds)
        del fit  # before the next kernel is made
    return duals, held_out


def _folds(entities: NDArray[np.int64], config: LabelledConfig) -> NDArray[np.int64]:
    """Return a fold for each text; the texts of an entity are spread over the folds evenly."""
    mixed = np.random.default_rng(config.seed).permutation(len(entities))
    order = mixed[np.argsort(entities[mixed], kind="stable")]
    folds = np.empty(len(entities), dtype=np.int64)
    folds[order] = np.arange(len(entities)) % config.folds
    return folds


def _held_out_confused(
    readings: "sparse.csr_matrix", right: "sparse.csr_matrix", folds: NDArray[np.int64]
) -> dict[str, Array]:
    """Return the evidence of the confusions of each text, by the texts of other folds."""
    confused, reliability = (np.zeros(right.shape, dtype=np.float32) for _ in range(2))
    for fold, others in held_out_confusions(readings, right, folds).items():
        own = np.flatnonzero(folds == fold)
        confused[own] = others.expected(readings[own])
        reliability[own] = others.reliability
    return {"confused": confused, "reliability": reliability}


def _held_out_candidates(
    known: KnownTexts, own: ViewVectors, held_out: Mapping[str, Array], folds: NDArray[np.int64]
) -> Candidates:
    """Return the candidates of every labelled text, by what the texts of other folds and the labels say."""
    parts = []
    for start in range(0, len(own), _CHUNK):
        span = slice(start, min(start + _CHUNK, len(own)))
        vectors = own.rows(span)
        usable = folds[span, None] != folds[None, :]
        learned = {name: scores[span] for name, scores in held_out.items()}
        part = candidates(known.evidence(vectors, cosines(vectors, own), learned, usable))
        parts.append(Candidates(part.texts + start, part.entities, part.columns))
    return Candidates(
        np.concatenate([part.texts for part in parts]),
        np.concatenate([part.entities for part in parts]),
        np.concatenate([part.columns for part in parts]),
    )


def _fit_trees(proposed: Candidates, right: NDArray[np.int64], config: LabelledConfig) -> BoostedTrees:
    """Return trees that tell how often a candidate with such evidence is right."""
    trees = HistGradientBoostingClassifier(
        learning_rate=config.learning_rate,
        max_iter=config.rounds,
        max_leaf_nodes=config.leaves,
        min_samples_leaf=max(20, int(config.leaf_share * len(proposed.texts))),
        max_features=config.column_share,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=config.seed,
    )
    return trees_of(trees.fit(proposed.columns, proposed.entities == right[proposed.texts]))
