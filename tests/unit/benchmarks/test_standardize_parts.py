from pathlib import Path

import numpy as np
import pytest

from benchmarks.model import BenchRequest, BenchRow
from benchmarks.standardize.bench import bench_standardize
from benchmarks.standardize.context import BenchPolicy
from benchmarks.standardize.ours import EncoderMatcher, NgramMatcher
from benchmarks.standardize.parts import CHARACTERS, WHOLE, WORDS, Part, SomeFeatures, WithoutExact, parts_of, rows_of
from benchmarks.standardize.rows import PRETRAINED, Figures
from classifiers.encoder.linear import load_encoder

ENGLISH = {"query_language": "en", "corpus_language": "en"}
TITLES = ["software engineer", "software engineers", "hardware engineer", "nurse"]


@pytest.fixture
def rows(data: Path) -> list[BenchRow]:
    policy = BenchPolicy(with_pretrained=False)
    return bench_standardize(BenchRequest(data, lambda _: None, ("parts",)), policy, out=data)


def test_every_english_set_has_every_part(rows: list[BenchRow]) -> None:
    cases = {row.case for row in rows}
    for case in (
        "parts, vacancy title -> ESCO (made_up)",
        "parts, occupation linking (aaa_q_en_c_en)",
        "parts, title similarity (english)",
    ):
        assert {f"{case} / whole", f"{case} / words", f"{case} / learned encoder"} <= cases
    assert not any("_q_de_" in case for case in cases)
    assert all(row.rows and row.baseline is not None and row.low is not None for row in rows)


def test_words_know_no_part_of_a_word_and_characters_do() -> None:
    words = SomeFeatures("words", WORDS).score(["engineer softwares"], TITLES, **ENGLISH)[0]
    characters = SomeFeatures("characters", CHARACTERS).score(["engineer softwares"], TITLES, **ENGLISH)[0]
    assert min(words[0], words[2]) > 0
    assert words[[1, 3]].tolist() == [0, 0]
    assert characters[0] > characters[2] > characters[3]
    assert characters[1] > 0


def test_an_alias_to_the_letter_comes_first_only_where_it_is_a_part() -> None:
    asked = ["Software Engineer"]
    exact = SomeFeatures("exact aliases", None).score(asked, TITLES, **ENGLISH)[0]
    assert exact.tolist() == [exact[0], 0, 0, 0]
    assert exact[0] > 1
    alike = WithoutExact().score(asked, TITLES, **ENGLISH)[0]
    np.testing.assert_allclose(alike, np.minimum(NgramMatcher().score(asked, TITLES, **ENGLISH)[0], 1))


def test_a_pretrained_encoder_is_a_part_of_the_whole_with_all_of_them() -> None:
    encoder = load_encoder()
    first, second = EncoderMatcher(encoder), EncoderMatcher(encoder)
    first.name, second.name = "first", "second"
    parts = {part.name: part for part in parts_of(encoder, [first, second])}
    assert parts["words"].whole.name == WHOLE
    assert parts["first"].whole.name == PRETRAINED
    assert parts["first"].rest is not None
    assert parts["first"].rest.name == "without first"
    alone = {part.name: part for part in parts_of(encoder, [first])}["first"]
    assert alone.rest is not None
    assert alone.rest.name == WHOLE


def test_what_a_part_adds_is_the_mean_of_the_differences() -> None:
    whole, part, rest = NgramMatcher(), NgramMatcher(), NgramMatcher()
    whole.name, part.name, rest.name = "whole", "part", "rest"
    values = {"whole": np.array([1.0, 0.5]), "part": np.array([0.2, 0.4]), "rest": np.array([0.5, 0.5])}
    figures = Figures({"floor": np.array([0.1, 0.3])}, values)
    first, alone, added = rows_of("case", "MRR", [Part("words", whole, part, rest)], figures)
    assert (first.case, first.ours, first.baseline, first.baseline_name) == ("case / whole", 0.75, 0.2, "floor")
    assert (alone.metric, alone.ours, alone.baseline) == ("MRR alone", 0.3, 0.75)
    assert (added.metric, added.ours, added.baseline, added.rows) == ("MRR that it adds", 0.25, 0.5, 2)
