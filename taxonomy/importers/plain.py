"""Entity files that anybody can write, CSV and JSON Lines; docs/taxonomy-files.md describes both."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taxonomy.importers import labels
from taxonomy.importers.labels import ANY_LANGUAGE, AliasCollector, clean_label, label_problem
from taxonomy.importers.model import Advance, Item, MalformedFileError, Source
from taxonomy.importers.rows import Row, read_csv, read_lines
from taxonomy.model import (
    AliasKind,
    EntityDraft,
    EntityRelation,
    EntityType,
    ParentRef,
    Rejection,
    SourceId,
)

NEEDED_COLUMNS: Final = ("type", "name")
OPTIONAL_COLUMNS: Final = (
    "id", "language", "aliases", "abbreviations", "misspellings", "parent", "attributes",
)  # fmt: skip

UNKNOWN_TYPE: Final = "unknown entity type"
UNKNOWN_LANGUAGE: Final = "language is no ISO 639-1 code"
UNKNOWN_RELATION: Final = "unknown relation"
BAD_PARENT: Final = "parent is not written as id or relation:source:id"
BAD_ATTRIBUTE: Final = "attribute is not written as name=value"
BAD_ENTRY: Final = "entry does not have the described form"

_LANGUAGE: Final = re.compile(r"^(?:[a-z]{2}|mul)$")
_SEPARATOR: Final = "|"
_RELATIONS: Final = frozenset(EntityRelation)
_TYPES: Final = frozenset(EntityType)


@dataclass(frozen=True, slots=True)
class _AliasEntry:
    text: str
    kind: AliasKind = AliasKind.SYNONYM
    language: str | None = None
    confidence: float = 1.0


@dataclass(slots=True)
class _Record:
    """One entity of either format, before it is checked."""

    line: int
    type: str
    name: str
    id: str = ""
    language: str = ""
    aliases: list[_AliasEntry] = field(default_factory=list)
    parents: list[ParentRef] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    problem: str | None = None
    """Why the record cannot be used, where its format already tells."""
    detail: str = ""


class _JsonModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _JsonAlias(_JsonModel):
    text: str
    language: str | None = None
    kind: AliasKind = AliasKind.SYNONYM
    confidence: Annotated[float, Field(gt=0, le=1)] = 1.0


class _JsonParent(_JsonModel):
    id: str
    relation: EntityRelation = EntityRelation.BROADER
    source: str | None = None
    confidence: Annotated[float, Field(gt=0, le=1)] = 1.0


class _JsonEntity(_JsonModel):
    type: str
    name: str
    id: str = ""
    language: str = ""
    aliases: tuple[str | _JsonAlias, ...] = ()
    parents: tuple[_JsonParent, ...] = ()
    attributes: Mapping[str, str | int | float | bool] = Field(default_factory=dict)


def read_plain(source: Source, advance: Advance) -> Iterator[Item]:
    """Yield the entities of a CSV or a JSON Lines file.

    An entity without an id is known by its type and name. Parents without a source are ids in the same file.

    Raises:
        MalformedFileError: for a file that is damaged, and for a column that is not described.
    """
    seen: set[tuple[str, str]] = set()
    for path in source.paths:
        is_json = ".jsonl" in path.suffixes
        records = _json_records(path, source, advance) if is_json else _csv_records(path, source, advance)
        for record in records:
            yield from _items(record, source, file=path.name, seen=seen)


def _items(record: _Record, source: Source, *, file: str, seen: set[tuple[str, str]]) -> Iterator[Item]:
    name = clean_label(record.name)
    language = record.language.casefold() or "en"
    identifier = record.id or f"{record.type}/{name}"
    problem = _problem(record, name, language) or (labels.DUPLICATE_ID if (record.type, identifier) in seen else None)
    if problem is not None:
        yield Rejection(file, record.line, problem, record.detail or labels.shorten(identifier))
        return
    seen.add((record.type, identifier))
    collector = AliasCollector(name, language, source=source.key)
    for alias in record.aliases:
        if alias.language is not None and not _LANGUAGE.match(alias.language):
            collector.leave_out(alias.text, UNKNOWN_LANGUAGE)
        else:
            collector.add(alias.text, alias.kind, language=alias.language, confidence=alias.confidence)
    yield EntityDraft(
        type=EntityType(record.type),
        name=name,
        language=language,
        source_ids=(SourceId(source.key, identifier),),
        aliases=collector.aliases,
        parents=tuple(dict.fromkeys(record.parents)),
        attributes=tuple(record.attributes),
    )
    yield from collector.rejections(file=file, line=record.line)


def _problem(record: _Record, name: str, language: str) -> str | None:
    if record.problem is not None:
        return record.problem
    if record.type not in _TYPES:
        return UNKNOWN_TYPE
    if not _LANGUAGE.match(language):
        return UNKNOWN_LANGUAGE
    stored = [record.id, *(text for pair in record.attributes for text in pair)]
    if any(labels.holds_control_character(text) for text in stored):
        return labels.CONTROL_CHARACTER
    return label_problem(name)


def _csv_records(path: Path, source: Source, advance: Advance) -> Iterator[_Record]:
    checked = False
    for row in read_csv(path, needed=NEEDED_COLUMNS, advance=advance):
        if not checked:
            _refuse_unknown_columns(row, path)
            checked = True
        yield _csv_record(row, source)


def _refuse_unknown_columns(row: Row, path: Path) -> None:
    """Refuse a column that would be ignored: `alias` for `aliases` must not lose every alias in silence."""
    known = (*NEEDED_COLUMNS, *OPTIONAL_COLUMNS)
    for number, column in enumerate(row.fields, start=1):
        if column not in known:
            problem = f"unknown column {column!r} (number {number}); known are {', '.join(known)}"
            raise MalformedFileError(path.name, line=1, column=1, problem=problem)


def _csv_record(row: Row, source: Source) -> _Record:
    record = _Record(
        line=row.line,
        type=row.get("type").casefold(),
        name=row.get("name"),
        id=row.get("id"),
        language=row.get("language"),
        aliases=[
            *(_AliasEntry(text) for text in _split(row.get("aliases"))),
            *(_AliasEntry(text, AliasKind.ABBREVIATION, ANY_LANGUAGE) for text in _split(row.get("abbreviations"))),
            *(_AliasEntry(text, AliasKind.MISSPELLING) for text in _split(row.get("misspellings"))),
        ],
    )
    for text in _split(row.get("parent")):
        _add_parent(record, text, source)
    for text in _split(row.get("attributes")):
        name, equals, value = text.partition("=")
        if equals and name.strip() and value.strip():
            record.attributes.append((name.strip(), value.strip()))
        else:
            record.problem, record.detail = BAD_ATTRIBUTE, labels.shorten(text)
    return record


def _add_parent(record: _Record, text: str, source: Source) -> None:
    """Read `id` (a broader entity in the same file) or `relation:source:id`; ids may hold colons."""
    relation, colon, rest = text.partition(":")
    if not colon or relation not in _RELATIONS:
        record.parents.append(ParentRef(EntityRelation.BROADER, SourceId(source.key, text)))
        return
    parent_source, colon, identifier = rest.partition(":")
    if colon and parent_source and identifier:
        parent = SourceId(parent_source, identifier)
        record.parents.append(ParentRef(EntityRelation(relation), parent))
    else:
        record.problem, record.detail = BAD_PARENT, labels.shorten(text)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(_SEPARATOR) if part.strip()]


def _json_records(path: Path, source: Source, advance: Advance) -> Iterator[_Record]:
    for line, text in enumerate(read_lines(path, advance), start=1):
        if not text.strip():
            continue
        try:
            entry = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            problem = f"bad JSON ({error.msg})"
            raise MalformedFileError(path.name, line=line, column=error.colno, problem=problem) from error
        if not isinstance(entry, dict):
            raise MalformedFileError(path.name, line=line, column=1, problem="not a JSON object")
        yield _json_record(entry, line, source)


def _json_record(entry: dict[str, object], line: int, source: Source) -> _Record:
    try:
        parsed = _JsonEntity.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        return _Record(line, "", "", problem=BAD_ENTRY, detail=labels.shorten(detail))
    return _Record(
        line=line,
        type=parsed.type.casefold(),
        name=parsed.name,
        id=parsed.id.strip(),
        language=parsed.language,
        aliases=[_alias_entry(alias) for alias in parsed.aliases],
        parents=[
            ParentRef(parent.relation, SourceId(parent.source or source.key, parent.id), parent.confidence)
            for parent in parsed.parents
        ],
        attributes=[(name, _attribute_text(value)) for name, value in parsed.attributes.items()],
    )


def _alias_entry(alias: str | _JsonAlias) -> _AliasEntry:
    if isinstance(alias, str):
        return _AliasEntry(alias)
    return _AliasEntry(alias.text, alias.kind, alias.language, alias.confidence)


def _attribute_text(value: str | float | bool) -> str:  # noqa: FBT001 - a JSON value
    return str(value).lower() if isinstance(value, bool) else str(value)
