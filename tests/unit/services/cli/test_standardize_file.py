from pathlib import Path

import orjson
import pytest

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from core.errors import ConflictError, InvalidError
from services.cli.standardize import standardize_file
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    nurse = Entity(
        "title_nurse",
        EntityType.TITLE,
        "Nurse",
        (SourceId("esco", "http://example.org/nurse"),),
        (Alias("Nurse", "en", AliasKind.CANONICAL, "esco:en"),),
    )
    folder = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(Snapshot(1, (nurse,))), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())


def write(path: Path, *rows: object) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def test_rows_are_answered_in_order_in_the_documented_form(standardizer: Standardizer, tmp_path: Path) -> None:
    rows = [{"id": i, "text": "Nurse" if i % 2 else "", "type": "title"} for i in range(1_200)]
    out = tmp_path / "out.jsonl"
    assert standardize_file(standardizer, write(tmp_path / "in.jsonl", *rows), out, top=3) == 1_200
    answers = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [answer["id"] for answer in answers] == list(range(1_200))
    assert answers[0]["mentions"] == []
    (mention,) = answers[1]["mentions"]
    (candidate,) = mention["candidates"]
    assert (mention["text"], mention["start"], mention["end"]) == ("Nurse", 0, 5)
    assert candidate["source_ids"] == [{"source": "esco", "id": "http://example.org/nurse"}]
    assert set(candidate) == {"entity_id", "source_ids", "name", "type", "confidence", "matched_alias"}
    assert not (tmp_path / "out.jsonl.part").exists()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "line 2: not JSON"),
        (b"[]", 'line 2: a row needs an "id"'),
        (b'{"id": 1, "text": 5}', "line 2: a row needs"),
        (b'{"id": 1, "text": "x", "type": "animal"}', "line 2: unknown type 'animal'"),
        (b'{"id": 1, "text": "x", "language": 3}', 'line 2: "language" is not a string'),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(
    standardizer: Standardizer, tmp_path: Path, line: bytes, problem: str
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 0, "text": "Nurse"}\n' + line + b"\n")
    with pytest.raises(InvalidError, match=problem):
        standardize_file(standardizer, source, tmp_path / "out.jsonl", top=1)
    assert not (tmp_path / "out.jsonl").exists()


def test_an_interrupted_run_goes_on_after_its_last_whole_row(standardizer: Standardizer, tmp_path: Path) -> None:
    rows = [{"id": i, "text": "Nurse", "type": "title"} for i in range(10)]
    source, out = write(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl"
    standardize_file(standardizer, source, out, top=1)
    whole = out.read_bytes()
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConflictError, match="--resume"):
        standardize_file(standardizer, source, out, top=1)
    standardize_file(standardizer, source, out, top=1, resume=True)
    assert out.read_bytes() == whole
