"""A place and the place that it lies in may have one name: they are no rivals of each other."""

from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot, SourceId


def place(entity_id: str, name: str, population: int, *above: str) -> Entity:
    return Entity(
        entity_id,
        EntityType.LOCATION,
        name,
        (SourceId("test", entity_id),),
        (Alias(name, "en", AliasKind.CANONICAL, "test"),),
        tuple((EntityRelation.BROADER, parent) for parent in above),
        (("population", str(population)),),
    )


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("compiled")
    places = (
        place("country", "Germania", 80_000_000),
        place("state", "Berlin", 3_600_000, "country"),
        place("city", "Berlin", 3_500_000, "state"),
        place("town", "Berlin", 20_000),
        place("one", "Salem", 150_000),
        place("two", "Salem", 140_000),
    )
    save(compile_snapshot(Snapshot(1, places)), folder, load_encoder())
    return Standardizer(load(folder, load_encoder()), load_calibration(), load_seniority())


def test_a_city_is_not_doubted_for_the_state_that_it_is(standardizer: Standardizer) -> None:
    (alone,) = standardizer.standardize(Query("Berlin", EntityType.LOCATION)).mentions
    assert alone.candidates[0].entity_id in {"city", "state"}
    assert standardizer.is_linked(alone)
    # The one that it is compared with comes next.
    assert alone.candidates[1].entity_id == "town"
    (found,) = standardizer.standardize(Query("We have offices in Berlin and work from there, at times.")).mentions
    assert found.candidates[0].entity_id == alone.candidates[0].entity_id


def test_rivals_are_namesakes_that_lie_elsewhere(standardizer: Standardizer) -> None:
    query = Query("Berlin", EntityType.LOCATION, options=AnswerOptions(explain=True))
    (mention,) = standardizer.standardize(query).mentions
    rivals = {one.entity_id: one.explanation.rivals for one in mention.candidates if one.explanation}
    assert rivals == {"city": 1, "state": 1, "town": 2}
    plain = standardizer.standardize(Query("Berlin", EntityType.LOCATION)).mentions[0].candidates
    assert [one.confidence for one in plain] == pytest.approx([one.confidence for one in mention.candidates])


def test_two_places_of_one_name_are_doubted_as_before(standardizer: Standardizer) -> None:
    (mention,) = standardizer.standardize(Query("Salem", EntityType.LOCATION)).mentions
    assert not standardizer.is_linked(mention)


def test_a_place_by_its_own_name_comes_before_a_larger_one_by_another(tmp_path: Path) -> None:
    def known(entity_id: str, name: str, people: int, *others: str) -> Entity:
        plain = place(entity_id, name, people)
        return replace(plain, aliases=(*plain.aliases, *(Alias(o, "en", AliasKind.SYNONYM, "test") for o in others)))

    places = (
        known("us", "Philadelphia", 1_500_000),
        known("jordan", "Amman", 4_000_000, "Philadelphia"),
        known("small", "Odessa", 110_000),
        known("large", "Odesa", 1_000_000, "Odessa"),
    )
    save(compile_snapshot(Snapshot(1, places)), tmp_path)
    some = Standardizer(load(tmp_path), load_calibration(), load_seniority())
    for text, expected in (("Philadelphia", "us"), ("Odessa", "large")):
        (mention,) = some.standardize(Query(text, EntityType.LOCATION)).mentions
        assert mention.candidates[0].entity_id == expected
        (alone,) = some.fields([(text, EntityType.LOCATION)])[0]
        assert alone.candidates == mention.candidates[:1]
