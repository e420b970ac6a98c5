import gzip
import random
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidError
from taxonomy.corpus.model import Document, RejectedLine
from taxonomy.corpus.reading import read_documents


def written(folder: Path, content: bytes, name: str = "documents.jsonl") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def lines(*objects: object) -> bytes:
    return b"\n".join(orjson.dumps(each) for each in objects)


def reasons(items: Iterable[object]) -> list[str]:
    return [item.reason for item in items if isinstance(item, RejectedLine)]


def test_a_profile_keeps_its_fields_in_order_and_drops_what_is_empty(tmp_path: Path) -> None:
    profile = {"member_id": "m1", "titles": [" Chef ", ""], "skills": ["Java", "C#"], "schools": None, "hobby": 3}
    assert list(read_documents(written(tmp_path, lines(profile)))) == [
        Document("m1", {"titles": ("Chef",), "skills": ("Java", "C#")})
    ]


def test_a_posting_has_its_title_organisation_and_place_as_fields(tmp_path: Path) -> None:
    posting = {"id": 7, "title": "Nurse", "org": "NHS", "locality": "Leeds", "text": "We care.", "posted": "2019"}
    assert list(read_documents(written(tmp_path, lines(posting), "jobs.jsonl.gz"))) == [
        Document("7", {"titles": ("Nurse",), "companies": ("NHS",), "locations": ("Leeds",)}, "We care.")
    ]


def test_strings_one_a_line_are_skills(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffJava\r\n\r\n Pâtisserie \n".encode(), "strings.txt.gz")
    assert [item.fields for item in read_documents(path) if isinstance(item, Document)] == [
        {"skills": ("Java",)},
        {"skills": ("Pâtisserie",)},
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"{", "not JSON"),
        (b"[1]", "a JSON object was expected, not list"),
        (b'{"member_id":"a","skills":[1]}', "'skills' must be a string or a list of strings, and holds int"),
        (b'{"member_id":"a","skills":{"a":1}}', "and holds dict"),
        (b'{"hobby":"chess"}', "none of the keys"),
        (b'{"skills":["\xff"]}', "byte 0xff is not valid UTF-8"),
        (b"\0\1\2", "NUL"),
        (b'{"skills":["\\ud800"]}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b'{"id":"' + b"a" * 20_000 + b'"}', "longer than 10000 bytes"),
    ],
)
def test_a_bad_line_is_rejected_with_its_reason_and_the_next_is_read(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = written(tmp_path, content + (b"\n" + lines({"id": "good"}) if content else b""))
    items = list(read_documents(path, max_line_bytes=10_000))
    assert reason in reasons(items)[0]
    assert content == b"" or items[1:] == [Document("good")]


def test_a_nul_inside_a_value_becomes_a_blank(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"id":"a","skills":["Jav\\u0000a"]}')
    assert list(read_documents(path)) == [Document("a", {"skills": ("Jav a",)})]


def test_a_damaged_gzip_and_a_missing_file_are_errors_that_name_the_file(tmp_path: Path) -> None:
    whole = gzip.compress(lines(*({"id": str(random.Random(n).random())} for n in range(500))))
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidError, match=r"cut\.jsonl\.gz: the gzip data is damaged or cut off"):
        list(read_documents(cut))
    plain = tmp_path / "plain.gz"
    plain.write_bytes(b"no gzip at all")
    with pytest.raises(InvalidError, match=r"plain\.gz"):
        list(read_documents(plain))
    with pytest.raises(InvalidError, match=r"absent\.jsonl cannot be read"):
        list(read_documents(tmp_path / "absent.jsonl"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=200))
def test_whatever_a_file_holds_every_line_is_a_document_or_rejected(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    items = list(read_documents(path, max_line_bytes=50))
    filled = [line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    assert len(items) == max(len(filled), 0 if content else 1)


def test_an_event_is_read_as_the_document_in_it(tmp_path: Path) -> None:
    event = (
        b'{"specversion":"1.0","id":"e1","subject":"m1","data":{"headline":"Cook","skills":["Soup",'
        b'{"text":"Bread","entity_id":"skill_x"}]}}'
    )
    path = written(tmp_path, event + b'\n{"specversion":"1.0","id":"e2","subject":"m1","data":null}\n')
    document, rejected = read_documents(path)
    assert document == Document("m1", {"skills": ("Soup", "Bread")}, "Cook")
    assert isinstance(rejected, RejectedLine)
    assert "without a document" in rejected.reason
