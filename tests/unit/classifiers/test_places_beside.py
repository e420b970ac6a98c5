"""A place is told from its namesakes by the places that stand beside it."""

from pathlib import Path

import pytest

from benchmarks.standardize.taxonomies import compiled_snapshot, standardizer_of
from classifiers.standardize.match import exact_match
from classifiers.standardize.model import AnswerOptions, Mention, Query
from classifiers.standardize.places import confirmations
from classifiers.standardize.search import exact_matches
from classifiers.standardize.standardizer import Standardizer
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot

PLACES = {
    "france": ("France", "", ()),
    "us": ("United States", "", ("USA",)),
    "texas": ("Texas", "us", ("TX",)),
    "maine": ("Maine", "us", ("ME",)),
    "washington": ("Washington", "us", ("WA",)),
    "australia": ("Australia", "", ()),
    "western": ("Western Australia", "australia", ("WA",)),
    "paris": ("Paris", "france", ()),
    "paris-tx": ("Paris", "texas", ()),
    "paris-me": ("Paris", "maine", ()),
    "parys": ("Parys", "texas", ("Paris",)),
    "perth": ("Perth", "western", ()),
    "seattle": ("Seattle", "washington", ()),
}
"""Name, what it lies in, other names."""
POPULATIONS = {"paris": "2000000", "paris-tx": "25000", "paris-me": "5000"}


def place(key: str) -> Entity:
    name, parent, others = PLACES[key]
    aliases = [Alias(name, "en", AliasKind.CANONICAL, "test")]
    aliases += [Alias(other, "en", AliasKind.ABBREVIATION, "test", 0.9) for other in others]
    aliases += [Alias("Vereinigte Staaten", "de", AliasKind.TRANSLATION, "test", 0.9)] if key == "us" else []
    parents = ((EntityRelation.BROADER, parent),) if parent else ()
    attributes = (("population", POPULATIONS[key]),) if key in POPULATIONS else ()
    return Entity(key, EntityType.LOCATION, name, (), tuple(aliases), parents, attributes)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("places")
    return standardizer_of(compiled_snapshot(Snapshot(1, tuple(map(place, PLACES))), folder))


def mentions(places: Standardizer, text: str, *, explain: bool = False) -> tuple[Mention, ...]:
    return places.standardize(Query(text, EntityType.LOCATION, options=AnswerOptions(explain=explain))).mentions


def named(places: Standardizer, text: str) -> list[tuple[str, str]]:
    return [(mention.text, mention.candidates[0].entity_id) for mention in mentions(places, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris, Texas", [("Paris", "paris-tx"), ("Texas", "texas")]),
        ("Paris, France", [("Paris", "paris"), ("France", "france")]),
        ("Paris, ME, USA", [("Paris", "paris-me"), ("ME", "maine"), ("USA", "us")]),
        ("Perth, WA", [("Perth", "perth"), ("WA", "western")]),
        ("Seattle, WA", [("Seattle", "seattle"), ("WA", "washington")]),
        ("France - Paris", [("France", "france"), ("Paris", "paris")]),
        ("Paris TX", [("Paris", "paris-tx"), ("TX", "texas")]),
        ("Perth Western Australia", [("Perth", "perth"), ("Western Australia", "western")]),
        ("Paris TX, USA", [("Paris", "paris-tx"), ("TX", "texas"), ("USA", "us")]),
    ],
)
def test_the_place_is_meant_that_lies_in_the_one_beside_it(
    places: Standardizer, text: str, expected: list[tuple[str, str]]
) -> None:
    assert named(places, text) == expected


def test_a_confirmed_place_is_as_sure_as_one_without_namesakes(places: Standardizer) -> None:
    (alone,) = mentions(places, "Seattle")
    confirmed, _ = mentions(places, "Paris, Texas")
    assert confirmed.candidates[0].confidence >= 0.95 * alone.candidates[0].confidence
    (namesakes,) = mentions(places, "Paris")
    assert namesakes.candidates[0].confidence < 0.95 * confirmed.candidates[0].confidence


def test_what_lies_elsewhere_is_no_likelier_than_what_the_confirmed_place_leaves(places: Standardizer) -> None:
    best, *others = mentions(places, "Paris, Texas")[0].candidates
    elsewhere = [other for other in others if other.entity_id in {"paris", "paris-me"}]
    assert elsewhere
    assert all(0 < other.confidence <= 1 - best.confidence for other in elsewhere)


def test_places_of_one_name_are_told_apart_by_what_they_lie_in(places: Standardizer) -> None:
    (namesakes,) = mentions(places, "Paris")
    assert {candidate.entity_id: candidate.lies_in for candidate in namesakes.candidates} == {
        "paris": ("France",),
        "paris-tx": ("Texas", "United States"),
        "paris-me": ("Maine", "United States"),
        "parys": ("Texas", "United States"),
    }
    (france,) = mentions(places, "France")
    assert france.candidates[0].lies_in == ()


def test_what_a_place_lies_in_is_named_in_the_language_of_the_answer(places: Standardizer) -> None:
    query = Query("Paris TX", EntityType.LOCATION, options=AnswerOptions(output_language="de"))
    paris, _ = places.standardize(query).mentions
    assert (paris.candidates[0].name, paris.candidates[0].lies_in) == ("Paris", ("Texas", "Vereinigte Staaten"))


def test_places_of_which_none_lies_in_another_are_answered_for_as_each_alone(places: Standardizer) -> None:
    apart = mentions(places, "Seattle / Perth")
    alone = [mentions(places, text)[0] for text in ("Seattle", "Perth")]
    assert [mention.candidates for mention in apart] == [mention.candidates for mention in alone]


def test_the_place_beside_it_is_named_as_the_reason(places: Standardizer) -> None:
    paris, _ = mentions(places, "Paris, Texas", explain=True)
    _, western = mentions(places, "Perth, WA", explain=True)
    reasons = [mention.candidates[0].explanation for mention in (paris, western)]
    assert [reason.context_words for reason in reasons if reason] == [("texas",), ("perth",)]


def test_parts_confirm_each_other_along_the_hierarchy(places: Standardizer) -> None:
    taxonomy = places.taxonomy
    parts = [exact_matches(taxonomy, key, EntityType.LOCATION) for key in ("paris", "texas", "nowhere")]
    first, second, third = confirmations(taxonomy, parts)
    by_id = {taxonomy.entity_ids[int(taxonomy.alias_entities[row])]: parts for row, parts in first.items()}
    assert by_id == {"paris-tx": {1}, "parys": {1}}
    assert list(second.values()) == [{0}]
    assert third == {}
    assert confirmations(taxonomy, [[exact_match(parts[0][0].row)]]) == [{}]


def test_a_place_that_does_not_lie_in_the_region_after_it_is_doubted(places: Standardizer) -> None:
    (seattle,) = mentions(places, "Seattle")
    elsewhere, texas = mentions(places, "Seattle, Texas", explain=True)
    assert elsewhere.candidates[0].confidence == pytest.approx(0.25 * seattle.candidates[0].confidence)
    assert texas.candidates[0].entity_id == "texas"
    explanation = elsewhere.candidates[0].explanation
    assert explanation is not None
    assert explanation.contributions[-1].term == "place_elsewhere"
    assert explanation.log_odds == pytest.approx(sum(one.log_odds for one in explanation.contributions))


@pytest.mark.parametrize("text", ["United States, Texas", "Texas, USA", "Paris / Seattle", "Texas / Perth"])
def test_what_lies_around_it_or_beside_it_is_not_elsewhere(places: Standardizer, text: str) -> None:
    first, _ = mentions(places, text)
    (alone,) = mentions(places, first.text)
    assert first.candidates[0].confidence >= alone.candidates[0].confidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Our shop is in Paris, Texas, and sells boots.", ["paris-tx", "texas"]),
        ("We moved from Perth (Western Australia) to Paris.", ["perth", "western", "paris"]),
        ("It ships to Paris and Texas every other day.", ["paris", "texas"]),
    ],
)
def test_places_side_by_side_in_running_text_are_told_alike(
    places: Standardizer, text: str, expected: list[str]
) -> None:
    found = places.standardize(Query(text)).mentions
    assert [mention.candidates[0].entity_id for mention in found] == expected
