"""What arranging works on and yields. Frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """An entity as arranging sees it.

    `labels` start with the preferred one. `text` defines it, and may list examples, one a line; a line that ends in
    the `code` of another node speaks of that one. `company` weighs what it is seen with (skills that the work needs,
    phrases of the same documents), by any id.
    """

    entity_id: str
    labels: tuple[str, ...]
    text: str = ""
    kind: str = ""
    code: str = ""
    company: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Children, the parents that they may have, the parents that are known by child.

    `paths` are the ancestors of a parent, from the root on; a node may be both child and parent.
    """

    children: Sequence[Node]
    parents: Sequence[Node]
    edges: Mapping[str, Sequence[str]]
    paths: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArrangePolicy:
    """How parents are looked for.

    `neighbours` nearest siblings vote, each by its likeness to the power `sharpness`; `candidates` parents of a node
    are weighed; ridge regression looks at `ridge_nodes` siblings at most. `labels` of a node are encoded. An edge is
    proposed from `least` on, `parents` of a node at most. The known children are asked in `folds` parts in turn, as if
    their parents were not known: classifiers learn from what is seen then, and confidences are calibrated on it.
    """

    seed: int = 7
    neighbours: int = 15
    sharpness: int = 3
    candidates: int = 20
    ridge: float = 0.2
    ridge_nodes: int = 4_000
    labels: int = 7
    texts: bool = True
    folds: int = 8
    least: float = 0.3
    parents: int = 3


@dataclass(frozen=True, slots=True)
class ParentGuess:
    """A parent that a node may have; `confidence` is calibrated, `contributions` are in logits, largest first."""

    child: str
    parent: str
    confidence: float
    contributions: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """An induced group: named by its most central member; `parent` is the number of the group that holds it."""

    number: int
    name: str
    central: str
    members: tuple[str, ...]
    parent: int | None = None
