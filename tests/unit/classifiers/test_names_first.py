"""Who says the very name of an entity means it, and who lists names means each of them."""

from pathlib import Path

import pytest

from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId


def entity(key: str, kind: EntityType, name: str, *synonyms: str, population: int = 0) -> Entity:
    aliases = (
        Alias(name, "en", AliasKind.CANONICAL, "test"),
        *(Alias(text, "en", AliasKind.SYNONYM, "test") for text in synonyms),
    )
    attributes = (("population", str(population)),) if population else ()
    return Entity(key, kind, name, (SourceId("test", key),), aliases, (), attributes)


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("compiled")
    bosses = ("Finance Chief", "Chief of Staff", "Company President", "Managing Head")
    entities = (
        # The one with many other names is the better known one.
        entity("chiefs", EntityType.TITLE, "Chief Executives", "Chief Financial Officer", *bosses),
        entity("cfo", EntityType.TITLE, "Chief Financial Officer"),
        entity("both", EntityType.SKILL, "C++", "C/C++"),
        entity("c", EntityType.SKILL, "C"),
        entity("sharp", EntityType.SKILL, "C#"),
        entity("village", EntityType.LOCATION, "Springfield", population=900),
        entity("city", EntityType.LOCATION, "Springfield City", "Springfield", population=170_000),
    )
    save(compile_snapshot(Snapshot(1, entities)), folder)
    return Standardizer(load(folder), load_calibration(), load_seniority())


def best(standardizer: Standardizer, text: str, kind: EntityType) -> list[str]:
    mentions = standardizer.standardize(Query(text, kind)).mentions
    return [mention.candidates[0].entity_id for mention in mentions]


def test_an_entity_that_is_called_so_comes_before_one_that_is_also_called_so(standardizer: Standardizer) -> None:
    assert best(standardizer, "chief financial officer", EntityType.TITLE) == ["cfo"]


def test_of_places_the_better_known_one_comes_first(standardizer: Standardizer) -> None:
    assert best(standardizer, "Springfield", EntityType.LOCATION) == ["city"]


def test_a_list_of_names_is_no_name_that_looks_like_it(standardizer: Standardizer) -> None:
    assert best(standardizer, "C, C++, C#", EntityType.SKILL) == ["c", "both", "sharp"]
    assert best(standardizer, "C/C++", EntityType.SKILL) == ["both"]
