"""The step that proposes parents for entities that have none."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.errors import InvalidError
from taxonomy.arrange.entities import hierarchy_of
from taxonomy.arrange.model import ArrangePolicy, Hierarchy
from taxonomy.arrange.parents import guess_parents
from taxonomy.arrange.propose import parent_proposals
from taxonomy.building.corpus import values_of
from taxonomy.building.coverage import members_by_entity, owners_of
from taxonomy.building.model import BuildInput
from taxonomy.model import EntityRelation, EntityType
from taxonomy.proposals.model import Proposal

_MOST_KNOWN: Final = 4_000
"""Children with known parents that are learned from."""
_MOST_ASKED: Final = 1_000
"""Children without a parent that are arranged in one build, those of most members first."""


@dataclass(frozen=True, slots=True)
class _Tree:
    """A hierarchy to fill: children of a type, as a field of documents names them, below parents, by a relation."""

    children: EntityType
    field: str
    parents: EntityType
    relation: EntityRelation


_TREES: Final = (
    _Tree(EntityType.TITLE, "titles", EntityType.SUPERTITLE, EntityRelation.BROADER),
    _Tree(EntityType.TITLE, "titles", EntityType.FUNCTION, EntityRelation.FUNCTION),
    _Tree(EntityType.SKILL, "skills", EntityType.SKILL_GROUP, EntityRelation.BROADER),
)


def parents(build: BuildInput) -> Iterator[Proposal]:
    """Yield a proposal for each likely parent of an entity that has none."""
    values = values_of(build)
    for tree in _TREES:
        owners = owners_of(build.snapshot.entities, tree.children)
        yield from _parents_in(build, tree, members_by_entity(values, tree.field, owners))


def _parents_in(build: BuildInput, tree: _Tree, members: Mapping[str, int]) -> Iterator[Proposal]:
    whole = hierarchy_of(
        build.snapshot.entities, {tree.children}, {tree.parents, tree.children}, relation=tree.relation
    )
    without = [node.entity_id for node in whole.children if node.entity_id not in whole.edges]
    asked = sorted((one for one in without if members.get(one)), key=lambda one: (-members[one], one))[:_MOST_ASKED]
    build.on_step(f"{len(asked):,} entities of the type {tree.children} that members have lack a {tree.parents}")
    if not asked:
        return
    try:
        guesses = guess_parents(
            _cut(whole, asked, build.policy.seed),
            asked=asked,
            policy=ArrangePolicy(seed=build.policy.seed),
            encode=build.encode,
            on_step=build.on_step,
        )
    except InvalidError as error:
        build.on_step(f"no parents: {error}")
        return
    kept = {(child, parent) for child, some in whole.edges.items() for parent in some}
    names = {node.entity_id: node.labels[0] for node in (*whole.children, *whole.parents)}
    yield from parent_proposals(guesses, kept=kept, members=members, names=names, relation=tree.relation)


def _cut(whole: Hierarchy, asked: list[str], seed: int) -> Hierarchy:
    """Return the hierarchy with as many known children as are learned from, and all that are asked.

    Of the children that are not kept, those that are parents of the others may still be parents.
    """
    known = sorted(whole.edges)
    chosen = set(random.Random(seed).sample(known, min(_MOST_KNOWN, len(known))))  # noqa: S311 - a sample, no secret
    wanted = chosen | set(asked)
    edges = {child: some for child, some in whole.edges.items() if child in chosen}
    below = {node.entity_id for node in whole.children}
    above = wanted.union(*edges.values())
    return replace(
        whole,
        children=[node for node in whole.children if node.entity_id in wanted],
        parents=[node for node in whole.parents if node.entity_id not in below or node.entity_id in above],
        edges=edges,
    )
