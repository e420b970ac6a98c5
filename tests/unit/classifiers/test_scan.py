from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.negation import ruled_out
from classifiers.standardize.scan import scan
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId, make_entity_id

CODE = 0.5


def entity(kind: EntityType, name: str, *others: tuple[str, AliasKind, float]) -> Entity:
    source_id = SourceId("test", f"{kind}/{name}")
    aliases = [Alias(name, "en", AliasKind.CANONICAL, "test")]
    aliases += [Alias(text, "mul", alias_kind, "test", confidence) for text, alias_kind, confidence in others]
    return Entity(make_entity_id(kind, source_id), kind, name, (source_id,), tuple(aliases), (), ())


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> CompiledTaxonomy:
    folder: Path = tmp_path_factory.mktemp("compiled")
    entities = (
        entity(EntityType.TITLE, "Registered Nurse"),
        entity(EntityType.TITLE, "Cook"),
        entity(EntityType.TITLE, "Software Engineer", ("SWE", AliasKind.ABBREVIATION, 1.0)),
        entity(EntityType.SKILL, "Java"),
        entity(EntityType.SKILL, "React"),
        entity(EntityType.SKILL, "Travel"),
        entity(EntityType.SKILL, "Java React"),
        entity(EntityType.SKILL, "Java / Cook"),
        entity(EntityType.SKILL, "Machine Learning", ("ML", AliasKind.ABBREVIATION, 1.0)),
        entity(EntityType.LANGUAGE, "Malayalam", ("ML", AliasKind.ABBREVIATION, CODE)),
        entity(EntityType.LANGUAGE, "Chuvash", ("CV", AliasKind.ABBREVIATION, CODE)),
        entity(EntityType.COMPANY, "Google"),
        entity(EntityType.LOCATION, "Topeka", ("Google", AliasKind.SYNONYM, 1.0)),
        entity(EntityType.LOCATION, "Sweden", ("SWE", AliasKind.ABBREVIATION, 0.7)),
        entity(EntityType.LOCATION, "New York City", ("NYC", AliasKind.ABBREVIATION, CODE)),
    )
    save(compile_snapshot(Snapshot(1, entities)), folder)
    return load(folder)


def found(taxonomy: CompiledTaxonomy, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in scan(taxonomy, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No travel required.", []),
        ("Travel is not required, Java is.", ["Java"]),
        ("No travel. Java.", ["Java"]),
        ("Knowledge of Java is not required but React is", ["React"]),
        ("keine Java Kenntnisse", []),
        ("Java nicht erforderlich", []),
        ("You will not regret that you learned Java", ["Java"]),
    ],
)
def test_what_is_ruled_out_is_not_found(taxonomy: CompiledTaxonomy, text: str, expected: list[str]) -> None:
    assert found(taxonomy, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You react to customers", []),
        ("We use React daily", ["React"]),
        ("java, react, travel", ["java", "react", "travel"]),
        ("skills: react", ["react"]),
    ],
)
def test_a_word_of_everyday_language_is_a_name_with_a_capital_or_in_a_list(
    taxonomy: CompiledTaxonomy, text: str, expected: list[str]
) -> None:
    assert found(taxonomy, text) == expected


def test_a_title_is_found_in_the_plural(taxonomy: CompiledTaxonomy) -> None:
    assert found(taxonomy, "We seek registered nurses and cooks.") == ["registered nurses", "cooks"]
    assert found(taxonomy, "Javas") == []


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("ML", {EntityType.SKILL}),
        ("Google", {EntityType.COMPANY}),
        ("SWE", {EntityType.TITLE}),
        ("NYC", {EntityType.LOCATION}),
    ],
)
def test_codes_and_by_names_give_way_to_names(taxonomy: CompiledTaxonomy, text: str, types: set[EntityType]) -> None:
    (hit,) = scan(taxonomy, text)
    assert set(hit.rows_by_type) == types


def test_an_alias_reaches_over_no_sign_that_parts_two_others(taxonomy: CompiledTaxonomy) -> None:
    assert found(taxonomy, "Java React") == ["Java React"]
    assert found(taxonomy, "Java/React; Java, React") == ["Java", "React", "Java", "React"]
    assert found(taxonomy, "Java/Cook") == ["Java/Cook"]
    assert found(taxonomy, "registered / nurse") == ["registered / nurse"]


def test_a_code_alone_is_not_found(taxonomy: CompiledTaxonomy) -> None:
    assert found(taxonomy, "Send your CV") == []


@given(st.text(alphabet="no t.,required ava\n", max_size=300))
def test_what_is_ruled_out_lies_in_the_text_in_order_and_apart(text: str) -> None:
    position = -1
    for start, end in ruled_out(text):
        assert position < start < end <= len(text)
        position = end
