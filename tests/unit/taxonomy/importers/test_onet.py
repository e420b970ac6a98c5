"""O*NET: titles with all their names, technologies with their groups."""

import gzip
from pathlib import Path

import pytest

from taxonomy.importers import labels, onet
from taxonomy.importers.detect import detect
from taxonomy.importers.read import read_source
from taxonomy.model import AliasKind, EntityDraft, EntityRelation, EntityType, Rejection

OCCUPATIONS = """O*NET-SOC Code\tTitle\tDescription
11-1011.00\tChief Executives\tThey decide.
15-1252.00\tSoftware Developers\tThey write "programs".
15-1252.00\tSoftware Developers\tAgain.
"""
ALTERNATES = """O*NET-SOC Code\tTitle\tAlternate Title\tShort Title\tSource(s)
11-1011.00\tChief Executives\tChief Executive Officer (CEO)\tCEO\t08
15-1252.00\tSoftware Developers\tApplications Developer\tn/a\t08
15-1252.00\tSoftware Developers\tProgrammer (Officer)\t\t08
99-0000.00\tNobody\tGhost\t\t08
"""
REPORTED = """O*NET-SOC Code\tTitle\tReported Job Title\tShown in My Next Move
11-1011.00\tChief Executives\tCFO (Chief Financial Officer)\tY
"""
TECHNOLOGY = """O*NET-SOC Code\tTitle\tExample\tCommodity Code\tCommodity Title\tHot Technology\tIn Demand
15-1252.00\tSoftware Developers\tAmazon Web Services AWS software\t43232401\tDevelopment environment\tY\tN
15-1252.00\tSoftware Developers\tSAP software\t43231602\tERP software\tN\tN
15-1252.00\tSoftware Developers\tSAP software\t99999999\tUnlisted software\tN\tN
"""
COMMODITIES = """Commodity Code\tCommodity Title\tClass Code\tClass Title\tFamily Code\tFamily Title
43232401\tDevelopment environment\t43232400\tDevelopment software\t43230000\tSoftware
43231602\tERP software\t43231600\tFinance software\t43230000\tSoftware
10111302\tPet grooming products\t10111300\tPet treatments\t10110000\tPet products
"""


def write(folder: Path, *, official: bool) -> Path:
    tables = {
        "Occupation Data": OCCUPATIONS,
        "Alternate Titles": ALTERNATES,
        "Sample of Reported Titles": REPORTED,
        "Technology Skills": TECHNOLOGY,
        "UNSPSC Reference": COMMODITIES,
    }
    for name, text in tables.items():
        if official:
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        else:
            (folder / f"{name.replace(' ', '_')}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


@pytest.fixture(params=[True, False], ids=["official .txt", ".tsv.gz"])
def items(request: pytest.FixtureRequest, tmp_path: Path) -> list[EntityDraft | Rejection]:
    (source,) = detect(write(tmp_path, official=request.param))
    assert source.key == "onet"
    return list(read_source(source))


def draft(items: list[EntityDraft | Rejection], name: str) -> EntityDraft:
    return next(item for item in items if isinstance(item, EntityDraft) and item.name == name)


def test_titles_have_their_alternates_abbreviations_and_singular(
    items: list[EntityDraft | Rejection],
) -> None:
    chief = draft(items, "Chief Executives")
    assert [(alias.text, alias.kind, alias.confidence) for alias in chief.aliases] == [
        ("Chief Executive Officer", AliasKind.SYNONYM, 1.0),
        ("CEO", AliasKind.ABBREVIATION, 1.0),
        ("CFO", AliasKind.ABBREVIATION, 1.0),
        ("Chief Financial Officer", AliasKind.SYNONYM, 1.0),
        ("Chief Executive", AliasKind.SYNONYM, 0.9),
    ]
    developers = draft(items, "Software Developers")
    assert [alias.text for alias in developers.aliases] == [
        "Applications Developer",
        "Programmer (Officer)",
        "Software Developer",
    ]


def test_technologies_are_skills_that_titles_need(items: list[EntityDraft | Rejection]) -> None:
    developers = draft(items, "Software Developers")
    assert [(parent.relation, parent.parent.value, parent.confidence) for parent in developers.parents] == [
        (EntityRelation.NEEDS, "Amazon Web Services AWS software", 0.9),
        (EntityRelation.NEEDS, "SAP software", 0.6),
    ]
    web = draft(items, "Amazon Web Services AWS software")
    assert web.type is EntityType.SKILL
    assert [alias.text for alias in web.aliases] == ["Amazon Web Services", "AWS"]
    assert [alias.text for alias in draft(items, "SAP software").aliases] == ["SAP"]


def test_groups_in_use_have_their_classes_and_families(items: list[EntityDraft | Rejection]) -> None:
    groups = {
        item.source_ids[0].value: [parent.parent.value for parent in item.parents]
        for item in items
        if isinstance(item, EntityDraft) and item.type is EntityType.SKILL_GROUP
    }
    assert groups == {
        "43232401": ["43232400"],
        "43232400": ["43230000"],
        "43230000": [],
        "43231602": ["43231600"],
        "43231600": ["43230000"],
        "99999999": [],
    }


def test_rows_left_out_have_a_reason(items: list[EntityDraft | Rejection]) -> None:
    found = [(item.line, item.reason) for item in items if isinstance(item, Rejection)]
    assert found == [(4, labels.DUPLICATE_ID), (5, onet.UNKNOWN_OCCUPATION)]
