"""Which region of ISO 3166-2 GeoNames means by its own numbers of first-order divisions, and what English calls it.

The table beside this file has a row for each pair of country and number that the cities of GeoNames' extract use and
whose code is not itself one of ISO 3166-2: 2,302 of 2,783. Names of divisions and cities are those of GeoNames
(CC BY 4.0, https://www.geonames.org); codes were found by the names of the divisions, and by hand where ISO names them
in another language. A division that ISO has no region for, or that was cut differently since, is left out. An English
name is given where neither ISO nor a city of the country is called so.
"""

from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import pycountry

_TABLE: Final = "regions.tsv"


class _Regions(NamedTuple):
    """The code of each division, by country and number, and the English name of each code that has one."""

    codes: dict[tuple[str, str], str]
    english_names: dict[str, str]


def region_code(country: str, division: str) -> str | None:
    """Return the code of ISO 3166-2 for a first-order division as GeoNames numbers it; None where there is none."""
    listed = _regions().codes.get((country, division))
    code = f"{country}-{division}"
    if listed is None and division.isalpha() and pycountry.subdivisions.get(code=code) is not None:
        # Only codes in letters are those of ISO 3166-2: FR-11 is a region to the one and a department to the other.
        return code
    return listed


def english_name(code: str) -> str | None:
    """Return what English calls a region where its official name is another; None where it is not."""
    return _regions().english_names.get(code)


@cache
def _regions() -> _Regions:
    table = resources.files("taxonomy.importers").joinpath(_TABLE).read_text(encoding="utf-8")
    _, *rows = [line.split("\t") for line in table.splitlines()]
    codes = {(country, division): code for country, division, code, _ in rows}
    return _Regions(codes, {code: name for _, _, code, name in rows if name})
