"""What running text names where several sources, and misspellings, bring the same name."""

from pathlib import Path

import pytest

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId


def skill(entity_id: str, name: str, *aliases: tuple[str, AliasKind]) -> Entity:
    texts = ((name, AliasKind.CANONICAL), *aliases)
    return Entity(
        entity_id,
        EntityType.SKILL,
        name,
        (SourceId("test", entity_id),),
        tuple(Alias(text, "en", kind, "test") for text, kind in texts),
    )


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("compiled")
    entities = (
        skill("a", "Linux"),
        skill("b", "Linux"),
        skill("c", "operating systems", ("Linux", AliasKind.MISSPELLING), ("in", AliasKind.MISSPELLING)),
        skill("d", "Java (computer programming)", ("Java", AliasKind.SYNONYM)),
        skill("e", "Java"),
        skill("f", "shared one", ("Mercury", AliasKind.SYNONYM)),
        skill("g", "shared two", ("Mercury", AliasKind.SYNONYM)),
    )
    save(compile_snapshot(Snapshot(1, entities)), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())


def named(standardizer: Standardizer, text: str) -> list[str]:
    return [mention.text for mention in standardizer.standardize(Query(text)).mentions]


def test_a_name_that_several_sources_have_is_not_doubtful(standardizer: Standardizer) -> None:
    assert named(standardizer, "You administer Linux hosts and write Java in a team") == ["Linux", "Java"]


def test_an_alias_that_several_entities_share_stays_doubtful(standardizer: Standardizer) -> None:
    assert named(standardizer, "You have worked with Mercury before, in a team of many people") == []


def test_a_text_is_read_the_same_alone_and_beside_a_field_of_the_same_text(standardizer: Standardizer) -> None:
    text = "x Linux host Java engine"
    together = standardizer.standardize_many([Query(text), Query(text, EntityType.SKILL)])[0]
    assert together.mentions == standardizer.standardize(Query(text)).mentions


def test_a_text_that_says_much_more_than_an_alias_is_no_name(standardizer: Standardizer) -> None:
    assert named(standardizer, "operating system") == ["operating system"]
    assert named(standardizer, "we like our operating system very very much") == []
