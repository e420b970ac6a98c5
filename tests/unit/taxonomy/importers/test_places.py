"""Places: cities within regions within countries."""

import gzip
from pathlib import Path

import pytest

from taxonomy.importers import labels, places
from taxonomy.importers.detect import detect
from taxonomy.importers.model import MalformedFileError
from taxonomy.importers.read import read_source
from taxonomy.model import AliasKind, EntityDraft, Rejection, SourceId


def country_row(iso: str, iso3: str, name: str, geoname_id: str) -> str:
    fields = [iso, iso3, "0", "X", name, "Capital", "1", "1000", "EU", ".x", "EUR", "Euro", "1", "", "", "xx"]
    return "\t".join([*fields, geoname_id, "", ""])


def city_row(geoname_id: str, name: str, alternates: str, **other: str) -> str:
    values = dict.fromkeys(places.CITY_COLUMNS, "")
    values |= {"geonameid": geoname_id, "name": name, "asciiname": other.pop("ascii", name)}
    values |= {"alternatenames": alternates, "latitude": "1.5", "longitude": "2.5", "feature code": "PPL"}
    values |= {"population": "20000", **{key.replace("_", " "): value for key, value in other.items()}}
    return "\t".join(values.values())


CITIES = [
    city_row("10", "Springfield", "SPI,Springfield,si pu lin fei,Спрингфилд", country_code="US", admin1_code="IL"),
    city_row("11", "Orléans", "Orleans", ascii="Orleans", country_code="FR", admin1_code="24"),
    city_row("11", "Twice", "", country_code="FR"),
    city_row("12", "Pripyat", "", country_code="FR", feature_code="PPLQ"),
    city_row("13", "Nowhere", "", country_code="XX"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cities15000.txt.gz").write_bytes(gzip.compress("\n".join(CITIES).encode()))
    lines = [
        "# a comment of the official file",
        "#ISO\tISO3",
        country_row("US", "USA", "United States", "6252001"),
        country_row("FR", "FRA", "France", "3017382"),
    ]
    (tmp_path / "countryInfo.txt").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def read(folder: Path) -> tuple[dict[SourceId, EntityDraft], list[Rejection]]:
    (source,) = detect(folder)
    assert source.key == "geonames"
    items = list(read_source(source))
    drafts = {item.source_ids[0]: item for item in items if isinstance(item, EntityDraft)}
    return drafts, [item for item in items if isinstance(item, Rejection)]


def test_a_city_stands_under_its_state_where_codes_match_and_under_its_country(folder: Path) -> None:
    drafts, _ = read(folder)
    springfield = drafts[SourceId("geonames", "10")]
    assert [parent.parent for parent in springfield.parents] == [
        SourceId("iso3166-2", "US-IL"),
        SourceId("geonames", "6252001"),
    ]
    # FR-24 is a department in ISO 3166-2, and a number of GeoNames for another region.
    orleans = drafts[SourceId("geonames", "11")]
    assert [parent.parent for parent in orleans.parents] == [
        SourceId("iso3166-2", "FR-CVL"),
        SourceId("geonames", "3017382"),
    ]


def test_names_that_people_write_become_aliases(folder: Path) -> None:
    drafts, _ = read(folder)
    springfield = drafts[SourceId("geonames", "10")]
    assert [(alias.text, alias.kind, alias.confidence) for alias in springfield.aliases] == [
        ("SPI", AliasKind.ABBREVIATION, 0.5),
        ("Спрингфилд", AliasKind.SYNONYM, 1.0),
    ]
    assert {alias.language for alias in springfield.aliases} == {"mul"}
    assert dict(springfield.attributes)["kind"] == "city"
    assert dict(springfield.attributes)["country_code"] == "US"
    assert [alias.text for alias in drafts[SourceId("geonames", "11")].aliases] == ["Orleans"]


def test_countries_have_codes_and_names_in_other_languages(folder: Path) -> None:
    drafts, _ = read(folder)
    states = drafts[SourceId("geonames", "6252001")]
    texts = {(alias.text, alias.language) for alias in states.aliases}
    assert {("USA", "mul"), ("US", "mul"), ("Vereinigte Staaten", "de"), ("Estados Unidos", "es")} <= texts


def test_regions_of_known_countries_come_with_their_codes(folder: Path) -> None:
    drafts, _ = read(folder)
    illinois = drafts[SourceId("iso3166-2", "US-IL")]
    assert illinois.name == "Illinois"
    assert [(alias.text, alias.confidence) for alias in illinois.aliases] == [("IL", 0.9)]
    assert [parent.parent for parent in illinois.parents] == [SourceId("geonames", "6252001")]
    assert SourceId("iso3166-2", "DE-BY") not in drafts


def test_rows_left_out_have_a_reason(folder: Path) -> None:
    _, rejections = read(folder)
    found = {(item.line, item.reason) for item in rejections if item.file == "cities15000.txt.gz"}
    assert found == {
        (1, places.TRANSLITERATION),
        (2, labels.DUPLICATE_ALIAS),
        (3, labels.DUPLICATE_ID),
        (4, places.GONE),
        (5, places.UNKNOWN_COUNTRY),
    }


@pytest.mark.parametrize(
    ("text", "name", "others"),
    [
        ("Catalunya [Cataluña]", "Catalunya", ["Cataluña"]),
        ("Madrid, Comunidad de", "Madrid", ["Comunidad de Madrid"]),
        ("Bridgend [Pen-y-bont ar Ogwr GB-POG]", "Bridgend", ["Pen-y-bont ar Ogwr"]),
        ("Armagh City, Banbridge and Craigavon", "Armagh City, Banbridge and Craigavon", []),
        ("Bayern", "Bayern", []),
    ],
)
def test_region_names_are_written_as_people_write_them(text: str, name: str, others: list[str]) -> None:
    assert places._region_names(text) == (name, others)


def test_an_id_that_is_no_number_is_damage(folder: Path) -> None:
    (folder / "countryInfo.txt").write_text(country_row("US", "USA", "United States", "x"), encoding="utf-8")
    with pytest.raises(MalformedFileError, match=r"countryInfo\.txt, line 1"):
        read(folder)
