"""Universities: one id each, and an acronym where the domain is one."""

import json
from pathlib import Path

import pytest

from taxonomy.importers import labels, schools
from taxonomy.importers.detect import detect
from taxonomy.importers.model import MalformedFileError
from taxonomy.importers.read import read_source
from taxonomy.importers.schools import domain_acronym
from taxonomy.model import EntityDraft, Rejection

NAME = "world_universities_and_domains.json"


def read(folder: Path, content: object) -> tuple[list[EntityDraft], list[Rejection]]:
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    (folder / NAME).write_text(text, encoding="utf-8")
    (source,) = detect(folder)
    items = list(read_source(source))
    return (
        [item for item in items if isinstance(item, EntityDraft)],
        [item for item in items if isinstance(item, Rejection)],
    )


def entry(name: str, *domains: str) -> dict[str, object]:
    return {"name": name, "domains": list(domains), "alpha_two_code": "US", "country": "United States"}


def test_the_domain_is_the_id_and_gives_the_acronym(tmp_path: Path) -> None:
    (draft,), _ = read(tmp_path, [entry("Massachusetts Institute of Technology", "mit.edu")])
    assert draft.source_ids[0].value == "mit.edu"
    assert [alias.text for alias in draft.aliases] == ["MIT"]
    assert dict(draft.attributes) == {"country_code": "US", "domain": "mit.edu"}


def test_schools_behind_one_domain_have_ids_of_their_own_in_either_order(tmp_path: Path) -> None:
    entries = [entry("Academy of Arts", "khio.no"), entry("Academy of Design", "khio.no")]
    ids = [{draft.source_ids[0].value for draft in read(tmp_path, order)[0]} for order in (entries, entries[::-1])]
    assert ids[0] == ids[1] == {"Academy of Arts, US", "Academy of Design, US"}


def test_entries_left_out_have_a_reason(tmp_path: Path) -> None:
    twice = entry("Nameless Domain University")
    drafts, rejections = read(tmp_path, [twice, twice, {"domains": []}, 7, entry("", "x.edu")])
    assert len(drafts) == 1
    assert [(item.line, item.reason) for item in rejections] == [
        (2, labels.DUPLICATE_ID),
        (3, schools.NOT_AN_OBJECT),
        (4, schools.NOT_AN_OBJECT),
        (5, labels.EMPTY_LABEL),
    ]


@pytest.mark.parametrize(("text", "line"), [('[\n {"name": }\n]', 2), ('{"a": 1}', 1), ('["\\ud800"]', 1)])
def test_damaged_json_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(MalformedFileError, match=rf"{NAME}, line {line}, column \d+"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "domain", "acronym"),
    [
        ("Massachusetts Institute of Technology", "mit.edu", "MIT"),
        ("University of California, Berkeley", "berkeley.edu", None),
        ("Universität Wien", "univie.ac.at", None),
        ("University", "u.edu", None),
        ("Anything", "", None),
    ],
)
def test_an_acronym_needs_the_capitals_of_the_name(name: str, domain: str, acronym: str | None) -> None:
    assert domain_acronym(name, domain) == acronym
