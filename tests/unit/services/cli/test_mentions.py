from pathlib import Path

import pytest

from core.errors import InvalidError
from services.cli.mentions import mentions_of_files
from services.local.progress import Silent
from taxonomy.candidates.mentions import Mention
from taxonomy.model import EntityType


class Said(Silent):
    """Keeps what a command would show."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)


def test_unresolved_texts_of_files_are_added_up_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text('{"text": "dbt", "type": "skill", "count": 2}\n{"text": ""}\n', encoding="utf-8")
    other.write_text('{"mentions": [{"text": "DBT", "type": "skill", "nil": true}]}\n', encoding="utf-8")
    said = Said()
    assert mentions_of_files([one, other], said) == [Mention("dbt", 3, EntityType.SKILL)]
    assert said.steps[0].startswith("one.jsonl: 1 unresolved texts; 1 lines left out, the first is line 2: 'text'")
    assert said.steps[1] == "other.jsonl: 1 unresolved texts"


def test_a_file_of_which_no_line_can_be_read_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("text,count\n", encoding="utf-8")
    with pytest.raises(InvalidError, match=r"bad\.jsonl holds no unresolved text"):
        mentions_of_files([file], Said())
    linked = tmp_path / "linked.jsonl"
    linked.write_text('{"mentions": [{"text": "x", "nil": false}]}\n', encoding="utf-8")
    assert mentions_of_files([linked], Said()) == []
