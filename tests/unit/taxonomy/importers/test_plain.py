"""Entity files in CSV and JSON Lines, as docs/taxonomy-files.md describes them."""

import json
from pathlib import Path

import pytest

from taxonomy.importers import labels, plain
from taxonomy.importers.detect import detect
from taxonomy.importers.model import MalformedFileError
from taxonomy.importers.read import read_source
from taxonomy.model import AliasKind, EntityDraft, EntityRelation, EntityType, ParentRef, Rejection, SourceId


def read(folder: Path, text: str, name: str) -> tuple[list[EntityDraft], list[Rejection]]:
    (folder / name).write_text(text, encoding="utf-8")
    (source,) = detect(folder)
    items = list(read_source(source))
    return (
        [item for item in items if isinstance(item, EntityDraft)],
        [item for item in items if isinstance(item, Rejection)],
    )


def test_a_csv_row_holds_all_of_an_entity(tmp_path: Path) -> None:
    text = (
        "type,name,id,language,aliases,abbreviations,misspellings,parent,attributes\n"
        "Skill,Acme Flow,flow,en,AcmeFlow | Flow by Acme,AF,Acme Flwo,"
        "tools | needs:esco:http://data.europa.eu/esco/skill/1,vendor=Acme | url=a=b\n"
        "skill_group,Tools,tools,,,,,,\n"
        "skill,Bare,,de,,,,,\n"
    )
    drafts, rejections = read(tmp_path, text, "partners.csv")
    assert not rejections
    flow, tools, bare = drafts
    key = "plain:partners"
    assert (flow.type, flow.source_ids) == (EntityType.SKILL, (SourceId(key, "flow"),))
    assert [(alias.text, alias.kind, alias.language, alias.source) for alias in flow.aliases] == [
        ("AcmeFlow", AliasKind.SYNONYM, "en", key),
        ("Flow by Acme", AliasKind.SYNONYM, "en", key),
        ("AF", AliasKind.ABBREVIATION, "mul", key),
        ("Acme Flwo", AliasKind.MISSPELLING, "en", key),
    ]
    assert flow.parents == (
        ParentRef(EntityRelation.BROADER, SourceId(key, "tools")),
        ParentRef(EntityRelation.NEEDS, SourceId("esco", "http://data.europa.eu/esco/skill/1")),
    )
    assert flow.attributes == (("vendor", "Acme"), ("url", "a=b"))
    assert tools.source_ids == (flow.parents[0].parent,)
    assert (bare.source_ids[0].value, bare.language) == ("skill/Bare", "de")


def test_a_json_line_holds_all_of_an_entity(tmp_path: Path) -> None:
    entries = [
        {
            "type": "company",
            "name": "Acme GmbH",
            "id": "acme",
            "language": "de",
            "aliases": [
                "Acme",
                {"text": "ACM", "language": "mul", "kind": "abbreviation", "confidence": 0.5},
            ],
            "parents": [
                {"relation": "industry", "source": "starter", "id": "industry/software"},
                {"id": "group"},
            ],
            "attributes": {"employees": 70, "public": False},
        },
        {"type": "company", "name": "Acme Group", "id": "group"},
    ]
    text = "\n\n".join(json.dumps(entry) for entry in entries)
    (acme, _), rejections = read(tmp_path, text, "firms.jsonl")
    assert not rejections
    assert [(alias.text, alias.language, alias.confidence) for alias in acme.aliases] == [
        ("Acme", "de", 1.0),
        ("ACM", "mul", 0.5),
    ]
    assert acme.parents == (
        ParentRef(EntityRelation.INDUSTRY, SourceId("starter", "industry/software")),
        ParentRef(EntityRelation.BROADER, SourceId("plain:firms", "group")),
    )
    assert acme.attributes == (("employees", "70"), ("public", "false"))


def test_csv_rows_that_cannot_be_used_are_rejected(tmp_path: Path) -> None:
    text = (
        "type,name,language,parent,attributes\n"
        "wizard,Merlin,,,\n"
        "skill,,,,\n"
        "skill,Go,english,,\n"
        "skill,Go,,needs:esco,\n"
        "skill,Go,,,novalue\n"
        "skill,Go,,,\n"
        "skill,Go,,,\n"
        f"skill,{'x' * 501},,,\n"
        "skill,Go,,,key=\x07\n"
    )
    drafts, rejections = read(tmp_path, text, "file.csv")
    assert [draft.name for draft in drafts] == ["Go"]
    assert [(item.line, item.reason) for item in rejections] == [
        (2, plain.UNKNOWN_TYPE),
        (3, labels.EMPTY_LABEL),
        (4, plain.UNKNOWN_LANGUAGE),
        (5, plain.BAD_PARENT),
        (6, plain.BAD_ATTRIBUTE),
        (8, labels.DUPLICATE_ID),
        (9, labels.LONG_LABEL),
        (10, labels.CONTROL_CHARACTER),
    ]


def test_json_entries_of_another_form_are_rejected(tmp_path: Path) -> None:
    entries = [
        {"type": "skill", "name": "Go", "aliases": [{"text": "Golang", "language": "english"}]},
        {"type": "skill", "name": 7},
        {"type": "skill", "name": "Rust", "alias": ["rs"]},
        {"type": "skill", "name": "C", "aliases": [{"text": "C99", "confidence": 2}]},
        {"type": "skill", "name": "D", "parents": [{"id": "x", "relation": "cousin"}]},
        {"type": "skill", "name": "nul\0"},
    ]
    drafts, rejections = read(tmp_path, "\n".join(map(json.dumps, entries)), "file.jsonl")
    assert [draft.name for draft in drafts] == ["Go"]
    reasons = [(item.line, item.reason) for item in rejections]
    assert reasons == [
        (1, plain.UNKNOWN_LANGUAGE),
        *((line, plain.BAD_ENTRY) for line in (2, 3, 4, 5)),
        (6, labels.CONTROL_CHARACTER),
    ]


def test_an_unknown_column_is_refused_before_it_loses_anything(tmp_path: Path) -> None:
    with pytest.raises(MalformedFileError, match="unknown column 'alias'"):
        read(tmp_path, "type,name,alias\nskill,Go,Golang\n", "file.csv")


def test_bad_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(MalformedFileError, match=r"file\.jsonl, line 2, column \d+: bad JSON"):
        read(tmp_path, '{"type": "skill", "name": "Go"}\n{"type": }\n', "file.jsonl")
    with pytest.raises(MalformedFileError, match=r"file\.jsonl, line 2, column 1: not a JSON object"):
        read(tmp_path, '{"type": "skill", "name": "Go"}\n[1]\n', "file.jsonl")
