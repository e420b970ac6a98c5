"""The option that names bilingual dictionaries, `--dictionary LANGUAGE=FILE`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.errors import InvalidError

DICTIONARY_HELP: Final = (
    "Bilingual dictionary from English for translations, as de=FILE: lines of English, a tab and the other language, "
    "or Ding's word list; may be repeated."
)


def paths_by_language(given: Sequence[str]) -> dict[str, Path]:
    """Return files by language.

    Raises:
        InvalidError: where one is not written as `LANGUAGE=FILE`, is no file, or a language has two.
    """
    paths: dict[str, Path] = {}
    for one in given:
        language, separator, name = one.partition("=")
        if not separator or not language or not Path(name).is_file():
            raise InvalidError(
                f"--dictionary {one}: write it as LANGUAGE=FILE with a file that exists, as de=words.tsv"
            )
        if language in paths:
            raise InvalidError(f"--dictionary names two files of {language}")
        paths[language] = Path(name)
    return paths
