from pathlib import Path

import pytest
from made_up_data import write_csv

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.standardize.bench import bench_standardize
from benchmarks.standardize.sentences import Sentence, read_examples
from core.errors import InvalidError

COLUMNS = ["sentence", "skills"]


def write_examples(data: Path) -> Path:
    rows = [
        ["Here the load is shared by everyone", "['team building', 'a skill of another version']"],
        ["We sit by the sea", "['UNK']"],
    ]
    path = data / "evaluation" / "sentence_to_skills" / "made_up_train.csv"
    return write_csv(path, COLUMNS, rows)


def figures(data: Path, only: str) -> dict[str, BenchRow]:
    rows = bench_standardize(BenchRequest(data, lambda _: None, (only,)), out=data / "out")
    return {row.case: row for row in rows}


def test_examples_have_their_skills_by_name(data: Path) -> None:
    assert read_examples(write_examples(data)) == [
        Sentence("Here the load is shared by everyone", ("team building", "a skill of another version")),
        Sentence("We sit by the sea", ("UNK",)),
    ]


@pytest.mark.parametrize("skills", ["team building", "[1]", "{'a': 1}", "[", "__import__('os')"])
def test_skills_that_are_no_list_of_names_are_refused(tmp_path: Path, skills: str) -> None:
    path = write_csv(tmp_path / "set" / "a_train.csv", COLUMNS, [["You build teams", skills]])
    with pytest.raises(InvalidError, match=r"set/a_train\.csv, line 2: the skills are not a list of names"):
        read_examples(path)


def test_what_is_learned_stands_last_and_counts_as_ours(data: Path) -> None:
    found = figures(data, "halves")
    whole, learned = (found[f"vacancy title -> ESCO, half learned (made_up){end}"].ours for end in ("", " / learned"))
    assert whole == learned


def test_without_examples_skills_are_ranked_by_the_phrases_of_their_labels(data: Path) -> None:
    found = figures(data, "sentences")
    assert "sentence -> skills (gardens_test) / learned" not in found
    whole, phrases = (found[f"sentence -> skills (gardens_test){end}"].ours for end in ("", " / phrases"))
    assert whole == phrases
