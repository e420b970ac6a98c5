"""ESCO: labels, hierarchy and needs, in one language and over languages."""

from pathlib import Path

import pytest

from taxonomy.importers import esco, labels
from taxonomy.importers.detect import detect
from taxonomy.importers.model import MalformedFileError
from taxonomy.importers.read import read_source
from taxonomy.model import AliasKind, EntityDraft, EntityRelation, EntityType, Rejection, SourceId

OCC = "http://data.europa.eu/esco/occupation/"
SKILL = "http://data.europa.eu/esco/skill/"
ISCO = "http://data.europa.eu/esco/isco/C"

FILES = {
    "ISCOGroups_en.csv": f"conceptUri,code,preferredLabel\n{ISCO}2512,2512,Software developers\n",
    "skillGroups_en.csv": f"conceptUri,preferredLabel,code\n{SKILL}S1,programming,S1\n",
    "skills_en.csv": (
        "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status\n"
        f'X,{SKILL}py,knowledge,sector-specific,Python,"Python 3\nPy thon\nPython\nGIL","Phyton",released\n'
        f"X,{SKILL}old,knowledge,,FORTRAN,,,obsolete\n"
        f"X,{SKILL}py,knowledge,,Python again,,,released\n"
        f"X,{SKILL}blank,knowledge,,  ,,,released\n"
    ),
    "languageSkillsCollection_en.csv": (
        f"conceptUri,skillType,preferredLabel,broaderConceptUri\n{SKILL}py,knowledge,Python,{SKILL}S1\n"
        f"{SKILL}de,knowledge,German,{SKILL}S1 | {SKILL}S2\n"
    ),
    "occupations_en.csv": (
        "conceptUri,iscoGroup,preferredLabel,altLabels,code,description\n"
        f'{OCC}1,2512,software developer,"waiter/waitress\nvessel operations coordinator (VOC)",2512.1,Writes code.\n'
        f"{OCC}2,2512,web developer,,2512.2,\n"
    ),
    "broaderRelationsOccPillar.csv": (f"conceptUri,broaderUri\n{OCC}2,{OCC}1\n{OCC}1,{ISCO}2512\n{OCC}gone,{OCC}1\n"),
    "broaderRelationsSkillPillar.csv": f"conceptUri,broaderUri\n{SKILL}py,{SKILL}S1\n",
    "occupationSkillRelations_en.csv": (
        "occupationUri,relationType,skillType,skillUri\n"
        f"{OCC}1,optional,knowledge,{SKILL}py\n{OCC}1,essential,knowledge,{SKILL}py\n"
        f"{OCC}2,optional,knowledge,{SKILL}py\n{OCC}2,sometimes,knowledge,{SKILL}py\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def read(folder: Path, key: str = "esco:en") -> tuple[dict[str, EntityDraft], list[Rejection]]:
    source = next(source for source in detect(folder) if source.key == key)
    items = list(read_source(source))
    drafts = {item.source_ids[0].value: item for item in items if isinstance(item, EntityDraft)}
    return drafts, [item for item in items if isinstance(item, Rejection)]


def parents(draft: EntityDraft) -> list[tuple[EntityRelation, str, float]]:
    return [(parent.relation, parent.parent.value, parent.confidence) for parent in draft.parents]


def test_every_concept_becomes_an_entity_of_its_type(folder: Path) -> None:
    drafts, _ = read(folder)
    assert {uri: draft.type for uri, draft in drafts.items()} == {
        f"{ISCO}2512": EntityType.SUPERTITLE,
        f"{SKILL}S1": EntityType.SKILL_GROUP,
        f"{SKILL}py": EntityType.SKILL,
        f"{SKILL}de": EntityType.SKILL,
        f"{OCC}1": EntityType.TITLE,
        f"{OCC}2": EntityType.TITLE,
    }
    assert drafts[f"{OCC}1"].source_ids == (SourceId("esco", f"{OCC}1"),)


def test_labels_become_aliases_of_their_kind(folder: Path) -> None:
    drafts, _ = read(folder)
    python = drafts[f"{SKILL}py"]
    assert [(alias.text, alias.kind, alias.language) for alias in python.aliases] == [
        ("Python 3", AliasKind.SYNONYM, "en"),
        ("Py thon", AliasKind.SYNONYM, "en"),
        ("GIL", AliasKind.ABBREVIATION, "mul"),
        ("Phyton", AliasKind.MISSPELLING, "en"),
    ]
    assert {alias.source for alias in python.aliases} == {"esco:en"}
    assert [(alias.text, alias.kind) for alias in drafts[f"{OCC}1"].aliases] == [
        ("waiter", AliasKind.SYNONYM),
        ("waitress", AliasKind.SYNONYM),
        ("vessel operations coordinator", AliasKind.SYNONYM),
        ("VOC", AliasKind.ABBREVIATION),
    ]


def test_titles_stand_under_their_group_and_need_skills(folder: Path) -> None:
    drafts, _ = read(folder)
    assert parents(drafts[f"{OCC}1"]) == [
        (EntityRelation.BROADER, f"{ISCO}2512", 1.0),
        (EntityRelation.NEEDS, f"{SKILL}py", 1.0),
    ]
    assert parents(drafts[f"{OCC}2"]) == [
        (EntityRelation.BROADER, f"{ISCO}2512", 1.0),
        (EntityRelation.BROADER, f"{OCC}1", 1.0),
        (EntityRelation.NEEDS, f"{SKILL}py", 0.5),
    ]


def test_a_collection_marks_skills_and_adds_those_that_the_full_list_lacks(folder: Path) -> None:
    drafts, _ = read(folder)
    assert ("collections", "language") in drafts[f"{SKILL}py"].attributes
    assert ("skill_type", "knowledge") in drafts[f"{SKILL}py"].attributes
    assert [parent for _, parent, _ in parents(drafts[f"{SKILL}de"])] == [f"{SKILL}S1", f"{SKILL}S2"]


def test_the_english_description_says_what_a_concept_is(folder: Path) -> None:
    drafts, _ = read(folder)
    assert dict(drafts[f"{OCC}1"].attributes)["description"] == "Writes code."
    assert "description" not in dict(drafts[f"{OCC}2"].attributes)
    german = FILES["occupations_en.csv"].replace("Writes code.", "Schreibt Code.")
    (folder / "occupations_de.csv").write_text(german, encoding="utf-8")
    others, _ = read(folder, "esco:de")
    assert "description" not in dict(others[f"{OCC}1"].attributes)


def test_what_cannot_be_used_is_rejected_with_a_reason(folder: Path) -> None:
    _, rejections = read(folder)
    assert {(item.file, item.line, item.reason) for item in rejections} == {
        ("skills_en.csv", 2, labels.EQUALS_NAME),
        ("skills_en.csv", 6, labels.NOT_RELEASED),
        ("skills_en.csv", 7, labels.DUPLICATE_ID),
        ("skills_en.csv", 8, labels.EMPTY_LABEL),
        ("broaderRelationsOccPillar.csv", 4, esco.UNKNOWN_CHILD),
        ("occupationSkillRelations_en.csv", 5, "unknown relation type"),
    }


def test_another_language_joins_by_uri(folder: Path) -> None:
    text = f"conceptUri,iscoGroup,preferredLabel,altLabels\n{OCC}1,2512,Entwickler/Entwicklerin,IKT\n"
    (folder / "occupations_de.csv").write_text(text, encoding="utf-8")
    english, _ = read(folder)
    german, _ = read(folder, "esco:de")
    assert german[f"{OCC}1"].entity_id == english[f"{OCC}1"].entity_id
    assert (german[f"{OCC}1"].name, german[f"{OCC}1"].language) == ("Entwickler/Entwicklerin", "de")
    assert [(alias.text, alias.language) for alias in german[f"{OCC}1"].aliases] == [
        ("IKT", "de"),
        ("Entwickler", "de"),
        ("Entwicklerin", "de"),
    ]


def test_a_missing_column_is_an_error_and_nothing_less(folder: Path) -> None:
    (folder / "occupations_en.csv").write_text("conceptUri,name\nx,y\n", encoding="utf-8")
    with pytest.raises(MalformedFileError, match=r"occupations_en\.csv, line 1, column 1: .*preferredLabel"):
        read(folder)
