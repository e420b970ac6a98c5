"""A narrowed taxonomy finds what a search without end finds, less what is not allowed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.narrowed import narrowed
from classifiers.standardize.search import alike_matches
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

NAMES = [f"{first} {second}" for first in ("data", "web", "sales", "tax") for second in ("clerk", "tester", "adviser")]
ENTITIES = st.sets(st.integers(0, len(NAMES) - 1))
TEXTS = st.sampled_from(["data clark", "web test", "tax adviser", "advise on sales", "zzz", "tester of the web"])


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> CompiledTaxonomy:
    folder: Path = tmp_path_factory.mktemp("compiled")
    entities = tuple(
        Entity(
            f"title_{i}",
            EntityType.TITLE,
            name,
            (SourceId("test", name),),
            (Alias(name, "en", AliasKind.CANONICAL, "test"), Alias(f"{name} ii", "en", AliasKind.SYNONYM, "test")),
        )
        for i, name in enumerate(NAMES)
    )
    encoder = load_encoder()
    save(compile_snapshot(Snapshot(1, entities)), folder, encoder)
    return load(folder, encoder)


def view(taxonomy: CompiledTaxonomy, allowed: set[int]) -> CompiledTaxonomy:
    return narrowed(taxonomy, np.isin(np.arange(len(NAMES)), list(allowed)))


@settings(deadline=None, max_examples=60)
@given(text=TEXTS, allowed=ENTITIES, top=st.integers(1, 6))
def test_the_nearest_by_letters_are_those_of_an_endless_search(
    taxonomy: CompiledTaxonomy, text: str, allowed: set[int], top: int
) -> None:
    index = taxonomy.indexes[EntityType.TITLE]
    endless = index.search([text], top=1_000, floor=0.1)[0]
    expected = [match for match in endless if int(taxonomy.alias_entities[match.row]) in allowed][:top]
    found = view(taxonomy, allowed).indexes[EntityType.TITLE].search([text], top=top, floor=0.1)[0]
    assert [match.similarity for match in found] == pytest.approx([match.similarity for match in expected])
    assert {int(taxonomy.alias_entities[match.row]) for match in found} <= allowed


@settings(deadline=None, max_examples=60)
@given(text=TEXTS, allowed=ENTITIES)
def test_all_that_is_allowed_and_nothing_else_is_found_by_meaning(
    taxonomy: CompiledTaxonomy, text: str, allowed: set[int]
) -> None:
    (near,) = alike_matches(taxonomy, [text], EntityType.TITLE, more=3 * len(NAMES))
    expected = {int(taxonomy.alias_entities[match.row]): match for match in near}
    (found,) = alike_matches(view(taxonomy, allowed), [text], EntityType.TITLE, more=3 * len(NAMES))
    entities = {int(taxonomy.alias_entities[match.row]): match for match in found}
    assert set(entities) == allowed
    assert all(match.meaning == pytest.approx(expected[entity].meaning) for entity, match in entities.items())


@settings(deadline=None, max_examples=40)
@given(text=TEXTS, allowed=ENTITIES)
def test_letters_and_meaning_together_stay_within_what_is_allowed(
    taxonomy: CompiledTaxonomy, text: str, allowed: set[int]
) -> None:
    (found,) = alike_matches(view(taxonomy, allowed), [text], EntityType.TITLE)
    assert {int(taxonomy.alias_entities[match.row]) for match in found} <= allowed


def test_many_texts_are_found_as_each_alone(taxonomy: CompiledTaxonomy) -> None:
    index = view(taxonomy, {0, 3, 5}).indexes[EntityType.TITLE]
    texts = [f"{name} x" for name in NAMES] * 4
    assert index.search(texts, top=3) == [index.search([text], top=3)[0] for text in texts]
    assert index.search([], top=3) == []


def test_an_alias_is_looked_up_only_where_one_that_has_it_is_allowed(taxonomy: CompiledTaxonomy) -> None:
    rows = view(taxonomy, {0}).rows_by_key
    assert list(rows) == ["data clerk", "data clerk ii"]
    assert len(rows) == 2
    assert "data clerk" in rows
    assert rows.get("web clerk") is None
