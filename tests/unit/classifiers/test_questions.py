"""What a taxonomy asks itself."""

import random
from pathlib import Path

import pytest

from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.training.calibration import fit_calibration
from classifiers.training.config import CalibrationConfig
from classifiers.training.questions import Question, SelfTest, Way, questions_of
from taxonomy.model import (
    MENTIONABLE_TYPES,
    Alias,
    AliasKind,
    Entity,
    EntityRelation,
    EntityType,
    Snapshot,
    SourceId,
)

SKILLS = ("cut sheet metal", "weld steel pipes", "prepare cold dishes", "teach modern languages", "swim")
PLACES = ("Lisbon", "Zagreb")


def entity(kind: EntityType, name: str) -> Entity:
    aliases = (Alias(name, "en", AliasKind.CANONICAL, "test"),)
    return Entity(f"{kind}_{name.replace(' ', '_')}", kind, name, (SourceId("test", name),), aliases, (), ())


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> CompiledTaxonomy:
    folder: Path = tmp_path_factory.mktemp("compiled")
    entities = [entity(EntityType.SKILL, name) for name in SKILLS]
    entities += [entity(EntityType.LOCATION, name) for name in PLACES]
    save(compile_snapshot(Snapshot(1, tuple(entities))), folder)
    return load(folder)


def asked(taxonomy: CompiledTaxonomy, way: Way) -> list[Question]:
    rows = taxonomy.indexes[EntityType.SKILL].rows.tolist()
    shares = {one: float(one is way) for one in Way}
    return questions_of(taxonomy, EntityType.SKILL, rows, shares, random.Random(1))


def test_words_are_missing_at_one_end(taxonomy: CompiledTaxonomy) -> None:
    for question in asked(taxonomy, Way.SHORTENED):
        key = taxonomy.alias_keys[question.row]
        assert question.key == key if key == "swim" else len(question.key) < len(key)
        assert key.startswith(question.key) or key.endswith(question.key)


def test_the_last_word_comes_first(taxonomy: CompiledTaxonomy) -> None:
    assert {question.key for question in asked(taxonomy, Way.REORDERED)} == {
        "metal cut sheet",
        "pipes weld steel",
        "dishes prepare cold",
        "languages teach modern",
        "swim",
    }


def test_a_name_stands_beside_the_alias_or_in_its_place(taxonomy: CompiledTaxonomy) -> None:
    places = {"lisbon", "zagreb"}
    for question in asked(taxonomy, Way.WITH_A_NAME):
        key = taxonomy.alias_keys[question.row]
        assert question.key in {text for place in places for text in (f"{key} {place}", f"{place} {key}")}
    assert {question.key for question in asked(taxonomy, Way.FOREIGN)} <= places


def test_what_is_none_of_the_type_is_never_right(taxonomy: CompiledTaxonomy) -> None:
    rows = taxonomy.indexes[EntityType.SKILL].rows.tolist()
    # A text that finds its own entity, but was meant as something else.
    questions = [Question("sheet metal", rows[0], Way.FOREIGN), Question("sheet metal", rows[0], Way.SHORTENED)]
    test = SelfTest(taxonomy, EntityType.SKILL)
    best = [example for example in test.answer(questions) if not example.position]
    assert [example.right for example in best] == [False, True]


def test_another_text_that_is_an_alias_itself_is_not_asked(taxonomy: CompiledTaxonomy) -> None:
    (row,) = [row for row in taxonomy.indexes[EntityType.SKILL].rows.tolist() if taxonomy.alias_keys[row] == "swim"]
    test = SelfTest(taxonomy, EntityType.SKILL)
    assert not list(test.answer([Question("swim", row, Way.SHORTENED)]))
    (example,) = test.answer([Question("swim", row, Way.AS_IT_STANDS)])
    assert example.right
    assert example.evidence.exact


def test_candidates_after_the_best_one_are_judged_too(taxonomy: CompiledTaxonomy) -> None:
    rows = taxonomy.indexes[EntityType.SKILL].rows.tolist()
    examples = list(SelfTest(taxonomy, EntityType.SKILL).answer([Question("weld sheet pipes", rows[1], Way.MISTYPED)]))
    assert [example.position for example in examples] == list(range(len(examples)))
    assert len(examples) > 1
    assert sum(example.right for example in examples) == 1
    assert examples[0].evidence.share > examples[1].evidence.share


def test_shares_add_up() -> None:
    config = CalibrationConfig()
    for kind in EntityType:
        shares = config.shares_of(kind)
        assert sum(shares.values()) == pytest.approx(1)
        assert shares[Way.AS_IT_STANDS] > max(shares[Way.FOREIGN], shares[Way.WITH_A_NAME])
    without_others = {kind for kind in MENTIONABLE_TYPES if not config.shares_of(kind)[Way.FOREIGN]}
    assert without_others == {EntityType.LOCATION}


@pytest.mark.parametrize("kind", [EntityType.SKILL, EntityType.DEGREE])
def test_what_stands_in_the_place_of_a_type_is_of_another_one(tmp_path: Path, kind: EntityType) -> None:
    named = [(EntityType.DEGREE, "Diploma"), (EntityType.SKILL, "swim"), (EntityType.FIELD_OF_STUDY, "Physics")]
    entities = tuple(entity(*one) for one in [*named, (EntityType.LOCATION, "Lisbon")])
    save(compile_snapshot(Snapshot(1, entities)), tmp_path)
    taxonomy = load(tmp_path)
    rows = taxonomy.indexes[kind].rows.tolist() * 30
    shares = {one: float(one is Way.FOREIGN) for one in Way}
    keys = {question.key for question in questions_of(taxonomy, kind, rows, shares, random.Random(1))}
    assert keys == ({"lisbon"} if kind is EntityType.SKILL else {"physics", "swim"})


def several_sources(folder: Path, *named: tuple[str, str, str]) -> CompiledTaxonomy:
    """Return titles, by source, name and another name."""
    entities = [
        Entity(
            f"{source} {name}",
            EntityType.TITLE,
            name,
            (SourceId(source, name),),
            (Alias(name, "en", AliasKind.CANONICAL, source), Alias(other, "en", AliasKind.SYNONYM, source)),
        )
        for source, name, other in named
    ]
    save(compile_snapshot(Snapshot(1, tuple(entities))), folder)
    return load(folder)


def meant(taxonomy: CompiledTaxonomy, asked: str) -> set[str]:
    """Return the entities that are right where an entity's other name is asked for."""
    rows = taxonomy.rows_by_key[asked]
    test = SelfTest(taxonomy, EntityType.TITLE)
    questions = [Question(asked, row, Way.AS_IT_STANDS) for row in rows]
    examples = [one for one in test.answer(questions) if not one.position]
    return {taxonomy.entity_ids[one.entity] for one in examples if one.right}


def test_what_several_sources_call_alike_is_right_whichever_is_asked_for(tmp_path: Path) -> None:
    taxonomy = several_sources(tmp_path, ("one", "Buyer", "Purchaser"), ("two", "Purchasing Agent", "Purchaser"))
    assert meant(taxonomy, "purchaser") == {"one Buyer", "two Purchasing Agent"}


def test_what_one_source_calls_alike_twice_is_right_once(tmp_path: Path) -> None:
    taxonomy = several_sources(tmp_path, ("one", "Buyer", "Purchaser"), ("one", "Purchasing Agent", "Purchaser"))
    assert len(meant(taxonomy, "purchaser")) == 1


def test_what_bears_the_text_as_its_name_is_meant_by_who_says_it(tmp_path: Path) -> None:
    taxonomy = several_sources(tmp_path, ("one", "Purchaser", "Buyer"), ("one", "Purchasing Agent", "Purchaser"))
    assert meant(taxonomy, "purchaser") == {"one Purchaser", "one Purchasing Agent"}


def test_what_another_source_calls_like_the_alias_that_was_found_is_right(tmp_path: Path) -> None:
    named = (("one", "Coach Builder", "Body Worker"), ("two", "Builder of Coaches", "Coach Builder"))
    taxonomy = several_sources(tmp_path / "two", *named)
    (row,) = taxonomy.rows_by_key["builder of coaches"]
    asked = Question("coach builders", row, Way.MISTYPED)
    best, *_ = SelfTest(taxonomy, EntityType.TITLE).answer([asked])
    assert best.right
    # Where a source has two that are called so, it is one of them.
    more = several_sources(tmp_path / "three", *named, ("two", "Cart Maker", "Coach Builder"))
    (row,) = more.rows_by_key["cart maker"]
    found = list(SelfTest(more, EntityType.TITLE).answer([Question("coach builders", row, Way.MISTYPED)]))
    assert len(found) == 3
    assert sum(one.right for one in found) == 1


def test_a_place_that_lies_in_one_of_the_same_name_is_right_for_it(tmp_path: Path) -> None:
    def place(entity_id: str, population: int, *above: str) -> Entity:
        aliases = (Alias("Berlin", "en", AliasKind.CANONICAL, "test"),)
        parents = tuple((EntityRelation.BROADER, one) for one in above)
        attributes = (("population", str(population)),)
        return Entity(
            entity_id, EntityType.LOCATION, "Berlin", (SourceId("test", entity_id),), aliases, parents, attributes
        )

    places = (place("state", 3_600_000), place("city", 3_500_000, "state"), place("town", 20_000))
    save(compile_snapshot(Snapshot(1, places)), tmp_path)
    test, rows = SelfTest(taxonomy := load(tmp_path), EntityType.LOCATION), taxonomy.rows_by_key["berlin"]
    meant_by = {taxonomy.entity_ids[int(taxonomy.alias_entities[row])]: len(test.meant_by(row)) for row in rows}
    assert meant_by == {"state": 2, "city": 2, "town": 1}


def test_places_are_asked_for_by_their_names_oftener_than_by_others(tmp_path: Path) -> None:
    town = Entity(
        "town",
        EntityType.LOCATION,
        "Lisbon",
        (SourceId("test", "town"),),
        (Alias("Lisbon", "en", AliasKind.CANONICAL, "test"), Alias("Olisipo", "en", AliasKind.SYNONYM, "test")),
    )
    save(compile_snapshot(Snapshot(1, (town, entity(EntityType.SKILL, "swim")))), tmp_path)
    taxonomy = load(tmp_path)
    weights = {}
    for key in ("lisbon", "olisipo"):
        (row,) = taxonomy.rows_by_key[key]
        for way in (Way.AS_IT_STANDS, Way.MISTYPED):
            (example,) = SelfTest(taxonomy, EntityType.LOCATION).answer([Question(key, row, way)])
            weights[key, way] = example.weight
    assert weights.pop(("olisipo", Way.AS_IT_STANDS)) < 1
    assert set(weights.values()) == {1.0}


def test_what_is_asked_of_one_type_changes_nothing_for_another(tmp_path: Path) -> None:
    skills = [entity(EntityType.SKILL, f"{name} {word}") for name in SKILLS for word in ("well", "slowly", "at night")]
    others = [entity(EntityType.LOCATION, name) for name in PLACES]
    fitted = []
    for number, entities in enumerate((skills, [*others, *skills])):
        save(compile_snapshot(Snapshot(1, tuple(entities))), tmp_path / str(number))
        taxonomy = load(tmp_path / str(number))
        config = CalibrationConfig(samples_of_few=1_500, samples_per_type=1_500, many_types=())
        fitted.append(fit_calibration(taxonomy, config, model_version="test").body["types"]["skill"])
    assert fitted[0] == fitted[1]
