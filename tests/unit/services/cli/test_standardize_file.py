from pathlib import Path
from typing import Any

import orjson
import pytest

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from core.errors import ConflictError, InvalidError
from services.cli.standardize_file import BatchForm, TypeCount, standardize_file
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot, SourceId


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    nurse = Entity(
        "title_nurse",
        EntityType.TITLE,
        "Nurse",
        (SourceId("esco", "http://example.org/nurse"),),
        (
            Alias("Nurse", "en", AliasKind.CANONICAL, "esco:en"),
            Alias("Krankenpflege", "de", AliasKind.TRANSLATION, "esco:de"),
        ),
    )
    folder = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(Snapshot(1, (nurse, *map(place, ("Canada", "London"))))), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())


def place(name: str) -> Entity:
    parents = ((EntityRelation.BROADER, "Canada"),) if name == "London" else ()
    alias = Alias(name, "en", AliasKind.CANONICAL, "test")
    return Entity(name, EntityType.LOCATION, name, (), (alias,), parents)


def write(path: Path, *rows: object) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def test_rows_are_answered_in_order_in_the_documented_form(standardizer: Standardizer, tmp_path: Path) -> None:
    rows = [{"id": i, "text": "Nurse" if i % 2 else "", "type": "title"} for i in range(1_200)]
    out = tmp_path / "out.jsonl"
    summary = standardize_file(standardizer, write(tmp_path / "in.jsonl", *rows), out, form=BatchForm(top=3))
    assert (summary.rows, summary.by_type) == (1_200, {"title": TypeCount(mentions=600, linked=600)})
    answers = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [answer["id"] for answer in answers] == list(range(1_200))
    assert answers[0]["mentions"] == []
    (mention,) = answers[1]["mentions"]
    (candidate,) = mention["candidates"]
    assert (mention["text"], mention["start"], mention["end"], mention["type"]) == ("Nurse", 0, 5, "title")
    assert candidate["source_ids"] == [{"source": "esco", "id": "http://example.org/nurse"}]
    assert set(candidate) == {"entity_id", "source_ids", "name", "type", "confidence", "matched_alias"}
    assert not (tmp_path / "out.jsonl.part").exists()


def test_a_place_says_what_it_lies_in(standardizer: Standardizer, tmp_path: Path) -> None:
    rows = [{"id": text, "text": text, "type": "location"} for text in ("London", "Canada")]
    standardize_file(standardizer, write(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl", form=BatchForm(top=3))
    london, canada = (orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines())
    assert london["mentions"][0]["candidates"][0]["lies_in"] == ["Canada"]
    assert "lies_in" not in canada["mentions"][0]["candidates"][0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "line 2: not JSON"),
        (b"[]", 'line 2: a row needs an "id"'),
        (b'{"id": 1, "text": 5}', "line 2: a row needs"),
        (b'{"id": 1, "text": "x", "type": "animal"}', "line 2: unknown type 'animal'"),
        (b'{"id": 1, "text": "x", "language": 3}', 'line 2: "language" is not a string'),
        (b'{"id": 1, "text": "x", "output_language": 3}', 'line 2: "output_language" is not a string'),
        (b'{"id": 1, "text": "x", "output_language": "?"}', "line 2: output_language: '\\?' is not a BCP 47 tag"),
        (b'{"id": 1, "text": "x", "within": "title_nurse"}', 'line 2: "within" is not a list of entity ids'),
        (b'{"id": 1, "text": "x", "exclude": [1]}', 'line 2: "exclude" is not a list of entity ids'),
        (b'{"id": 1, "text": "x", "exclude": ["title_x"]}', "line 2: exclude: .* has no entity 'title_x'"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(
    standardizer: Standardizer, tmp_path: Path, line: bytes, problem: str
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 0, "text": "Nurse"}\n' + line + b"\n")
    with pytest.raises(InvalidError, match=problem):
        standardize_file(standardizer, source, tmp_path / "out.jsonl", form=BatchForm(top=1))
    assert not (tmp_path / "out.jsonl").exists()


def test_an_interrupted_run_goes_on_after_its_last_whole_row(standardizer: Standardizer, tmp_path: Path) -> None:
    rows = [{"id": i, "text": "Nurse", "type": "title"} for i in range(10)]
    source, out = write(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl"
    standardize_file(standardizer, source, out, form=BatchForm(top=1))
    whole = out.read_bytes()
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConflictError, match="--resume"):
        standardize_file(standardizer, source, out, form=BatchForm(top=1))
    standardize_file(standardizer, source, out, form=BatchForm(top=1), resume=True)
    assert out.read_bytes() == whole


def answers_of(standardizer: Standardizer, folder: Path, *rows: object, form: BatchForm) -> list[Any]:
    out = folder / "out.jsonl"
    standardize_file(standardizer, write(folder / "in.jsonl", *rows), out, form=form)
    return [orjson.loads(line) for line in out.read_bytes().splitlines()]


def test_what_a_row_asks_for_goes_before_what_is_asked_for_all(standardizer: Standardizer, tmp_path: Path) -> None:
    row = {"id": 1, "text": "Nurse", "type": "title"}
    form = BatchForm(top=1, options=AnswerOptions(exclude=("title_nurse",), output_language="de"))
    rows = [row, row | {"exclude": []}, row | {"exclude": [], "output_language": "en"}]
    found = [answer["mentions"][0]["candidates"] for answer in answers_of(standardizer, tmp_path, *rows, form=form)]
    assert [[candidate["name"] for candidate in candidates] for candidates in found] == [
        [],
        ["Krankenpflege"],
        ["Nurse"],
    ]


def test_an_explanation_stands_in_each_candidate_where_it_is_asked_for(
    standardizer: Standardizer, tmp_path: Path
) -> None:
    row = {"id": 1, "text": "Nurse", "type": "title"}
    form = BatchForm(top=1, options=AnswerOptions(explain=True))
    (answer,) = answers_of(standardizer, tmp_path, row, form=form)
    explanation = answer["mentions"][0]["candidates"][0]["explanation"]
    assert (explanation["exact"], explanation["alias_kind"]) == (True, "canonical")
    assert sum(item["log_odds"] for item in explanation["contributions"]) == pytest.approx(explanation["log_odds"])


def test_the_summary_counts_what_is_linked_and_what_is_nil_by_type_over_interruptions(
    standardizer: Standardizer, tmp_path: Path
) -> None:
    rows = [
        {"id": 1, "text": "Nurse", "type": "title"},
        {"id": 2, "text": "Zorblax wrangler", "type": "title"},
        {"id": 3, "text": "Zorblax", "type": "company"},
        {"id": 4, "text": ""},
    ]
    source, out = write(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl"
    summary = standardize_file(standardizer, source, out, form=BatchForm(top=1))
    assert summary.rows == 4
    assert summary.by_type == {"company": TypeCount(1, 0), "title": TypeCount(2, 1)}
    assert summary.by_type["title"].nil == 1
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[:2]) + b'{"id": 3, "men')
    assert standardize_file(standardizer, source, out, form=BatchForm(top=1), resume=True) == summary
