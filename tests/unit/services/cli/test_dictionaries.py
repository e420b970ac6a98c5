from pathlib import Path

import pytest

from core.errors import InvalidError
from services.cli.dictionaries import paths_by_language


def test_dictionaries_are_named_by_language(tmp_path: Path) -> None:
    path = tmp_path / "words=de.tsv"
    path.touch()
    assert paths_by_language([f"de={path}", f"es={path}"]) == {"de": path, "es": path}
    assert paths_by_language([]) == {}


@pytest.mark.parametrize("given", [["de"], ["=x"], ["de=/no/such/file"], ["de={path}", "de={path}"]])
def test_what_is_no_dictionary_of_one_language_is_refused(given: list[str], tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.touch()
    with pytest.raises(InvalidError, match="--dictionary"):
        paths_by_language([one.format(path=path) for one in given])
