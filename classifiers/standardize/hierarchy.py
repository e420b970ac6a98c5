"""What lies above and below each entity, and what it needs: edges between entities as two flat arrays. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.mapped import mapped_array
from taxonomy.model import EntityRelation, Snapshot

HIERARCHICAL: Final = (EntityRelation.BROADER, EntityRelation.FUNCTION, EntityRelation.INDUSTRY)
"""Relations that arrange entities; a title that needs a skill does not lie below it."""

_ARRAYS: Final = ("starts", "parents")


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Parents of every entity in rows: those of entity i are `parents[starts[i]]` to before `parents[starts[i + 1]]`.

    Children are not kept: they are read off the same edges, which are few.
    """

    starts: NDArray[np.int32]
    parents: NDArray[np.int32]
    holds: NDArray[np.bool_] = field(init=False, repr=False)
    """Whether anything lies below each entity."""

    def __post_init__(self) -> None:
        holds = np.zeros(len(self.starts) - 1, dtype=np.bool_)
        holds[self.parents] = True
        object.__setattr__(self, "holds", holds)

    def below(self, entities: Iterable[int]) -> NDArray[np.bool_]:
        """Return, for every entity, whether it is one of these or lies below one."""
        reached = np.zeros(len(self.starts) - 1, dtype=np.bool_)
        reached[list(entities)] = True
        children = np.repeat(np.arange(len(reached), dtype=np.int32), np.diff(self.starts))
        while len(found := children[reached[self.parents] & ~reached[children]]):
            reached[found] = True
        return reached

    def above(self, entity: int) -> set[int]:
        """Return all that an entity lies below."""
        reached: set[int] = set()
        waiting = [entity]
        while waiting:
            child = waiting.pop()
            parents = self.parents[self.starts[child] : self.starts[child + 1]].tolist()
            waiting += [parent for parent in parents if parent not in reached]
            reached.update(parents)
        return reached

    def is_nested(self, one: int, other: int) -> bool:
        """Whether one of two entities lies below the other."""
        # Below most entities lies nothing, which is quickly seen: dozens of places may have one name.
        return (bool(self.holds[one]) and one in self.above(other)) or (
            bool(self.holds[other]) and other in self.above(one)
        )

    def chain(self, entity: int) -> list[int]:
        """Return all that an entity lies below, what lies below most itself first: region, then country."""
        return sorted(self.above(entity), key=lambda parent: (-len(self.above(parent)), parent))

    def edges_of(self, entities: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Return all edges from some entities: which of them each is from, by its place among these, and the parent."""
        spans = [self.parents[self.starts[entity] : self.starts[entity + 1]] for entity in entities]
        rows = np.repeat(np.arange(len(entities)), [len(span) for span in spans])
        return rows, np.concatenate([np.zeros(0, dtype=np.int32), *spans])

    def save(self, folder: Path, *, prefix: str = "hierarchy") -> None:
        """Write the arrays as `.npy` files."""
        for name in _ARRAYS:
            np.save(folder / f"{prefix}.{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, *, prefix: str = "hierarchy") -> "Hierarchy":
        """Return the hierarchy of this name in a folder, its arrays memory-mapped."""
        return cls(*(mapped_array(folder / f"{prefix}.{name}.npy") for name in _ARRAYS))


def build_hierarchy(snapshot: Snapshot, relations: Collection[EntityRelation] = HIERARCHICAL) -> Hierarchy:
    """Return the hierarchy of a snapshot, in the order of its entities; parents that it does not have are left out.

    Of other `relations` it holds what they lead to, in the same form.
    """
    place_of = {entity.entity_id: place for place, entity in enumerate(snapshot.entities)}
    parents = [
        sorted(
            {place_of[parent] for relation, parent in entity.parents if relation in relations and parent in place_of}
        )
        for entity in snapshot.entities
    ]
    starts = np.cumsum([0, *map(len, parents)], dtype=np.int32)
    return Hierarchy(starts, np.array([parent for found in parents for parent in found], dtype=np.int32))
