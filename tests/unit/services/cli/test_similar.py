import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from core.errors import InvalidError
from services.cli import similar as command
from taxonomy.model import EntityType, Snapshot


@pytest.fixture(autouse=True)
def _small_taxonomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, titles_of: Callable[..., Snapshot]) -> None:
    names = {"nurse": ("registered nurse", "staff nurse"), "driver": ("truck driver", "lorry driver")}
    save(compile_snapshot(titles_of(names)), tmp_path / "v1", load_encoder())
    standardizer = Standardizer(load(tmp_path / "v1", load_encoder()), load_calibration(), load_seniority())

    @contextmanager
    def no_session(*_arguments: object, **_options: object) -> Iterator[None]:
        yield None

    monkeypatch.setattr(command, "open_session", no_session)
    monkeypatch.setattr(command, "ready_standardizer", lambda *_arguments, **_options: standardizer)
    monkeypatch.setattr(command, "_AT_ONCE", 2)


def test_the_best_lines_of_a_file_come_with_their_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "titles.txt.gz"
    file.write_bytes(gzip.compress(b"lorry driver\n\nward nurse\nbaker\nSTAFF nurse\n"))
    command.similar("staff nurse", file, top=2, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert [(one["line"], one["text"]) for one in found] == [(5, "STAFF nurse"), (3, "ward nurse")]
    assert found[0]["score"] == 1
    assert set(found[0]) == {"line", "text", "score"}


def test_views_are_shown_where_they_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "titles.txt"
    file.write_text("ward nurse\n")
    command.similar("staff nurse", file, explain=True, as_json=True)
    assert {"letters", "meaning", "surroundings"} <= set(json.loads(capsys.readouterr().out)[0]["views"])
    command.similar("staff nurse", file, explain=True)
    assert "meaning" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"\n\n", "holds no text"), (b"nurse\n\xff\n", "line 2 is not UTF-8"), (b"x" * 5_000, "line 1")],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "titles.txt"
    file.write_bytes(content)
    with pytest.raises(InvalidError, match=says):
        command.similar("nurse", file)


def test_a_type_that_no_text_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="supertitle are not compared; use one of skill, title"):
        command.similar("nurse", tmp_path / "titles.txt", kind=EntityType.SUPERTITLE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="nowhere"):
        command.similar("nurse", tmp_path / "nowhere.txt")
