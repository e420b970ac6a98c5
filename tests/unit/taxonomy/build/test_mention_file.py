import gzip
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


def test_a_table_names_the_type_by_a_column_or_by_the_name_of_the_column_of_texts(tmp_path: Path) -> None:
    file = tmp_path / "titles.csv"
    file.write_bytes(b'\xef\xbb\xbftitle,count,lang\n"Chef, head",12,en\nCook,many,en\n,3,en\n"Baker\n')
    assert list(read_mentions(file)) == [
        Mention("Chef, head", 12, EntityType.TITLE),
        RejectedLine("titles.csv", 3, "'count' must be a whole number from 1 on, not 'many'"),
        RejectedLine("titles.csv", 4, "'text' must be a string that is not empty"),
        RejectedLine("titles.csv", 5, "a quoted value does not end on its line"),
    ]
    file = tmp_path / "mentions.csv.gz"
    file.write_bytes(gzip.compress(b"type,text\nskill,dbt\n,Vibe Coding\nsport,x\n\xff,y\n"))
    *mentions, unknown, damaged = read_mentions(file)
    assert mentions == [Mention("dbt", 1, EntityType.SKILL), Mention("Vibe Coding", 1, None)]
    assert isinstance(unknown, RejectedLine)
    assert "unknown type 'sport'" in unknown.reason
    assert isinstance(damaged, RejectedLine)
    assert "0xff" in damaged.reason


@pytest.mark.parametrize("header", ["count,lang", "title,skill", "text,title"])
def test_a_table_needs_one_column_of_texts(tmp_path: Path, header: str) -> None:
    file = tmp_path / "titles.csv"
    file.write_text(f"{header}\nx,y\n", encoding="utf-8")
    with pytest.raises(InvalidError, match=rf"titles\.csv: .*text.*; the header has {header.replace(',', ', ')}"):
        list(read_mentions(file))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"none\.jsonl"):
        list(read_mentions(tmp_path / "none.jsonl"))
