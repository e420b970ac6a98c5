"""The place where a school or a job is stands beside its name, and is no school and no job."""

import pytest

from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import EntityType


def named(standardizer: Standardizer, text: str, kind: EntityType) -> list[str]:
    return [mention.text for mention in standardizer.standardize(Query(text, kind)).mentions]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Data Scientists, Tokyo", EntityType.TITLE, ["Data Scientists"]),
        ("Data Scientist / Project Manager / Paris", EntityType.TITLE, ["Data Scientist", "Project Manager"]),
        ("TUM, Paris", EntityType.SCHOOL, ["TUM"]),
        ("Google, 東京", EntityType.COMPANY, ["Google"]),
    ],
)
def test_a_place_beside_a_name_is_left_out(
    standardizer: Standardizer, text: str, kind: EntityType, expected: list[str]
) -> None:
    assert named(standardizer, text, kind) == expected


def test_places_alone_are_still_answered_for(standardizer: Standardizer) -> None:
    assert named(standardizer, "Paris / Tokyo", EntityType.SCHOOL) == ["Paris", "Tokyo"]


def test_fields_of_other_types_keep_their_parts(standardizer: Standardizer) -> None:
    assert named(standardizer, "Python / Paris", EntityType.SKILL) == ["Python", "Paris"]
    assert len(named(standardizer, "Paris / Tokyo", EntityType.LOCATION)) == 2
