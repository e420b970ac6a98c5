import json
from pathlib import Path

import pytest

from core.errors import InvalidError
from services.local.lock import BRIDGE, KAFKA_VERSION, ROOT, Jar, read_lock, sha256_of, write_lock
from services.local.maven import Coordinate


def jar(artifact: str) -> Jar:
    return Jar(Coordinate("g", artifact, "1"), "a" * 64, 10)


def test_the_shipped_list_pins_kafka_and_all_that_it_needs() -> None:
    jars = read_lock()
    coordinates = {one.coordinate for one in jars}
    assert len(jars) == 46
    assert {ROOT, BRIDGE} <= coordinates
    assert 40_000_000 < sum(one.size_bytes for one in jars) < 50_000_000


def test_one_version_of_each_library_is_pinned() -> None:
    names = [(one.coordinate.group, one.coordinate.artifact) for one in read_lock()]
    assert len(names) == len(set(names))


def test_the_shipped_list_names_no_repository() -> None:
    assert "http" not in Path("services/local/kafka.lock.json").read_text(encoding="utf-8")


def test_what_is_written_is_read_back_sorted(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    write_lock([jar("b"), jar("a")], path)
    assert read_lock(path) == (jar("a"), jar("b"))


@pytest.mark.parametrize(
    "facts",
    [
        "not json",
        json.dumps([]),
        json.dumps({"kafka": KAFKA_VERSION}),
        json.dumps({"kafka": "1.0", "jars": []}),
        json.dumps({"kafka": KAFKA_VERSION, "jars": [{"coordinate": "g:a", "sha256": "a" * 64, "size_bytes": 1}]}),
        json.dumps({"kafka": KAFKA_VERSION, "jars": [{"coordinate": "g:a:1", "sha256": "ab", "size_bytes": 1}]}),
        json.dumps({"kafka": KAFKA_VERSION, "jars": [{"coordinate": "g:a:1", "sha256": "a" * 64, "size_bytes": 0}]}),
        json.dumps(
            {
                "kafka": KAFKA_VERSION,
                "jars": [{"coordinate": "g:../a:1", "sha256": "a" * 64, "size_bytes": 1}],
            }
        ),
        json.dumps(
            {
                "kafka": KAFKA_VERSION,
                "jars": [{"coordinate": "g:a:1", "sha256": "a" * 64, "size_bytes": 1}] * 2,
            }
        ),
    ],
)
def test_a_list_that_cannot_be_right_is_refused(tmp_path: Path, facts: str) -> None:
    path = tmp_path / "lock.json"
    path.write_text(facts, encoding="utf-8")
    with pytest.raises(InvalidError, match=r"lock\.json"):
        read_lock(path)


def test_sha256_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
