import gzip
from pathlib import Path

import pytest

from core.errors import InvalidError
from core.wire import ProfileDocument
from services.cli.demo import read_profiles
from services.cli.events import read_events


def test_people_who_share_a_member_id_become_members_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "profiles.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"member_id": "m1", "titles": ["Nurse"]}\n{"member_id": "m1", "skills": ["C"]}\n'))
    events = list(read_profiles(path))
    assert [event.subject for event in events] == ["m1", "m1.2"]
    assert events[1].data == ProfileDocument(skills=("C",))


def test_a_line_that_is_no_profile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "profiles.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"member_id": "m1"}\n{"titles": ["Nurse"]}\n'))
    with pytest.raises(InvalidError, match="line 2 is no profile"):
        list(read_profiles(path))


def test_a_file_of_events_is_checked_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'\n{"specversion":"1.0"}\n')
    with pytest.raises(InvalidError, match="line 2"):
        list(read_events(path, 1_000_000))
