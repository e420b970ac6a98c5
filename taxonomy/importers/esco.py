"""ESCO: occupations become titles, ISCO groups supertitles, skills and knowledge skills, skill groups groups.

Reads the CSV download of any version and language. Concepts join over languages by their URI, so a second
language adds labels, and the concepts that the first one lacks.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import Final

from taxonomy.importers import labels
from taxonomy.importers.forms import abbreviates, gender_forms, is_abbreviation, split_parenthesis
from taxonomy.importers.labels import AliasCollector, clean_label, label_problem
from taxonomy.importers.model import Advance, Item, Source
from taxonomy.importers.rows import Row, read_csv
from taxonomy.model import (
    DESCRIPTION,
    AliasKind,
    EntityDraft,
    EntityRelation,
    EntityType,
    ParentRef,
    Rejection,
    SourceId,
)

SOURCE: Final = "esco"
UNKNOWN_CHILD: Final = "relation of a concept that is in none of the files"
NO_URI: Final = "empty concept URI"

_NAME: Final = re.compile(r"^(?P<stem>[A-Za-z]+?)(?:_[a-z]{2})?\.csv(?:\.gz)?$")
_ISCO_URI: Final = "http://data.europa.eu/esco/isco/C"
_SEPARATOR: Final = re.compile(r"\n|\s\|\s")
_CONFIDENCE: Final = {"essential": 1.0, "optional": 0.5}
_HIDDEN_CONFIDENCE: Final = 0.8

_CONCEPT_FILES: Final = {
    "ISCOGroups": EntityType.SUPERTITLE,
    "skillGroups": EntityType.SKILL_GROUP,
    "skills": EntityType.SKILL,
    "languageSkillsCollection": EntityType.SKILL,
    "digitalSkillsCollection": EntityType.SKILL,
    "transversalSkillsCollection": EntityType.SKILL,
    "occupations": EntityType.TITLE,
}
"""Files of concepts in the order of reading: the broader ones first, full lists before collections."""
_COLLECTION: Final = "SkillsCollection"

_BROADER_FILES: Final = ("broaderRelationsOccPillar", "broaderRelationsSkillPillar")
_NEEDS_FILE: Final = "occupationSkillRelations"
FILE_STEMS: Final = frozenset({*_CONCEPT_FILES, *_BROADER_FILES, _NEEDS_FILE})


@dataclass(frozen=True, slots=True)
class _Edge:
    relation: EntityRelation
    parent: str
    confidence: float
    file: str
    line: int


@dataclass(slots=True)
class _Run:
    """What one reading remembers: edges by child, concepts seen, collections that list a skill."""

    source: Source
    language: str
    edges: dict[str, list[_Edge]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, str] = field(default_factory=dict)
    collections: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_esco(source: Source, advance: Advance) -> Iterator[Item]:
    """Yield the concepts of one language; the last two letters of the source's key name it.

    Raises:
        MalformedFileError: for a file that is damaged.
    """
    run = _Run(source, source.key.rpartition(":")[2])
    files = {_stem(path): path for path in source.paths}
    for stem in _BROADER_FILES:
        if stem in files:
            _load_broader(files[stem], run, advance)
    if _NEEDS_FILE in files:
        yield from _load_needs(files[_NEEDS_FILE], run, advance)
    for stem, path in files.items():
        if stem.endswith(_COLLECTION):
            _load_collection(path, run, stem.removesuffix(_COLLECTION))
    for stem, entity_type in _CONCEPT_FILES.items():
        if stem in files:
            yield from _concepts(files[stem], entity_type, run, advance)
    yield from _orphans(run)


def _stem(path: Path) -> str:
    match = _NAME.match(path.name)
    return match["stem"] if match else path.name


def _load_broader(path: Path, run: _Run, advance: Advance) -> None:
    for row in read_csv(path, needed=("conceptUri", "broaderUri"), advance=advance):
        edge = _Edge(EntityRelation.BROADER, intern(row.get("broaderUri")), 1.0, path.name, row.line)
        run.edges[intern(row.get("conceptUri"))].append(edge)


def _load_needs(path: Path, run: _Run, advance: Advance) -> Iterator[Rejection]:
    for row in read_csv(path, needed=("occupationUri", "relationType", "skillUri"), advance=advance):
        confidence = _CONFIDENCE.get(row.get("relationType"))
        if confidence is None:
            yield Rejection(path.name, row.line, "unknown relation type", row.get("relationType"))
            continue
        edge = _Edge(EntityRelation.NEEDS, intern(row.get("skillUri")), confidence, path.name, row.line)
        run.edges[intern(row.get("occupationUri"))].append(edge)


def _load_collection(path: Path, run: _Run, collection: str) -> None:
    """Note which skills a collection lists; the bytes are counted when its concepts are read."""
    for row in read_csv(path, needed=("conceptUri",), advance=lambda _size: None):
        run.collections[row.get("conceptUri")].append(collection)


def _concepts(path: Path, entity_type: EntityType, run: _Run, advance: Advance) -> Iterator[Item]:
    for row in read_csv(path, needed=("conceptUri", "preferredLabel"), advance=advance):
        uri, name = row.get("conceptUri"), clean_label(row.get("preferredLabel"))
        first_file = run.seen.get(uri)
        if first_file is not None and first_file != path.name:
            continue  # A collection lists again what the full file of skills holds.
        problem = _row_problem(row, uri, name, repeated=first_file is not None)
        if problem is not None:
            yield Rejection(path.name, row.line, problem, uri or name)
            continue
        run.seen[intern(uri)] = path.name
        aliases = _aliases(row, name, entity_type, run)
        yield EntityDraft(
            type=entity_type,
            name=name,
            language=run.language,
            source_ids=(SourceId(SOURCE, uri),),
            aliases=aliases.aliases,
            parents=_parents(row, uri, entity_type, run),
            attributes=_attributes(row, uri, run),
        )
        yield from aliases.rejections(file=path.name, line=row.line)


def _row_problem(row: Row, uri: str, name: str, *, repeated: bool) -> str | None:
    if not uri:
        return NO_URI
    if row.get("status") not in {"released", ""}:
        return labels.NOT_RELEASED
    return labels.DUPLICATE_ID if repeated else label_problem(name)


def _aliases(row: Row, name: str, entity_type: EntityType, run: _Run) -> AliasCollector:
    collector = AliasCollector(name, run.language, source=run.source.key)
    is_title = entity_type is EntityType.TITLE
    for text in _split(row.get("altLabels")):
        _add_alternative(collector, text, is_title=is_title, run=run)
    for text in _split(row.get("hiddenLabels")):
        collector.add(text, AliasKind.MISSPELLING, confidence=_HIDDEN_CONFIDENCE)
        for form in gender_forms(text) if is_title else ():
            collector.add(form, derived=True)
    for form in gender_forms(name) if is_title else ():
        collector.add(form, derived=True)
    split = split_parenthesis(name)
    if split and _is_short_form(*split):
        _add_pair(collector, *split, run=run)
    return collector


def _add_alternative(collector: AliasCollector, text: str, *, is_title: bool, run: _Run) -> None:
    forms = gender_forms(text) if is_title else ()
    split = split_parenthesis(text)
    if forms:
        for form in forms:
            collector.add(form, derived=True)
    elif split and _is_short_form(*split):
        _add_pair(collector, *split, run=run)
    elif is_abbreviation(text):
        collector.add(text, AliasKind.ABBREVIATION, language=_abbreviation_language(run))
    else:
        collector.add(text.strip(" /") if is_title else text)


def _is_short_form(outer: str, inner: str) -> bool:
    return is_abbreviation(inner) and abbreviates(inner, outer)


def _add_pair(collector: AliasCollector, outer: str, inner: str, *, run: _Run) -> None:
    collector.add(outer, derived=True)
    collector.add(inner, AliasKind.ABBREVIATION, language=_abbreviation_language(run), derived=True)


def _abbreviation_language(run: _Run) -> str:
    """English abbreviations are written in every language; those of another language stay in it."""
    return labels.ANY_LANGUAGE if run.language == "en" else run.language


def _split(text: str) -> list[str]:
    return [label for part in _SEPARATOR.split(text) if (label := clean_label(part))]


def _parents(row: Row, uri: str, entity_type: EntityType, run: _Run) -> tuple[ParentRef, ...]:
    found: dict[tuple[EntityRelation, str], float] = {}
    group = row.get("iscoGroup")
    if entity_type is EntityType.TITLE and group:
        found[EntityRelation.BROADER, _ISCO_URI + group.removeprefix("C")] = 1.0
    for edge in run.edges.pop(uri, ()):
        key = (edge.relation, edge.parent)
        found[key] = max(edge.confidence, found.get(key, 0.0))
    for parent in _split(row.get("broaderConceptUri")):
        found.setdefault((EntityRelation.BROADER, parent), 1.0)
    return tuple(
        ParentRef(relation, SourceId(SOURCE, parent), confidence)
        for (relation, parent), confidence in found.items()
        if parent and parent != uri
    )


def _attributes(row: Row, uri: str, run: _Run) -> tuple[tuple[str, str], ...]:
    values = (
        ("code", row.get("code")),
        ("isco_group", row.get("iscoGroup")),
        ("skill_type", row.get("skillType")),
        ("reuse_level", row.get("reuseLevel")),
        ("collections", " ".join(sorted(run.collections.get(uri, ())))),
        (DESCRIPTION, row.get("description") if run.language == "en" else ""),
    )
    return tuple((name, value) for name, value in values if value)


def _orphans(run: _Run) -> Iterator[Rejection]:
    for uri, edges in run.edges.items():
        for edge in edges:
            yield Rejection(edge.file, edge.line, UNKNOWN_CHILD, uri)
