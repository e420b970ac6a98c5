"""One thing under the ids of several sources is no reason for doubt; two things of one source are."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.standardize.taxonomies import compiled_snapshot, standardizer_of
from classifiers.kernels.scoring import mark_doubles, rival_of
from classifiers.standardize.model import AnswerOptions, Candidate, Query
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

Named = tuple[str, str, str]
"""The source of an entity, its name and another name."""


def entity(kind: EntityType, source: str, name: str, other: str) -> Entity:
    aliases = (Alias(name, "en", AliasKind.CANONICAL, source), Alias(other, "en", AliasKind.SYNONYM, source))
    return Entity(f"{source} {name}", kind, name, (SourceId(source, name),) if source else (), aliases)


def best(folder: Path, text: str, *named: Named, kind: EntityType = EntityType.TITLE) -> Candidate:
    entities = tuple(entity(kind, *one) for one in named)
    standardizer = standardizer_of(compiled_snapshot(Snapshot(1, entities), folder))
    (mention,) = standardizer.standardize(Query(text, kind, options=AnswerOptions(explain=True))).mentions
    return mention.candidates[0]


def rivals(found: Candidate) -> int:
    assert found.explanation is not None
    assert found.explanation.exact
    return found.explanation.rivals


def test_a_name_that_several_sources_have_is_not_doubted(tmp_path: Path) -> None:
    found = best(tmp_path, "financial analyst", ("one", "Financial Analyst", "FA"), ("two", "financial analyst", "Fa."))
    assert rivals(found) == 0
    assert found.confidence > 0.9


def test_another_name_that_several_sources_have_is_not_doubted(tmp_path: Path) -> None:
    found = best(tmp_path, "Purchaser", ("one", "Buyer", "Purchaser"), ("two", "Purchasing Agent", "Purchaser"))
    assert rivals(found) == 0


@pytest.mark.parametrize("other", ["one", ""])
def test_another_name_of_two_entities_of_one_source_is_doubted(tmp_path: Path, other: str) -> None:
    found = best(tmp_path, "Purchaser", ("one", "Buyer", "Purchaser"), (other, "Purchasing Agent", "Purchaser"))
    assert rivals(found) == 1
    assert found.confidence < 0.8


def test_one_source_that_has_it_twice_makes_the_name_of_the_others_doubtful_too(tmp_path: Path) -> None:
    clerks = (("one", "File Clerk", "Clerk"), ("one", "Office Clerk", "Clerk"), ("two", "Cashier", "Clerk"))
    assert rivals(best(tmp_path, "Clerk", *clerks)) == 2


def test_what_bears_the_text_as_its_name_is_meant(tmp_path: Path) -> None:
    found = best(tmp_path, "Purchaser", ("one", "Purchasing Agent", "Purchaser"), ("one", "Purchaser", "Buyer"))
    assert found.name == "Purchaser"
    assert rivals(found) == 0


ANALYST, CHEMIST = ("one", "Financial Analyst", "FA"), ("one", "Chemist", "Chemistry Expert")
ALIKE = "finance and analysis"


def test_what_several_sources_call_alike_is_doubted_no_more_than_what_one_does(tmp_path: Path) -> None:
    alone = best(tmp_path / "1", ALIKE, ANALYST, CHEMIST)
    assert 0.1 < alone.confidence < 0.99
    twice = best(tmp_path / "2", ALIKE, ANALYST, ("two", "financial analyst", "Fa."), CHEMIST)
    assert twice.confidence == pytest.approx(alone.confidence, abs=0.03)
    assert alone.explanation is not None
    assert twice.explanation is not None
    assert twice.explanation.margin == pytest.approx(alone.explanation.margin, abs=0.01)


def test_what_one_source_has_twice_is_doubted(tmp_path: Path) -> None:
    namesakes = (ANALYST, ("one", "Money Analyst", "Financial Analyst"), ("two", "Analyst", "Financial Analyst"))
    found = best(tmp_path, ALIKE, *namesakes, CHEMIST)
    assert found.explanation is not None
    assert found.explanation.margin < 0.05
    assert found.confidence < 0.6


def test_another_name_that_looks_alike_is_a_rival(tmp_path: Path) -> None:
    found = best(tmp_path, ALIKE, ANALYST, ("two", "Financial Analysts", "Fas"), CHEMIST)
    assert found.explanation is not None
    assert found.explanation.margin < 0.1


@pytest.mark.parametrize(
    ("names", "sources", "expected"),
    [
        ([7, 7, 7], [0, 1, 2], [False, True, True]),
        ([7, 8, 7], [0, 0, 1], [False, False, True]),
        ([7, 7, 7], [0, 1, 1], [False, False, False]),
        ([7, 7, 8], [0, 0, 1], [False, False, False]),
        ([7, 7, 8], [0, -1, 1], [False, False, False]),
        ([-1, -1, 7], [0, 1, 2], [False, False, False]),
    ],
)
def test_doubles_are_of_one_alias_and_of_other_sources(
    names: list[int], sources: list[int], expected: list[bool]
) -> None:
    marks = np.ones(3, dtype=np.bool_)
    mark_doubles(np.array(names, dtype=np.int32), np.array(sources, dtype=np.int32), 0, marks)
    assert marks.tolist() == expected
    assert rival_of(0, marks) == next((place for place in (1, 2) if not expected[place]), 3)


def test_places_of_one_name_are_two(tmp_path: Path) -> None:
    towns = (("one", "Paris", "Paname"), ("two", "Paris", "Paris TX"))
    assert rivals(best(tmp_path, "Paris", *towns, kind=EntityType.LOCATION)) == 1
