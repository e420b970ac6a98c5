from pathlib import Path

import pytest

from core.errors import InvalidError
from taxonomy.importers.dictionary import pairs_in, read_dictionary


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("baker\tBäcker\n", [("baker", "Bäcker")]),
        ("Bäcker {m} [cook.] | Bäcker {pl} :: baker | bakers", [("baker", "Bäcker"), ("bakers", "Bäcker")]),
        ("backen {vt}; braten :: to bake (bread)", [("bake", "backen"), ("bake", "braten")]),
        ("Wort {n} | Wörter {pl} :: word", []),
        ("ein sehr langer Satz über Wörter :: phrase", []),
        ("# Version 1\tof 2", []),
        ("no entry at all", []),
        ("\tBäcker", []),
    ],
)
def test_lines_hold_the_phrases_that_mean_the_same(line: str, pairs: list[tuple[str, str]]) -> None:
    assert list(pairs_in(line)) == pairs


def test_a_file_becomes_translations_by_phrase_with_how_often_they_are_given(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("# words\nBaker\tBäcker\nbaker\tBäcker\nbaker\tBackwarenhersteller\n", encoding="utf-8")
    entries = read_dictionary(path).entries
    assert {one: dict(others) for one, others in entries.items()} == {"baker": {"Bäcker": 2, "Backwarenhersteller": 1}}


def test_a_file_without_entries_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("just some text\n", encoding="utf-8")
    with pytest.raises(InvalidError, match="no entry"):
        read_dictionary(path)
