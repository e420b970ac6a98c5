"""O*NET: occupations become titles, technology examples skills, UNSPSC classes skill groups."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from taxonomy.importers import labels
from taxonomy.importers.forms import (
    abbreviates,
    is_abbreviation,
    singular_forms,
    spelled_out_with_acronym,
    split_parenthesis,
)
from taxonomy.importers.labels import AliasCollector, clean_label, label_problem
from taxonomy.importers.model import Advance, Item, Source
from taxonomy.importers.rows import read_tsv
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

SOURCE: Final = "onet"
TECHNOLOGY_SOURCE: Final = "onet-tech"
COMMODITY_SOURCE: Final = "unspsc"
LANGUAGE: Final = "en"
UNKNOWN_OCCUPATION: Final = "row of an occupation that Occupation Data does not list"

OCCUPATIONS: Final = "occupation_data"
ALTERNATES: Final = "alternate_titles"
REPORTED: Final = "sample_of_reported_titles"
TECHNOLOGY: Final = "technology_skills"
COMMODITIES: Final = "unspsc_reference"
FILE_STEMS: Final = frozenset({OCCUPATIONS, ALTERNATES, REPORTED, TECHNOLOGY, COMMODITIES})

_CODE: Final = "O*NET-SOC Code"
_NOT_AVAILABLE: Final = "n/a"
_SINGULAR_CONFIDENCE: Final = 0.9
_WANTED_CONFIDENCE: Final = 0.9
_PLAIN_CONFIDENCE: Final = 0.6
_WITHOUT_SOFTWARE_CONFIDENCE: Final = 0.8
_SOFTWARE: Final = (" software", " systems", " system")
_LEVELS: Final = ("Commodity", "Class", "Family")


@dataclass(frozen=True, slots=True)
class _Label:
    """A title as a file gives it; `short` is its short form, where the file has one."""

    text: str
    short: str
    file: str
    line: int


@dataclass(slots=True)
class _Run:
    """What one reading remembers, by occupation code and by technology."""

    source: Source
    titles: dict[str, list[_Label]] = field(default_factory=lambda: defaultdict(list))
    needs: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    technologies: dict[str, dict[str, None]] = field(default_factory=dict)
    first_rows: dict[str, tuple[str, int]] = field(default_factory=dict)
    commodities: dict[str, str] = field(default_factory=dict)


def file_stem(path: Path) -> str:
    """Return the table that a file holds, `Occupation Data.txt` and `Occupation_Data.tsv.gz` alike."""
    return path.name.partition(".")[0].replace(" ", "_").casefold()


def read_onet(source: Source, advance: Advance) -> Iterator[Item]:
    """Yield skill groups, technologies and occupations, in this order.

    Raises:
        MalformedFileError: for a file that is damaged.
    """
    run = _Run(source)
    files = {file_stem(path): path for path in source.paths}
    if TECHNOLOGY in files:
        yield from _load_technologies(files[TECHNOLOGY], run, advance)
    if COMMODITIES in files:
        yield from _groups(files[COMMODITIES], run, advance)
    yield from _bare_groups(run)
    yield from _technologies(run)
    _load_titles(files, run, advance)
    yield from _occupations(files[OCCUPATIONS], run, advance)
    yield from _orphans(run)


def _load_titles(files: dict[str, Path], run: _Run, advance: Advance) -> None:
    columns = {ALTERNATES: ("Alternate Title", "Short Title"), REPORTED: ("Reported Job Title", "")}
    for stem, (column, short_column) in columns.items():
        if stem not in files:
            continue
        for row in read_tsv(files[stem], needed=(_CODE, column), advance=advance):
            short = row.get(short_column) if short_column else ""
            short = "" if short.casefold() == _NOT_AVAILABLE else short
            run.titles[row.get(_CODE)].append(_Label(row.get(column), short, files[stem].name, row.line))


def _load_technologies(path: Path, run: _Run, advance: Advance) -> Iterator[Rejection]:
    for row in read_tsv(path, needed=(_CODE, "Example", "Commodity Code", "Commodity Title"), advance=advance):
        name = clean_label(row.get("Example"))
        problem = label_problem(name)
        if problem is not None:
            yield Rejection(path.name, row.line, problem, labels.shorten(name))
            continue
        wanted = "Y" in (row.get("Hot Technology"), row.get("In Demand"))
        confidence = _WANTED_CONFIDENCE if wanted else _PLAIN_CONFIDENCE
        needs = run.needs[row.get(_CODE)]
        needs[name] = max(confidence, needs.get(name, 0.0))
        run.first_rows.setdefault(name, (path.name, row.line))
        run.technologies.setdefault(name, {})[row.get("Commodity Code")] = None
        run.commodities[row.get("Commodity Code")] = row.get("Commodity Title")


def _groups(path: Path, run: _Run, advance: Advance) -> Iterator[Item]:
    """Yield the commodities that some technology belongs to, with the classes and families above them."""
    columns = [f"{level} {part}" for level in _LEVELS for part in ("Code", "Title")]
    seen: set[str] = set()
    for row in read_tsv(path, needed=columns, advance=advance):
        if run.commodities.pop(row.get("Commodity Code"), None) is None:
            continue
        codes = [row.get(f"{level} Code") for level in _LEVELS]
        for index, (level, code) in enumerate(zip(_LEVELS, codes, strict=True)):
            if code not in seen:
                seen.add(code)
                parent = codes[index + 1] if index + 1 < len(codes) else None
                yield _group(row.get(f"{level} Title"), code, parent=parent)


def _bare_groups(run: _Run) -> Iterator[Item]:
    """Yield the commodities that the reference does not list, under no class."""
    for code, title in run.commodities.items():
        yield _group(title, code, parent=None)


def _group(title: str, code: str, *, parent: str | None) -> EntityDraft:
    parents = () if parent is None else (_broader(parent),)
    source_ids = (SourceId(COMMODITY_SOURCE, code),)
    return EntityDraft(EntityType.SKILL_GROUP, clean_label(title), LANGUAGE, source_ids, parents=parents)


def _broader(commodity: str) -> ParentRef:
    return ParentRef(EntityRelation.BROADER, SourceId(COMMODITY_SOURCE, commodity))


def _technologies(run: _Run) -> Iterator[Item]:
    for name, commodities in run.technologies.items():
        collector = AliasCollector(name, LANGUAGE, source=run.source.key)
        _add_technology_forms(collector, name)
        yield EntityDraft(
            type=EntityType.SKILL,
            name=name,
            language=LANGUAGE,
            source_ids=(SourceId(TECHNOLOGY_SOURCE, name),),
            aliases=collector.aliases,
            parents=tuple(_broader(code) for code in commodities if code),
            attributes=(("skill_type", "technology"),),
        )
        file, line = run.first_rows[name]
        yield from collector.rejections(file=file, line=line)


def _add_technology_forms(collector: AliasCollector, name: str) -> None:
    """Add what people write for `Amazon Web Services AWS software`: the words, the acronym, no `software`."""
    ending = next((ending for ending in _SOFTWARE if name.endswith(ending)), "")
    bare = name.removesuffix(ending)
    spelled = spelled_out_with_acronym(bare)
    if spelled is not None:
        words, acronym = spelled
        collector.add(words)
        collector.add(acronym, AliasKind.ABBREVIATION, language=labels.ANY_LANGUAGE, confidence=0.9)
    elif ending == _SOFTWARE[0]:
        collector.add(bare, confidence=_WITHOUT_SOFTWARE_CONFIDENCE)


def _occupations(path: Path, run: _Run, advance: Advance) -> Iterator[Item]:
    seen: set[str] = set()
    for row in read_tsv(path, needed=(_CODE, "Title"), advance=advance):
        code, name = row.get(_CODE), clean_label(row.get("Title"))
        problem = labels.DUPLICATE_ID if code in seen else label_problem(name)
        if problem is not None:
            yield Rejection(path.name, row.line, problem, code)
            continue
        seen.add(code)
        collector = _title_aliases(name, run.titles.pop(code, []), run)
        needs = run.needs.pop(code, {})
        yield EntityDraft(
            type=EntityType.TITLE,
            name=name,
            language=LANGUAGE,
            source_ids=(SourceId(SOURCE, code),),
            aliases=collector.aliases,
            parents=tuple(
                ParentRef(EntityRelation.NEEDS, SourceId(TECHNOLOGY_SOURCE, technology), confidence)
                for technology, confidence in needs.items()
            ),
            attributes=_attributes(code, row.get("Description")),
        )
        yield from collector.rejections(file=path.name, line=row.line)


def _attributes(code: str, description: str) -> tuple[tuple[str, str], ...]:
    return (("code", code), (DESCRIPTION, description)) if description else (("code", code),)


def _title_aliases(name: str, titles: list[_Label], run: _Run) -> AliasCollector:
    collector = AliasCollector(name, LANGUAGE, source=run.source.key)
    for title in titles:
        for form in _title_forms(title):
            if is_abbreviation(form):
                collector.add(form, AliasKind.ABBREVIATION, language=labels.ANY_LANGUAGE)
            else:
                collector.add(form)
    for form in singular_forms(name):
        collector.add(form, confidence=_SINGULAR_CONFIDENCE, derived=True)
    return collector


def _title_forms(title: _Label) -> tuple[str, ...]:
    """Return the forms in a title such as `CEO (Chief Executive Officer)`; a qualifier stays where it is."""
    split = split_parenthesis(title.text)
    if split is None:
        return (title.text, title.short) if title.short else (title.text,)
    outer, inner = split
    if title.short or _is_variant(outer, inner):
        return tuple(dict.fromkeys(form for form in (outer, inner, title.short) if form))
    return (title.text,)


def _is_variant(outer: str, inner: str) -> bool:
    """Whether a parenthesis holds the title once more, shorter or longer, and not a qualifier."""
    if any(is_abbreviation(one) and abbreviates(one, other) for one, other in ((inner, outer), (outer, inner))):
        return True
    outer_words, inner_words = outer.casefold().split(), inner.casefold().split()
    return len(inner_words) > 1 and outer_words[-1] == inner_words[-1]


def _orphans(run: _Run) -> Iterator[Rejection]:
    for code, titles in run.titles.items():
        for title in titles:
            yield Rejection(title.file, title.line, UNKNOWN_OCCUPATION, code)
    for code, needs in run.needs.items():
        for name in needs:
            file, line = run.first_rows[name]
            yield Rejection(file, line, UNKNOWN_OCCUPATION, code)
