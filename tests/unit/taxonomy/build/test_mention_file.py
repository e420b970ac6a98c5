from pathlib import Path

import pytest

from core.errors import InvalidError
from taxonomy.candidates.mention_file import read_mentions
from taxonomy.candidates.mentions import Mention
from taxonomy.corpus.model import RejectedLine
from taxonomy.model import EntityType


def test_texts_and_answers_are_read_and_what_is_linked_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "mentions.jsonl"
    file.write_text(
        '{"text": " Vibe Coding ", "type": "skill", "count": 12}\n'
        "\n"
        '{"text": "prompt whisperer"}\n'
        '{"id": 1, "mentions": [{"text": "dbt", "type": "skill", "nil": true}, {"text": "SQL", "nil": false}]}\n'
        '{"mentions": [{"text": "head of vibes", "type": "title", "linked": false}, {"text": "x", "linked": true}]}\n',
        encoding="utf-8",
    )
    assert list(read_mentions(file)) == [
        Mention("Vibe Coding", 12, EntityType.SKILL),
        Mention("prompt whisperer", 1, None),
        Mention("dbt", 1, EntityType.SKILL),
        Mention("head of vibes", 1, EntityType.TITLE),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "unexpected"),
        ("[]", "JSON object was expected"),
        ('{"text": 3}', "'text' must be"),
        ('{"text": "  "}', "'text' must be"),
        ('{"text": "x", "type": "sport"}', "unknown type 'sport'"),
        ('{"text": "x", "count": 0}', "whole number"),
        ('{"text": "x", "count": true}', "whole number"),
        ('{"mentions": [{"nil": true}]}', "'text' must be"),
    ],
)
def test_a_damaged_line_is_left_out_with_its_reason(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "mentions.jsonl"
    file.write_text(f'{line}\n{{"text": "dbt"}}\n', encoding="utf-8")
    rejected, mention = read_mentions(file)
    assert isinstance(rejected, RejectedLine)
    assert (rejected.line, mention) == (1, Mention("dbt", 1, None))
    assert reason in rejected.reason


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"none\.jsonl"):
        list(read_mentions(tmp_path / "none.jsonl"))
