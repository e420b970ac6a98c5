"""ESCO's occupations and skills with a tenth left out: what the benchmark of hierarchies asks for."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.standardize.snapshot import snapshot_of
from taxonomy.arrange.entities import hierarchy_of, path_of
from taxonomy.arrange.model import Hierarchy, Node
from taxonomy.importers.labels import clean_label
from taxonomy.importers.read import read_source
from taxonomy.importers.rows import Row, read_csv
from taxonomy.importers.starter import starter_source
from taxonomy.model import EntityDraft, EntityRelation, EntityType

_SHARE: Final = 0.1
_STARTER: Final = (
    ("supertitle of a title", EntityType.TITLE, EntityType.SUPERTITLE, EntityRelation.BROADER),
    ("function of a title", EntityType.TITLE, EntityType.FUNCTION, EntityRelation.FUNCTION),
    ("group of a skill", EntityType.SKILL, EntityType.SKILL_GROUP, EntityRelation.BROADER),
)
"""What the starter taxonomy arranges."""


@dataclass(frozen=True, slots=True)
class World:
    """A hierarchy without the edges that are asked for, those edges by child, and ancestors along all edges.

    The paths of the hierarchy itself follow known edges alone; `true_paths` serve measuring only.
    """

    hierarchy: Hierarchy
    truth: dict[str, tuple[str, ...]]
    true_paths: dict[str, tuple[str, ...]]


def read_occupations(folder: Path) -> World:
    """Return the occupations of an ESCO folder under ISCO groups and each other."""
    groups = {row.get("conceptUri"): row for row in _rows(folder, "ISCOGroups_en")}
    children = {row.get("conceptUri"): row for row in _rows(folder, "occupations_en")}
    above = _above(folder, "broaderRelationsOccPillar")
    company: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in _rows(folder, "occupationSkillRelations", ("occupationUri", "skillUri")):
        company[row.get("occupationUri")][row.get("skillUri")] = 1.0 if row.get("relationType") == "essential" else 0.5
    nodes = [_node(row, "title", company[uri]) for uri, row in children.items()]
    units = [_node(row, "group") for uri, row in groups.items() if len(row.get("code")) == 4]
    return _world(nodes, units, above)


def read_skills(folder: Path, *, most: int) -> World:
    """Return skills of an ESCO folder under skill groups and each other; a sample by a hash of the id."""
    groups = {row.get("conceptUri"): row for row in _rows(folder, "skillGroups_en")}
    skills = {row.get("conceptUri"): row for row in _rows(folder, "skills_en")}
    above = _above(folder, "broaderRelationsSkillPillar")
    chosen = sorted((uri for uri in skills if uri in above), key=lambda uri: (_place(uri, "sample"), uri))[:most]
    nodes = [_node(skills[uri], "skill") for uri in chosen]
    used = sorted({parent for uri in chosen for parent in above[uri] if parent in groups})
    others = sorted({parent for uri in chosen for parent in above[uri] if parent in skills}.difference(chosen))
    nodes_above = [_node(groups[uri], "group") for uri in used] + [_node(skills[uri], "skill") for uri in others]
    return _world(nodes, nodes_above, above)


def _world(children: list[Node], groups: list[Node], above: Mapping[str, tuple[str, ...]]) -> World:
    """Leave out a tenth of the children; any group and any child may be a parent, a left-out one too."""
    ids = [node.entity_id for node in children if above.get(node.entity_id)]
    hidden = {uri for uri in ids if _place(uri, "left out") < _SHARE}
    edges = {
        uri: kept for uri in ids if uri not in hidden and (kept := tuple(p for p in above[uri] if p not in hidden))
    }
    parents = [*groups, *children]
    known = {uri: tuple(p for p in some if p not in hidden) for uri, some in above.items() if uri not in hidden}
    paths = {node.entity_id: path_of(node.entity_id, known) for node in parents}
    ends = {node.entity_id for node in parents} | {parent for uri in hidden for parent in above[uri]}
    true_paths = {entity_id: path_of(entity_id, above) for entity_id in sorted(ends)}
    truth = {uri: above[uri] for uri in sorted(hidden)}
    return World(Hierarchy(children, parents, edges, paths), truth, true_paths)


def tuning_worlds(world: World, *, parts: int = 10) -> Iterator[World]:
    """Yield the world with one part of its known children left out as well, each in turn, by another hash.

    What the world itself asks for is asked for in none of them, so variants can be compared on them.
    """
    whole = world.hierarchy
    for part in range(parts):
        hidden = {uri for uri in whole.edges if int(_place(uri, "tuning") * parts) == part}
        edges = {
            uri: kept
            for uri, some in whole.edges.items()
            if uri not in hidden and (kept := tuple(parent for parent in some if parent not in hidden))
        }
        paths = {uri: () if uri in hidden else _below(path, hidden) for uri, path in whole.paths.items()}
        truth = {uri: tuple(whole.edges[uri]) for uri in sorted(hidden)}
        true_paths = {uri: tuple(path) for uri, path in whole.paths.items()}
        yield World(replace(whole, edges=edges, paths=paths), truth, true_paths)


def _below(path: Sequence[str], hidden: Collection[str]) -> tuple[str, ...]:
    """Return the part of a path below its last hidden node."""
    return tuple(path[max((place + 1 for place, uri in enumerate(path) if uri in hidden), default=0) :])


def read_starter() -> dict[str, World]:
    """Return the starter taxonomy as hierarchies by their names, a fifth of the children left out of each."""
    snapshot = snapshot_of(draft for draft in read_source(starter_source()) if isinstance(draft, EntityDraft))
    found: dict[str, World] = {}
    for name, child, parent, relation in _STARTER:
        hierarchy = hierarchy_of(snapshot.entities, {child}, {parent}, relation=relation)
        hidden = sorted(uri for uri in hierarchy.edges if _place(uri, "left out") < 2 * _SHARE)
        truth = {uri: tuple(hierarchy.edges[uri]) for uri in hidden}
        edges = {uri: some for uri, some in hierarchy.edges.items() if uri not in truth}
        paths = {uri: tuple(path) for uri, path in hierarchy.paths.items()}
        found[name] = World(replace(hierarchy, edges=edges), truth, paths)
    return found


def _node(row: Row, kind: str, company: Mapping[str, float] | None = None) -> Node:
    found = [clean_label(label) for label in (row.get("preferredLabel"), *row.get("altLabels").split("\n"))]
    labels = tuple(dict.fromkeys(label for part in found for label in part.split(" | ") if label))
    code = row.get("code") if kind == "group" else ""
    return Node(row.get("conceptUri"), labels, row.get("description"), kind, code, company or {})


def _above(folder: Path, stem: str) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(folder, stem, ("conceptUri", "broaderUri")):
        if row.get("broaderUri") not in found[row.get("conceptUri")]:
            found[row.get("conceptUri")].append(row.get("broaderUri"))
    return {uri: tuple(some) for uri, some in found.items()}


def _rows(folder: Path, stem: str, needed: tuple[str, ...] = ("conceptUri", "preferredLabel")) -> Iterator[Row]:
    for path in sorted(folder.glob(f"{stem}.csv*")):
        yield from read_csv(path, needed=needed, advance=lambda _size: None)


def _place(entity_id: str, purpose: str) -> float:
    digest = hashlib.blake2b(f"{purpose}\0{entity_id}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32
