"""The known edges, asked as if they were not known: what a classifier of edges learns from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxonomy.arrange.comparison import Comparison
from taxonomy.arrange.features import EdgeFeatures, Rows, known_of, level_groups, likeness_among
from taxonomy.arrange.model import ArrangePolicy, Hierarchy
from taxonomy.arrange.wording import Wording
from taxonomy.corpus.model import Encode


@dataclass(frozen=True, slots=True)
class AskedEdges:
    """Features of the known children and whether each candidate is a parent; `folds` says with whom each was asked."""

    values: NDArray[np.float32]
    answers: NDArray[np.bool_]
    folds: NDArray[np.int64]


class Arrangement:
    """A hierarchy of which any part can be hidden: a hidden child has neither parents nor children.

    `edges` are those that may be looked at; nothing is seen of what stands above those that are `never` seen.
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        edges: Mapping[str, Sequence[str]],
        never: Collection[str],
        policy: ArrangePolicy,
        encode: Encode | None,
    ) -> None:
        self._hierarchy, self._policy, self._never = hierarchy, policy, frozenset(never)
        self._compared = Comparison(hierarchy, policy, encode)
        self._wording = Wording(self._compared.nodes, self._compared.parent_rows, len(hierarchy.children))
        self._known = known_of(hierarchy.children, hierarchy.parents, edges)
        self._among = likeness_among(self._compared, self._known.rows)

    def features(self, hidden: Collection[str] = ()) -> EdgeFeatures:
        """Return the features of edges where some children are hidden, beside those that are never seen."""
        children, parents = self._hierarchy.children, self._hierarchy.parents
        known, stay = self._known.without(
            np.array([children[row].entity_id in hidden for row in self._known.rows.tolist()], dtype=np.bool_),
            np.array([node.entity_id in hidden for node in parents], dtype=np.bool_),
        )
        groups = level_groups(parents, self._hierarchy.paths, self._never.union(hidden))
        among = self._among[np.ix_(stay, stay)]
        return EdgeFeatures(self._compared, self._wording, known, among, groups, self._policy)

    def asked(self) -> AskedEdges:
        """Return what is seen of the known children, each part hidden in turn."""
        rows, policy = self._known.rows, self._policy
        folds = np.random.default_rng(policy.seed).permutation(len(rows)) % policy.folds
        parts = [self._part(rows[folds == fold]) for fold in range(policy.folds)]
        values, answers = (np.concatenate(part) for part in zip(*parts, strict=True))
        return AskedEdges(values, answers, np.sort(folds))

    def _part(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        hidden = {self._hierarchy.children[row].entity_id for row in rows.tolist()}
        _, candidates, values = gathered(self.features(hidden), rows)
        truth = np.asarray(self._known.edges[np.searchsorted(self._known.rows, rows)].toarray() > 0)
        return values, np.take_along_axis(truth, candidates, axis=1)


def gathered(features: EdgeFeatures, rows: Rows) -> tuple[Rows, Rows, NDArray[np.float32]]:
    """Return children, their candidates and values, as `EdgeFeatures.blocks` yields them, in one piece."""
    some, candidates, values = (np.concatenate(part) for part in zip(*features.blocks(rows), strict=True))
    return some, candidates, values.astype(np.float32)
