"""What a taxonomy asks itself."""

import random
from pathlib import Path

import pytest

from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.training.config import CalibrationConfig
from classifiers.training.questions import Question, SelfTest, Way, questions_of
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

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


def test_shares_add_up_and_small_types_are_asked_in_four_ways() -> None:
    config = CalibrationConfig()
    for kind in EntityType:
        shares = config.shares_of(kind)
        assert sum(shares.values()) == pytest.approx(1)
        assert sum(share > 0 for share in shares.values()) == (8 if kind in config.many_types else 4)
