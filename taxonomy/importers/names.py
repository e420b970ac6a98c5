"""Names of countries and languages in other languages, from the catalogues inside the package `pycountry`."""

import gettext
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import pycountry

LANGUAGES: Final = ("de", "es", "fr", "it", "nl", "pl", "pt")
"""Languages into which the names are translated."""


def translations(domain: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (language, name) for the names that a catalogue (`iso3166-1`, `iso639-3`) translates."""
    for language in LANGUAGES:
        catalogue = _catalogue(domain, language)
        translated = dict.fromkeys(catalogue.gettext(name) for name in names)
        for text in translated:
            if text not in names:
                yield language, text


@cache
def _catalogue(domain: str, language: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=[language], fallback=True)
