"""Names and spans of entities over versions."""

import pytest
from sqlalchemy import Engine

from core.database import transaction
from taxonomy.model import EntityDraft, EntityType, SourceId
from taxonomy.publish import publish
from taxonomy.repository import VersionSpan, read_names, read_spans

pytestmark = pytest.mark.integration


def draft(key: str, name: str) -> EntityDraft:
    return EntityDraft(EntityType.SKILL, name, "en", (SourceId("s", key),))


A, B = draft("a", "").entity_id, draft("b", "").entity_id


@pytest.fixture
def three_versions(engine: Engine) -> Engine:
    """The entity a: named, renamed, retired. The entity b comes with version 2."""
    for drafts in ([draft("a", "A")], [draft("a", "A renamed"), draft("b", "B")], [draft("b", "B")]):
        with transaction(engine) as connection:
            publish(connection, "s", drafts)
    return engine


@pytest.mark.parametrize(
    ("version", "names"),
    [(1, {A: "A"}), (2, {A: "A renamed", B: "B"}), (3, {A: "A renamed", B: "B"})],
)
def test_names_are_those_of_the_version_or_the_last_before_it(
    three_versions: Engine, version: int, names: dict[str, str]
) -> None:
    with three_versions.connect() as connection:
        assert read_names(connection, [A, B, "skill_nobody"], version) == names
        assert read_names(connection, [], version) == {}


def test_spans_are_the_states_of_an_entity_oldest_first(three_versions: Engine) -> None:
    with three_versions.connect() as connection:
        assert read_spans(connection, A) == [VersionSpan(1, 2), VersionSpan(2, 3)]
        assert read_spans(connection, B) == [VersionSpan(2, None)]
        assert read_spans(connection, "skill_nobody") == []
