"""From scores of labels to ranks of the entities that the labels belong to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from benchmarks.standardize.matcher import Matcher, score_in_chunks
from benchmarks.standardize.metrics import Values, rank_of_first

NEIGHBOURS: Final = 10
"""Nearest texts that vote."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of entities: `texts`, and for each the index of its entity. All labels of an entity stand together."""

    texts: tuple[str, ...]
    entities: NDArray[np.int32]
    language: str = "en"

    @property
    def starts(self) -> NDArray[np.int64]:
        """Return where the labels of each entity start."""
        changed = np.concatenate(([True], self.entities[1:] != self.entities[:-1]))
        return np.flatnonzero(changed)


@runtime_checkable
class EntityMatcher(Protocol):
    """A matcher that knows more of an entity than its nearest label."""

    def entity_bonus(self, queries: Sequence[str], labels: Labels) -> NDArray[np.float32]:
        """Return what is added to the score of the nearest label, queries x entities."""
        ...


def labels_of(groups: Sequence[Sequence[str]], *, language: str = "en") -> Labels:
    """Return the labels of entities, given in groups; every group has one label at least."""
    texts = tuple(text for group in groups for text in group)
    entities = np.repeat(np.arange(len(groups), dtype=np.int32), [len(group) for group in groups])
    return Labels(texts, entities, language)


def entity_scores(scores: NDArray[np.float32], labels: Labels) -> NDArray[np.float32]:
    """Return the best score over the labels of each entity, queries x entities."""
    return np.asarray(np.maximum.reduceat(scores, labels.starts, axis=1))


def rank_entities(
    matcher: Matcher, queries: Sequence[str], labels: Labels, *, language: str = "en", vote: bool = False
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield which queries and the scores of the entities, queries x entities, a bounded part at a time."""
    chunks = score_in_chunks(matcher, queries, labels.texts, query_language=language, corpus_language=labels.language)
    for span, scores in chunks:
        by_entity = vote_scores(scores, labels) if vote else entity_scores(scores, labels)
        if isinstance(matcher, EntityMatcher):
            by_entity = by_entity + matcher.entity_bonus(queries[span], labels)
        yield span, by_entity


def vote_scores(scores: NDArray[np.float32], labels: Labels) -> NDArray[np.float32]:
    """Return the entities' votes by the nearest labels, weighted by score; the best label decides among the rest."""
    nearest = np.argpartition(-scores, min(NEIGHBOURS, scores.shape[1] - 1), axis=1)[:, :NEIGHBOURS]
    votes = entity_scores(scores, labels)
    rows = np.repeat(np.arange(len(scores)), nearest.shape[1])
    np.add.at(votes, (rows, labels.entities[nearest.ravel()]), scores[rows, nearest.ravel()])
    return votes


def ranks_of_gold(
    matcher: Matcher,
    queries: Sequence[str],
    gold: Sequence[Sequence[int]],
    labels: Labels,
    *,
    language: str = "en",
    vote: bool = False,
) -> Values:
    """Return the rank of the first right entity of each query; infinity where the taxonomy has none of them."""
    ranks: list[float] = []
    for span, by_entity in rank_entities(matcher, queries, labels, language=language, vote=vote):
        ranks += [rank_of_first(row, right) for row, right in zip(by_entity, gold[span], strict=True)]
    return np.array(ranks)


def top_hits(scores: NDArray[np.float32], right: Sequence[int], *, top: int) -> NDArray[np.bool_]:
    """Return which of the `top` best items are right; of equal scores the earlier item comes first."""
    best = np.argsort(-scores, kind="stable")[:top]
    return np.isin(best, list(right))
