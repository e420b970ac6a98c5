"""Groups where a taxonomy has none: entities that lie together, named by the most central of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import HashingVectorizer

from taxonomy.arrange.model import Group
from taxonomy.arrange.views import Matrix, unit
from taxonomy.corpus.model import Encode
from taxonomy.proposals.model import Proposal, ProposalKind

_FEATURES = 2**12


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """How groups are made.

    Entities whose mean distance (1 - cosine) is below `distance` share a group, of at least `least_members`; each next
    level joins groups at `step` more, `depth` levels at most. `most` bounds the entities that are compared with each
    other; those of fewest members come after and join the nearest group.
    """

    distance: float = 0.55
    step: float = 0.15
    depth: int = 2
    least_members: int = 3
    most: int = 6_000


def induce_groups(
    names: Mapping[str, str],
    *,
    members: Mapping[str, int] | None = None,
    policy: GroupPolicy | None = None,
    encode: Encode | None = None,
) -> list[Group]:
    """Return groups of the entities, the finest level first; the same for the same entities.

    `names` are labels by id; `members` counts who has an entity: central means near to what most members have.
    """
    chosen = policy or GroupPolicy()
    counts = members or {}
    ids = sorted(names, key=lambda entity: (-counts.get(entity, 0), entity))
    if len(ids) < 2:
        return []
    vectors = _vectors([names[entity] for entity in ids], encode)
    weights = np.log1p(np.array([counts.get(entity, 0) for entity in ids], dtype=np.float64)) + 1
    known = min(len(ids), chosen.most)
    tree = _clusters(vectors[:known], chosen)
    found: list[Group] = []
    for labels in tree:
        whole = _with_rest(labels, vectors, known)
        found += _level(ids, names, vectors, weights, whole, found, least=chosen.least_members)
    return _linked(found)


def group_proposals(
    groups: Sequence[Group], kind: str, members: Mapping[str, int], *, confidence: float
) -> list[Proposal]:
    """Return the groups as new entities to decide on; `confidence` is how often such groups were accepted."""
    name_of = {group.number: group.name for group in groups}
    return [
        Proposal(
            ProposalKind.NEW_ENTITY,
            group.name,
            {"type": kind, "name": group.name},
            confidence,
            sum(members.get(entity, 0) for entity in group.members),
            group.members[:5],
            {"members": list(group.members), "parent": None if group.parent is None else name_of[group.parent]},
        )
        for group in groups
    ]


def _vectors(texts: Sequence[str], encode: Encode | None) -> Matrix:
    """Return what texts are compared by: letters, hashed so that they need no fitting, and their meaning if known."""
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 4), n_features=_FEATURES, alternate_sign=False)
    spelled = np.asarray(letters.transform([text.lower() for text in texts]).toarray(), dtype=np.float32)
    return spelled if encode is None else unit(np.concatenate([encode(texts), 0.5 * spelled], axis=1))


def _clusters(vectors: Matrix, policy: GroupPolicy) -> list[NDArray[np.int64]]:
    """Return the group of each entity at each level, the finest first; each level only joins groups of the former."""
    whole = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=policy.distance, compute_full_tree=True
    ).fit(np.where(np.abs(vectors).sum(axis=1, keepdims=True) > 0, vectors, np.float32(1e-6)))
    return [
        _cut(whole.children_, whole.distances_, len(vectors), policy.distance + level * policy.step)
        for level in range(policy.depth)
    ]


def _cut(
    children: NDArray[np.int64], distances: NDArray[np.float64], leaves: int, distance: float
) -> NDArray[np.int64]:
    """Return the number of the cluster of each leaf when only joins below a distance are made."""
    root = np.arange(leaves + len(children))
    for number, (one, other) in enumerate(children.tolist()):
        if distances[number] < distance:
            root[[one, other]] = leaves + number
    top = np.arange(len(root))
    for node in range(len(root) - 1, -1, -1):
        top[node] = node if root[node] == node else top[root[node]]
    return np.unique(top[:leaves], return_inverse=True)[1]


def _with_rest(labels: NDArray[np.int64], vectors: Matrix, known: int) -> NDArray[np.int64]:
    """Return the labels of all entities: those that were not compared join the cluster with the nearest centre."""
    if known == len(vectors):
        return labels
    centres = unit(np.stack([vectors[:known][labels == number].mean(axis=0) for number in range(labels.max() + 1)]))
    return np.concatenate([labels, np.asarray(vectors[known:] @ centres.T).argmax(axis=1)])


def _level(
    ids: Sequence[str],
    names: Mapping[str, str],
    vectors: Matrix,
    weights: NDArray[np.float64],
    labels: NDArray[np.int64],
    finer: Sequence[Group],
    *,
    least: int,
) -> list[Group]:
    """Return the groups of one level, each named by its most central member whose name no other group has."""
    found: list[Group] = []
    taken = {group.name for group in finer}
    for number in range(int(labels.max()) + 1):
        rows = np.flatnonzero(labels == number)
        if len(rows) < least:
            continue
        likeness = vectors[rows] @ (vectors[rows] * weights[rows, None]).sum(axis=0)
        order = [ids[int(rows[place])] for place in np.argsort(-likeness, kind="stable").tolist()]
        central = next((entity for entity in order if names[entity] not in taken), order[0])
        taken.add(names[central])
        found.append(Group(len(finer) + len(found), names[central], central, tuple(ids[row] for row in rows.tolist())))
    return found


def _linked(groups: Sequence[Group]) -> list[Group]:
    """Return groups with their parents: the next larger group that holds all members; equal groups are said once."""
    found: list[Group] = []
    sets = {group.number: frozenset(group.members) for group in groups}
    repeated = {
        group.number
        for place, group in enumerate(groups)
        if any(sets[other.number] == sets[group.number] for other in groups[:place])
    }
    for group in groups:
        if group.number in repeated:
            continue
        above = [other for other in groups if other.number not in repeated and sets[group.number] < sets[other.number]]
        parent = min(above, key=lambda other: (len(other.members), other.number), default=None)
        found.append(
            Group(group.number, group.name, group.central, group.members, None if parent is None else parent.number)
        )
    return found
