"""Regions of ISO 3166-2 by GeoNames' numbers of first-order divisions."""

from importlib import resources

import pycountry
import pytest

from taxonomy.importers.regions import english_name, region_code


@pytest.mark.parametrize(
    ("country", "division", "code"),
    [
        ("DE", "02", "DE-BY"),
        ("CA", "08", "CA-ON"),
        ("AU", "08", "AU-WA"),
        ("IN", "25", "IN-TN"),
        ("FR", "11", "FR-IDF"),
        ("US", "IL", "US-IL"),
        ("US", "DC", "US-DC"),
        ("FR", "99", None),
        ("GB", "", None),
    ],
)
def test_a_division_is_the_region_that_iso_has_for_it(country: str, division: str, code: str | None) -> None:
    assert region_code(country, division) == code


def test_regions_have_the_names_that_english_gives_them() -> None:
    assert english_name("DE-BY") == "Bavaria"
    assert english_name("IT-52") == "Tuscany"
    assert english_name("US-IL") is None
    # A city is called so, and who says Moscow means the city.
    assert english_name("RU-MOW") is None


def test_every_row_names_a_region_of_its_country_once() -> None:
    table = resources.files("taxonomy.importers").joinpath("regions.tsv").read_text(encoding="utf-8")
    header, *rows = [line.split("\t") for line in table.splitlines()]
    assert header == ["country", "admin1", "region", "english_name"]
    assert len({(country, division) for country, division, _, _ in rows}) == len(rows) > 2_000
    for country, _, code, _ in rows:
        assert code.startswith(f"{country}-")
        assert pycountry.subdivisions.get(code=code) is not None
