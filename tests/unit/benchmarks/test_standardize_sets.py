import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up_data import ESCO, write, write_csv

from benchmarks.standardize.affiliations import read_named
from benchmarks.standardize.linking import first_ranks, read_linking
from benchmarks.standardize.natural_nil import Span, read_spans
from benchmarks.standardize.sentences import Sentence, read_sentences
from benchmarks.standardize.similarity import read_similarity
from benchmarks.standardize.titles import TitleRow, read_titles, split_halves
from core.errors import InvalidError


def test_linking_reads_languages_from_the_name_and_orders_elements_by_descending_id(data: Path) -> None:
    one = read_linking(data / "evaluation" / "occupation_linking" / "bbb_q_de_c_en")
    assert (one.query_language, one.corpus_language) == ("de", "en")
    assert one.elements == ("software developer", "registered nurse", "nurse")
    assert one.relevant == ((2, 1), (0,))
    assert one.concepts.tolist() == [1, 0, 0]


def test_equal_scores_are_ordered_as_trec_eval_does() -> None:
    concepts = np.array([0, 1, 2])
    scores = np.array([0.5, 0.5000001, 0.5], dtype=np.float32)
    assert first_ranks(scores, [1], concepts) == (2.0, 2.0)
    assert first_ranks(scores, [0], concepts) == (1.0, 1.0)


def test_labels_of_one_concept_count_once_where_concepts_are_joined() -> None:
    concepts = np.array([0, 0, 0, 1])
    scores = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)
    assert first_ranks(scores, [3], concepts) == (4.0, 2.0)


def test_the_ranks_of_linking_agree_with_a_plain_sort() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        scores = rng.integers(0, 6, 30).astype(np.float32) / np.float32(5)
        relevant = rng.choice(30, 3, replace=False).tolist()
        concepts = rng.integers(0, 8, 30)
        order = sorted(range(30), key=lambda i: (-scores[i], i))
        first = next(i for i, item in enumerate(order) if item in relevant)
        before = {int(concepts[item]) for item in order[:first]} - {int(concepts[order[first]])}
        assert first_ranks(scores, relevant, concepts) == (first + 1, len(before) + 1)


def test_sentences_are_joined_and_nil_rows_leave_no_skill(data: Path) -> None:
    found = read_sentences(data / "evaluation" / "sentence_to_skills" / "tech_validation.csv")
    assert found == [
        Sentence("You know python.", ("Python (computer programming)",)),
        Sentence("You build teams with spreadsheets.", ("team building", "use spreadsheets software")),
        Sentence("You are nice.", ()),
    ]


def test_only_affiliations_that_are_told_by_name_are_kept(data: Path) -> None:
    found = read_named(data / "evaluation" / "affiliations" / "some.tsv")
    assert found == [("Acme Fireworks Inc., Desert", ("Acme Fireworks",))]


def test_labels_that_were_quoted_twice_are_read(tmp_path: Path) -> None:
    text = 'original_affiliation\toriginal_labels_correct\tlabels\tsplit\nA\tno\t"{""Women\'s College""}"\tval\n'
    assert read_named(write(tmp_path / "a.tsv", text)) == [("A", ("Women's College",))]


def test_spans_are_read_once_and_doubtful_ones_are_left_out(tmp_path: Path) -> None:
    rows = [
        ["a", "python", "", "Python (computer programming)"],
        ["b", "python", "", "programming"],
        ["c", "kind of nice", "nice", "LABEL NOT PRESENT"],
        ["d", "know", "", "UNDERSPECIFIED"],
        ["e", "know", "", "know things"],
    ]
    path = tmp_path / "some.csv"
    write_csv(path, ["sentence", "span", "sub_span", "label"], rows)
    assert read_spans(path) == [
        Span("python", frozenset({"python computer programming", "programming"})),
        Span("nice", frozenset()),
    ]


def titles(count: int, occupations: int) -> list[TitleRow]:
    return [TitleRow(n + 2, f"title {n}", f"{ESCO}/{n % occupations}") for n in range(count)]


def test_halves_split_every_occupation_evenly() -> None:
    first, second = split_halves(titles(103, 7), seed=1)
    assert len(first) + len(second) == 103
    for uri in {row.uri for row in first + second}:
        assert abs(sum(row.uri == uri for row in first) - sum(row.uri == uri for row in second)) <= 1


def test_halves_depend_on_the_seed_and_not_on_the_order() -> None:
    rows = titles(60, 5)
    first, _ = split_halves(rows, seed=1)
    again, _ = split_halves(rows[::-1], seed=1)
    other, _ = split_halves(rows, seed=2)
    assert set(first) == set(again)
    assert set(first) != set(other)


def test_occupations_with_one_title_go_to_both_halves() -> None:
    first, second = split_halves(titles(200, 200), seed=1)
    assert math.isclose(len(first), len(second), abs_tol=50)


def damaged_titles(folder: Path) -> Path:
    return write(folder / "set" / "a.csv", 'vacancyTitle,conceptUri\n"open,x\n')


def damaged_sentences(folder: Path) -> Path:
    return write_csv(folder / "set" / "a.csv", ["sentence", "span", "sub_span", "label"], [["x", "x", "", ""]])


def wrong_columns(folder: Path) -> Path:
    return write_csv(folder / "set" / "a.csv", ["text", "label"], [["x", "y"]])


@pytest.mark.parametrize(
    ("make", "read", "message"),
    [
        (damaged_titles, read_titles, r"set/a\.csv, line 2, column 1: bad quoting"),
        (wrong_columns, read_titles, r"set/a\.csv, line 1, column 1: missing column 'vacancyTitle'"),
        (wrong_columns, read_sentences, r"set/a\.csv, line 1, column 1: missing column 'sentence'"),
        (damaged_sentences, read_sentences, r"set/a\.csv, line 2: sentence or label is empty"),
        (lambda folder: write(folder / "set" / "a.tsv", "a\tb\n"), read_named, r"set/a\.tsv, line 1: 2 fields"),
        (
            lambda folder: write(folder / "set" / "a.tsv", "a\tb\tc\td\n"),
            read_named,
            r"set/a\.tsv, line 1: the header original_affiliation",
        ),
    ],
)
def test_damage_names_the_file_and_the_line(
    tmp_path: Path, make: Callable[[Path], Path], read: Callable[[Path], object], message: str
) -> None:
    with pytest.raises(InvalidError, match=message):
        read(make(tmp_path))


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("annotations.tsv.gz", "Q1\t0\tC1_0\t1\nQ9\t0\tC1_0\t1\n", r"annotations\.tsv\.gz, line 2: no query 'Q9'"),
        ("annotations.tsv.gz", "Q1\t0\tC7\t1\n", "line 1: no corpus element 'C7'"),
        ("annotations.tsv.gz", "Q1\t0\tC1_0\tyes\n", "line 1: the judgement 'yes' is not a whole number"),
        ("annotations.tsv.gz", "Q1\t0\tC1_0\t1\n", "nothing is relevant for the query 'Q2'"),
        ("queries.tsv.gz", "Q1\n", r"aaa_q_en_c_en/queries\.tsv\.gz, line 1: 1 fields where 2 are needed"),
        ("concept_mapping.tsv.gz", "C1_0\tu1\nC1_1\tu1\n", "no concept for the corpus element 'C2_0'"),
    ],
)
def test_damage_in_a_linking_set_names_the_file_and_the_line(data: Path, file: str, text: str, message: str) -> None:
    folder = data / "evaluation" / "occupation_linking" / "aaa_q_en_c_en"
    write(folder / file, text)
    with pytest.raises(InvalidError, match=message):
        read_linking(folder)


def test_a_file_that_is_no_gzip_is_damage(data: Path) -> None:
    folder = data / "evaluation" / "occupation_linking" / "aaa_q_en_c_en"
    (folder / "queries.tsv.gz").write_bytes(b"plain")
    with pytest.raises(InvalidError, match=r"queries\.tsv\.gz, line 1.*gzip"):
        read_linking(folder)


def test_a_folder_whose_name_tells_no_languages_is_refused(data: Path) -> None:
    folder = data / "evaluation" / "occupation_linking" / "aaa_q_en_c_en"
    with pytest.raises(InvalidError, match="a name such as"):
        read_linking(folder.rename(folder.with_name("unknown")))


def test_a_missing_file_is_named(data: Path) -> None:
    folder = data / "evaluation" / "title_similarity" / "english"
    (folder / "qrels.tsv").unlink()
    with pytest.raises(InvalidError, match="english: no file qrels"):
        read_similarity(folder)


def test_a_wrong_header_of_titles_is_refused(data: Path) -> None:
    folder = data / "evaluation" / "title_similarity" / "english"
    write(folder / "queries", "1\tnurse\n")
    with pytest.raises(InvalidError, match="english/queries, line 1: the header q_id, jobtitle"):
        read_similarity(folder)
