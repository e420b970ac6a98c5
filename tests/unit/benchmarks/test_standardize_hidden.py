from pathlib import Path

import numpy as np
import pytest

from benchmarks.standardize.confidences import ask, is_held_out
from benchmarks.standardize.hidden import accuracy_with_nil, hide
from benchmarks.standardize.reliability_plot import Curve, as_svg, draw
from benchmarks.standardize.snapshot import snapshot_of
from benchmarks.standardize.taxonomies import compiled_snapshot, labelled
from classifiers.standardize.text import fold
from taxonomy.model import (
    Alias,
    AliasKind,
    EntityDraft,
    EntityRelation,
    EntityType,
    ParentRef,
    Snapshot,
    SourceId,
)


def draft(number: int, name: str, *synonyms: str, language: str = "en", parent: str | None = None) -> EntityDraft:
    aliases = tuple(Alias(text, language, AliasKind.SYNONYM, "test") for text in synonyms)
    parents = (ParentRef(EntityRelation.BROADER, SourceId("test", parent)),) if parent else ()
    return EntityDraft(
        EntityType.TITLE, name, language, (SourceId("test", str(number)),), aliases, parents, (("k", "v"),)
    )


def many(count: int) -> Snapshot:
    drafts = (draft(n, f"maker of thing{n}", *(f"thing{n} worker {k}" for k in range(10))) for n in range(count))
    return snapshot_of(drafts)


def test_drafts_of_one_entity_become_one_with_all_aliases_and_the_first_name() -> None:
    snapshot = snapshot_of([
        draft(1, "nurse", "staff nurse", parent="2"),
        draft(2, "health worker"),
        draft(1, "Krankenschwester", "Pflegerin", language="de"),
    ])  # fmt: skip
    nurse = next(entity for entity in snapshot.entities if entity.name == "nurse")
    other = next(entity for entity in snapshot.entities if entity.name == "health worker")
    assert [alias.text for alias in nurse.aliases] == ["nurse", "staff nurse", "Krankenschwester", "Pflegerin"]
    assert nurse.parents == ((EntityRelation.BROADER, other.entity_id),)
    assert nurse.attributes == (("k", "v"),)
    assert [entity.entity_id for entity in snapshot.entities] == sorted(e.entity_id for e in snapshot.entities)


def test_unknown_parents_are_left_out() -> None:
    [entity] = snapshot_of([draft(1, "nurse", parent="9")]).entities
    assert entity.parents == ()


def test_the_order_of_drafts_of_different_entities_does_not_matter() -> None:
    drafts = [draft(n, f"title {n}") for n in range(9)]
    assert snapshot_of(drafts) == snapshot_of(drafts[::-1])


def test_labels_are_of_one_language_with_the_name_first() -> None:
    found = labelled(
        snapshot_of([draft(1, "nurse", "staff nurse"), draft(1, "Pflegerin", language="de")]), EntityType.TITLE
    )
    assert found.labels.texts == ("nurse", "staff nurse")
    assert found.index_by_uri == {"1": 0}


def test_hidden_aliases_are_gone_and_removed_entities_are_nil() -> None:
    snapshot = many(300)
    one = hide(snapshot, EntityType.TITLE, seed=1, size=100_000)
    left = {fold(text) for text in one.labels.texts}
    assert not left & {fold(text) for text in one.queries}
    names = {entity.name for entity in one.kept}
    for text, place in zip(one.queries, one.gold, strict=True):
        number = text.removeprefix("maker of ").split()[0].removeprefix("thing")
        assert (f"maker of thing{number}" in names) is (place >= 0)
        if place >= 0:
            assert one.kept[place].name == f"maker of thing{number}"
    hidden = sum(place >= 0 for place in one.gold)
    assert 0.07 < hidden / (300 * 10) < 0.13
    assert 0.02 < 1 - len(one.kept) / 300 < 0.09


def test_the_same_seed_hides_the_same() -> None:
    snapshot = many(80)
    first, again, other = (hide(snapshot, EntityType.TITLE, seed=seed, size=40) for seed in (1, 1, 2))
    assert first.queries == again.queries
    assert first.queries != other.queries


def test_aliases_of_two_entities_are_not_asked_for() -> None:
    snapshot = snapshot_of(draft(n, f"name {n}", *(f"shared {k}" for k in range(20))) for n in range(40))
    one = hide(snapshot, EntityType.TITLE, seed=1, size=1_000)
    assert all(text.startswith("name") for text in one.queries)


def test_the_threshold_comes_from_the_first_half_only() -> None:
    scores = np.array([0.9, 0.8, 0.2, 0.1, 0.9, 0.7, 0.15, 0.1])
    right = np.array([1.0, 1, 0, 0, 1, 1, 0, 0])
    gold = np.array([3.0, 4, -1, -1, 5, 6, -1, -1])
    assert accuracy_with_nil(scores, right, gold).tolist() == [1, 1, 1, 1]
    swapped = np.concatenate((scores[:4], scores[4:][::-1]))
    assert accuracy_with_nil(swapped, right, gold).tolist() == [0, 0, 0, 0]


def test_the_threshold_is_the_best_of_all() -> None:
    rng = np.random.default_rng(5)
    scores = rng.integers(0, 5, 60) / 4
    gold = np.where(rng.random(60) < 0.4, -1.0, 1.0)
    right = ((gold > 0) & (rng.random(60) < 0.7)).astype(float)
    doubled = [np.concatenate((array, array)) for array in (scores, right, gold)]
    best = max(np.where(scores >= threshold, right, gold < 0).mean() for threshold in (-1, 0, 0.25, 0.5, 0.75, 1, 2))
    found = accuracy_with_nil(*doubled).mean()
    assert found == pytest.approx(best)


def test_questions_are_about_held_out_entities_only(tmp_path: Path) -> None:
    taxonomy = compiled_snapshot(many(60), tmp_path)
    asked = ask(taxonomy, EntityType.TITLE, seed=1, size=200)
    held_out = sum(is_held_out(entity_id) for entity_id in taxonomy.entity_ids)
    assert 0 < held_out < 60
    assert 0 < len(asked.evidence) <= min(200, held_out * 11)
    assert set(asked.right.tolist()) == {0.0, 1.0}
    assert ask(taxonomy, EntityType.SCHOOL, seed=1, size=10).evidence == []


def test_the_plot_names_its_curves_and_escapes_them(tmp_path: Path) -> None:
    draw([Curve("a < b", [(0.1, 0.2, 3), (0.9, 0.8, 7)])], tmp_path / "new" / "plot.svg")
    text = (tmp_path / "new" / "plot.svg").read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "a &lt; b" in text
    assert text.count("<circle") == 2
    assert as_svg([]).endswith("</svg>\n")
