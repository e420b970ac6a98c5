"""What lies in a folder is recognised by names and headers."""

import gzip
from pathlib import Path

import pytest

from core.errors import InvalidError, NotFoundError
from taxonomy.importers.detect import detect


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_sources_below_a_folder_are_found_english_first(tmp_path: Path) -> None:
    put(tmp_path / "a-de" / "occupations_de.csv.gz")
    put(tmp_path / "b-en" / "occupations_en.csv")
    put(tmp_path / "b-en" / "occupationSkillRelations.csv")
    put(tmp_path / "onet" / "Occupation Data.txt")
    put(tmp_path / "geo" / "cities500.txt")
    put(tmp_path / "geo" / "countryInfo.tsv")
    put(tmp_path / "world_universities_and_domains.json.gz", "[]")
    put(tmp_path / "mine.csv", "type,name\n")
    put(tmp_path / "more.jsonl.gz", '{"type": "skill", "name": "x"}')
    put(tmp_path / "unrelated.csv", "date,amount\n")
    put(tmp_path / "log.jsonl", '{"time": 1}')
    put(tmp_path / "README.md", "# Notes")
    sources = detect(tmp_path)
    assert [source.key for source in sources] == [
        "esco:en", "esco:de", "onet", "geonames", "universities", "plain:mine", "plain:more",
    ]  # fmt: skip
    assert [path.name for path in sources[0].paths] == ["occupations_en.csv", "occupationSkillRelations.csv"]


def test_two_languages_in_one_folder_share_the_relations(tmp_path: Path) -> None:
    for name in ("skills_de.csv", "skills_en.csv", "broaderRelationsSkillPillar.csv"):
        put(tmp_path / name)
    english, german = detect(tmp_path)
    assert english.paths[-1] == german.paths[-1] == tmp_path / "broaderRelationsSkillPillar.csv"


def test_a_file_stands_for_its_source(tmp_path: Path) -> None:
    titles = put(tmp_path / "Alternate_Titles.tsv")
    put(tmp_path / "Occupation_Data.tsv")
    put(tmp_path / "mine.csv", "type,name\n")
    (source,) = detect(titles)
    assert (source.key, len(source.paths)) == ("onet", 2)


def test_nothing_recognised_says_what_is_understood(tmp_path: Path) -> None:
    put(tmp_path / "notes.txt", "hello")
    with pytest.raises(InvalidError, match=r"nothing in .* is recognised; understood are ESCO .* GeoNames"):
        detect(tmp_path)
    with pytest.raises(InvalidError, match="is recognised"):
        detect(tmp_path / "notes.txt")


def test_a_missing_path_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no file or folder"):
        detect(tmp_path / "absent")


def test_cities_without_countries_say_what_is_missing(tmp_path: Path) -> None:
    put(tmp_path / "cities15000.txt")
    with pytest.raises(InvalidError, match=r"needs countryInfo\.txt"):
        detect(tmp_path)


def test_one_source_in_two_places_has_to_be_named(tmp_path: Path) -> None:
    put(tmp_path / "1.1" / "occupations_en.csv")
    put(tmp_path / "1.2" / "occupations_en.csv")
    with pytest.raises(InvalidError, match=r"esco:en is there twice, in .*1\.1 and in .*1\.2"):
        detect(tmp_path)
    assert [source.key for source in detect(tmp_path / "1.2")] == ["esco:en"]


def test_a_first_line_of_broken_json_belongs_to_an_entity_file_that_is_damaged(tmp_path: Path) -> None:
    put(tmp_path / "mine.jsonl", '{"type": "skill", ')
    assert [source.key for source in detect(tmp_path)] == ["plain:mine"]
