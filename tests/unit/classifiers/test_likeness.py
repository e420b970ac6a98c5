from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.likeness import Likeness, LikenessPolicy, most_alike
from classifiers.standardize.surroundings import TaxonomySurroundings
from classifiers.standardize.text import fold
from taxonomy.model import Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot, SourceId

GROUPS = {
    "nurse": (("registered nurse", "staff nurse", "hospital nurse"), ("patient care", "medication"), "care"),
    "midwife": (("midwife", "birth attendant"), ("patient care", "birth plans"), "care"),
    "developer": (("software developer", "programmer", "application developer"), ("Java", "Git"), "computing"),
    "driver": (("truck driver", "lorry driver", "heavy goods vehicle driver"), (), "transport"),
}
SKILLS = ("patient care", "medication", "birth plans", "Java", "Git")


def entity(kind: EntityType, name: str, *labels: str, parents: tuple[tuple[EntityRelation, str], ...] = ()) -> Entity:
    aliases = tuple(Alias(text, "en", AliasKind.SYNONYM, "test") for text in (name, *labels))
    return Entity(f"{kind}_{name}", kind, name, (SourceId("test", name),), aliases, parents)


def snapshot() -> Snapshot:
    titles = [
        entity(
            EntityType.TITLE,
            name,
            *labels,
            parents=(
                *((EntityRelation.NEEDS, f"skill_{skill}") for skill in needs),
                (EntityRelation.BROADER, f"supertitle_{group}"),
            ),
        )
        for name, (labels, needs, group) in GROUPS.items()
    ]
    groups = [entity(EntityType.SUPERTITLE, group) for group in ("care", "computing", "transport")]
    return Snapshot(1, (*titles, *(entity(EntityType.SKILL, skill) for skill in SKILLS), *groups))


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> CompiledTaxonomy:
    folder = tmp_path_factory.mktemp("likeness") / "v1"
    save(compile_snapshot(snapshot()), folder, load_encoder())
    return load(folder, load_encoder())


@pytest.fixture(scope="module")
def titles(taxonomy: CompiledTaxonomy) -> Likeness:
    return Likeness(taxonomy, EntityType.TITLE)


def test_what_means_the_same_comes_before_what_looks_alike(titles: Likeness) -> None:
    others = ["software salesman", "application programmer", "lorry driver"]
    found = most_alike(titles, "software developer", others, top=2)
    assert [one.text for one in found] == ["application programmer", "software salesman"]
    assert [one.place for one in found] == [1, 0]
    assert 1 > found[0].score > found[1].score > 0


def test_the_same_text_scores_one_and_nothing_else_does(titles: Likeness) -> None:
    others = titles.read(["STAFF NURSE", "nurse, staff", "Staff  nurse", ""])
    found = titles.compare(["staff nurse", ""], others)
    assert found.scores[0, [0, 2]].tolist() == [1, 1]
    assert found.scores[0, 1] < 1
    assert found.exact.tolist() == [[True, False, True, False], [False] * 4]
    assert not found.scores[1].any()
    assert found.scores[0, 3] == 0


def test_titles_that_need_the_same_are_nearer_through_their_needs(titles: Likeness) -> None:
    found = titles.compare(["ward nurse"], titles.read(["midwife", "truck driver", "programmer"]))
    needs = found.views["needs"][0].tolist()
    # A taxonomy of four lends needs to everybody; they still count less.
    assert needs[0] > needs[2] + 0.2
    assert found.views["groups"][0, 0] > 0.9


def test_an_entity_of_which_no_need_is_known_borrows_those_of_its_neighbours(taxonomy: CompiledTaxonomy) -> None:
    needs = TaxonomySurroundings(taxonomy, EntityType.TITLE).of([fold("lorry driver")]).needs
    assert needs is not None
    assert np.sqrt(needs.multiply(needs).sum()) == pytest.approx(1, abs=1e-5)


def test_without_any_needs_in_the_taxonomy_they_are_no_view(tmp_path: Path) -> None:
    titles = tuple(entity(EntityType.TITLE, name, *labels) for name, (labels, _, _) in GROUPS.items())
    save(compile_snapshot(Snapshot(1, titles)), tmp_path / "v1", load_encoder())
    likeness = Likeness(load(tmp_path / "v1", load_encoder()), EntityType.TITLE)
    found = likeness.compare(["ward nurse"], likeness.read(["midwife"]))
    assert set(found.views) == {"letters", "meaning", "centre", "surroundings", "groups"}


def test_the_score_is_the_mean_of_the_views(titles: Likeness) -> None:
    policy = LikenessPolicy()
    found = titles.compare(["nurse for children"], titles.read(["midwife", "programmer"]), language="en-GB")
    weights = {name: getattr(policy, name) for name in found.views}
    assert set(weights) == {"letters", "meaning", "centre", "surroundings", "needs", "groups"}
    mean = sum(weight * found.views[name] for name, weight in weights.items()) / sum(weights.values())
    assert found.scores == pytest.approx(np.clip(mean, 0, 0.9999), abs=1e-6)


def test_letters_count_more_in_a_language_that_the_encoder_never_saw(titles: Likeness) -> None:
    others = titles.read(["sykepleier", "lastebilsjåfør"])
    known = titles.compare(["sykepleiere"], others).scores[0]
    norwegian = titles.compare(["sykepleiere"], others, language="no", others_language="no")
    assert set(norwegian.views) == {"letters", "meaning", "centre"}
    assert norwegian.scores[0, 0] - norwegian.scores[0, 1] > known[0] - known[1]
    between = titles.compare(["sykepleiere"], others, language="no", others_language="en")
    assert set(between.views) == {"letters", "meaning", "centre"}


def test_letters_count_in_a_learned_language_beside_english_by_what_is_rare_among_the_others(titles: Likeness) -> None:
    others = titles.read(["Krankenpfleger", "Altenpfleger", "Pfleger"])
    german = titles.compare(["Altenpflegerin"], others, language="de", others_language="de")
    english = titles.compare(["Altenpflegerin"], others, language="en", others_language="en")
    assert german.views["letters"].tolist() == others.elsewhere.likeness([fold("Altenpflegerin")]).tolist()
    assert german.views["letters"].tolist() != english.views["letters"].tolist()


def test_sentences_are_compared_by_their_letters(titles: Likeness) -> None:
    sentence = "we look for a nurse who drives a truck and writes software on long winter nights"
    found = titles.compare([sentence], titles.read(["nurse", sentence]))
    assert found.scores[0, 0] == pytest.approx(found.views["letters"][0, 0])
    assert found.scores[0, 1] == 1


def test_types_without_vectors_are_compared_by_letters_and_skills_by_meaning(taxonomy: CompiledTaxonomy) -> None:
    found = Likeness(taxonomy, EntityType.SKILL)
    assert set(found.compare(["git"], found.read(["Git", "Java"])).views) == {"letters", "meaning", "centre"}
    nothing = Likeness(taxonomy, EntityType.COMPANY)
    assert nothing.compare(["ACME"], nothing.read(["acme", "other"])).scores.tolist() == [[1, 0]]


def test_no_texts_are_no_scores(titles: Likeness) -> None:
    assert titles.compare([], titles.read(["nurse"])).scores.shape == (0, 1)
    assert titles.compare(["nurse"], titles.read([])).scores.shape == (1, 0)


TEXTS = st.lists(st.text() | st.sampled_from(["nurse", "Staff Nurse", "truck driver", "x" * 500]), max_size=4)


@settings(deadline=None, max_examples=60)
@given(one=TEXTS, other=TEXTS)
def test_scores_are_between_nothing_and_the_same(titles: Likeness, one: list[str], other: list[str]) -> None:
    found = titles.compare(one, titles.read(other))
    assert np.isfinite(found.scores).all()
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    assert ((found.scores == 1) == found.exact).all()


def test_a_score_depends_on_the_two_texts_alone(titles: Likeness) -> None:
    alone = titles.compare(["nurse"], titles.read(["midwife"])).scores[0, 0]
    among = titles.compare(["driver", "nurse"], titles.read(["programmer", "midwife", "nurse"])).scores[1, 1]
    assert among == pytest.approx(alone, abs=1e-6)
