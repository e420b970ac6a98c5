"""The starter taxonomy obeys the format that its README describes."""

from __future__ import annotations

import csv
import re
from importlib.resources import files

import pytest

SEPARATOR = " | "
COLUMNS = {
    "skills": "key name group aliases abbreviations misspellings de es",
    "skill_groups": "key name parent de es",
    "titles": "key name supertitle function aliases abbreviations de es",
    "supertitles": "key name function de es",
    "functions": "key name de es",
    "degrees": "key name level aliases abbreviations de es",
    "fields_of_study": "key name group aliases abbreviations de es",
    "seniority": "key name rank words de es",
    "industries": "key name parent aliases de es",
    "certificates": "key name issuer aliases abbreviations",
    "companies": "key name industry country aliases",
    "schools": "key name country aliases abbreviations",
}
MINIMUM = {
    "skills": 600,
    "skill_groups": 40,
    "titles": 300,
    "supertitles": 60,
    "functions": 26,
    "degrees": 60,
    "fields_of_study": 150,
    "seniority": 15,
    "industries": 70,
    "certificates": 90,
    "companies": 200,
    "schools": 120,
}
REFERENCES = [
    ("skills", "group", "skill_groups"),
    ("skill_groups", "parent", "skill_groups"),
    ("titles", "supertitle", "supertitles"),
    ("titles", "function", "functions"),
    ("supertitles", "function", "functions"),
    ("industries", "parent", "industries"),
    ("companies", "industry", "industries"),
]
MAY_BE_EMPTY = {"parent", "aliases", "abbreviations", "misspellings", "de", "es"}
ENGLISH_FORMS = ("aliases", "abbreviations", "misspellings")
LEVELS = {
    "secondary",
    "vocational",
    "associate",
    "bachelor",
    "master",
    "doctorate",
    "professional",
    "certificate",
}
SENIORITY_IN_TITLE = re.compile(r"\b(senior|sr|snr|junior|jr|intern|trainee|entry[- ]level|ii|iii|iv)\b", re.IGNORECASE)


def text_of(name: str) -> str:
    return files("taxonomy.starter").joinpath(f"{name}.tsv").read_bytes().decode("utf-8")


def rows_of(name: str) -> list[dict[str, str]]:
    lines = text_of(name).split("\n")
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def values(cell: str) -> list[str]:
    return cell.split(SEPARATOR) if cell else []


every_file = pytest.mark.parametrize("name", sorted(COLUMNS))


def test_no_file_is_without_a_specification() -> None:
    found = {entry.name for entry in files("taxonomy.starter").iterdir() if entry.name.endswith(".tsv")}
    assert found == {f"{name}.tsv" for name in COLUMNS}


@every_file
def test_lines_have_the_header_the_columns_and_no_stray_space(name: str) -> None:
    text = text_of(name)
    assert text.endswith("\n")
    assert "\r" not in text
    assert "\ufeff" not in text
    lines = text[:-1].split("\n")
    columns = COLUMNS[name].split()
    assert lines[0].split("\t") == columns
    for line in lines[1:]:
        cells = line.split("\t")
        assert len(cells) == len(columns), line
        for cell in cells:
            assert cell == " ".join(cell.split()), line
            assert "" not in values(cell), line
            assert all("|" not in value for value in values(cell)), line


@every_file
def test_there_are_enough_rows(name: str) -> None:
    assert len(rows_of(name)) >= MINIMUM[name]


@every_file
def test_keys_are_unique_slugs_and_names_are_unique(name: str) -> None:
    rows = rows_of(name)
    keys = [row["key"] for row in rows]
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)
    assert len(set(keys)) == len(keys)
    folded = [row["name"].casefold() for row in rows]
    assert len(set(folded)) == len(folded)


@every_file
def test_required_cells_are_filled(name: str) -> None:
    for row in rows_of(name):
        assert all(cell for column, cell in row.items() if column not in MAY_BE_EMPTY), row


@every_file
def test_no_form_repeats_the_name_or_another_form(name: str) -> None:
    for row in rows_of(name):
        forms = [form.casefold() for column in ENGLISH_FORMS for form in values(row.get(column, ""))]
        assert row["name"].casefold() not in forms, row
        assert len(set(forms)) == len(forms), row


@every_file
def test_translations_are_distinct_and_stand_only_where_they_differ(name: str) -> None:
    for row in rows_of(name):
        for language in ("de", "es"):
            labels = [label.casefold() for label in values(row.get(language, ""))]
            assert len(set(labels)) == len(labels), row
            assert labels != [row["name"].casefold()], row
            assert not any(re.search(r"\((in|r)\)|\w/a\b", label) for label in labels), row


@pytest.mark.parametrize(("name", "column", "target"), REFERENCES)
def test_references_resolve(name: str, column: str, target: str) -> None:
    known = {row["key"] for row in rows_of(target)}
    for row in rows_of(name):
        assert not row[column] or row[column] in known, row


@pytest.mark.parametrize("name", ["skill_groups", "industries"])
def test_hierarchies_have_two_levels(name: str) -> None:
    rows = rows_of(name)
    top = {row["key"] for row in rows if not row["parent"]}
    assert top
    assert all(row["parent"] in top for row in rows if row["parent"])


def test_every_skill_group_leaf_supertitle_and_function_is_used() -> None:
    leaves = {row["key"] for row in rows_of("skill_groups") if row["parent"]}
    assert {row["group"] for row in rows_of("skills")} == leaves
    titles = rows_of("titles")
    assert {row["supertitle"] for row in titles} == {row["key"] for row in rows_of("supertitles")}
    assert {row["function"] for row in titles} == {row["key"] for row in rows_of("functions")}


@pytest.mark.parametrize(("name", "share"), [("titles", 0.6), ("skills", 0.5)])
def test_enough_entities_have_german_and_spanish_labels(name: str, share: float) -> None:
    rows = rows_of(name)
    assert sum(bool(row["de"] and row["es"]) for row in rows) >= share * len(rows)


def test_titles_carry_no_seniority() -> None:
    for row in rows_of("titles"):
        for form in [row["name"], *values(row["aliases"])]:
            assert not SENIORITY_IN_TITLE.search(form), row


def test_degree_levels_are_known() -> None:
    assert {row["level"] for row in rows_of("degrees")} == LEVELS


def test_seniority_ranks_rise_and_a_word_means_one_level() -> None:
    rows = rows_of("seniority")
    ranks = [int(row["rank"]) for row in rows]
    assert ranks == sorted(set(ranks))
    words = [word for row in rows for word in values(row["words"])]
    assert words == [word.lower() for word in words]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("name", ["companies", "schools"])
def test_countries_are_iso_codes(name: str) -> None:
    assert all(re.fullmatch(r"[A-Z]{2}", row["country"]) for row in rows_of(name))


def test_known_ambiguous_abbreviations_are_kept() -> None:
    def holders(name: str, abbreviation: str) -> set[str]:
        return {row["key"] for row in rows_of(name) if abbreviation in values(row["abbreviations"])}

    assert {"project-manager", "product-manager"} <= holders("titles", "PM")
    assert {"project-management", "product-management"} <= holders("skills", "PM")
    assert len(holders("titles", "SE")) > 1
