"""Words that nothing knows are read as those that they are slips of."""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from classifiers.encoder.linear import load_encoder
from classifiers.kernels.spelling import code_without
from classifiers.standardize.calibration import load_calibration
from classifiers.standardize.columns import write_parts
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.spelling import (
    AS_IT_STANDS,
    Spelling,
    count_words,
    listed_words,
    may_slip,
    spelling_parts,
)
from classifiers.standardize.standardizer import Standardizer
from classifiers.training.split import is_held_out
from classifiers.training.words import described_words
from taxonomy.model import DESCRIPTION, UNUSABLE, Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

TITLE, SKILL = EntityType.TITLE, EntityType.SKILL
WORDS = st.text("abcd", min_size=6, max_size=9)


def entity(kind: EntityType, name: str, *synonyms: str, **attributes: str) -> Entity:
    aliases = [Alias(name, "en", AliasKind.CANONICAL, "test")]
    aliases += [Alias(text, "en", AliasKind.SYNONYM, "test") for text in synonyms]
    return Entity(
        f"{kind} {name}", kind, name, (SourceId("test", name),), tuple(aliases), (), tuple(attributes.items())
    )


def spelling_of(folder: Path, *entities: Entity, listed: tuple[str, ...] = ()) -> Spelling:
    counts = count_words(entities)
    write_parts(folder, spelling_parts(counts, listed))
    return Spelling.load(folder)


def respelt(spelling: Spelling, text: str, kind: EntityType) -> list[str]:
    return spelling.respelt(text, kind, spelling.doubtful(text, kind))


def apart(spelling: Spelling, text: str, kind: EntityType) -> list[str]:
    return list(spelling.apart(text, spelling.doubtful(text, kind)))


def titles(count: int, name: str, kind: EntityType = TITLE) -> list[Entity]:
    """As many entities whose names have all a word, and a number that nobody misspells."""
    return [entity(kind, f"{name} {number}") for number in range(count)]


@pytest.mark.parametrize("slip", ["enginer", "engineeer", "enigneer", "engineet", "negineer"])
def test_a_letter_left_out_added_changed_or_swapped_is_a_slip(tmp_path: Path, slip: str) -> None:
    spelling = spelling_of(tmp_path, *titles(2, "engineer"))
    assert respelt(spelling, f"road {slip}", TITLE) == ["road engineer"]


@pytest.mark.parametrize("other", ["bngineer", "ngineer", "eennginer", "engineer", "engin", "engineer's", "9ngineer"])
def test_other_words_are_no_slips(tmp_path: Path, other: str) -> None:
    assert respelt(spelling_of(tmp_path, *titles(2, "engineer")), f"road {other}", TITLE) == []


def test_a_word_that_several_entities_have_is_none_wherever_it_stands(tmp_path: Path) -> None:
    pilots = [entity(SKILL, f"skill {number}", description="Of a betting shop.") for number in range(2)]
    assert respelt(spelling_of(tmp_path, *titles(9, "setting"), *pilots), "the betting", TITLE) == []
    spelling = spelling_of(tmp_path, *titles(9, "painter"), listed=("pointer",))
    assert respelt(spelling, "the pointer", TITLE) == []
    assert respelt(spelling, "the paintre", TITLE) == ["the painter"]


def test_a_known_word_may_be_a_slip_of_a_frequent_one(tmp_path: Path) -> None:
    some = spelling_of(tmp_path, *titles(49, "manager"), listed=("manger",))
    assert respelt(some, "office manger", TITLE) == []
    many = spelling_of(tmp_path, *titles(50, "manager"), *titles(2, "manger", SKILL))
    assert respelt(many, "office manger", TITLE) == ["office manager"]
    # Of skills none is called so.
    assert respelt(many, "office manger", SKILL) == []
    # Nor is it a slip where three titles are mangers.
    enough = spelling_of(tmp_path, *titles(50, "manager"), *titles(3, "manger"))
    assert respelt(enough, "office manger", TITLE) == []


def test_short_words_are_slips_of_frequent_ones_alone(tmp_path: Path) -> None:
    assert respelt(spelling_of(tmp_path, *titles(49, "clerk")), "desk clekr", TITLE) == []
    assert respelt(spelling_of(tmp_path, *titles(50, "clerk")), "desk clekr", TITLE) == ["desk clerk"]
    assert respelt(spelling_of(tmp_path, *titles(50, "cook")), "pastry coow", TITLE) == []


def test_a_word_that_stands_alone_needs_more_to_be_a_slip(tmp_path: Path) -> None:
    assert respelt(spelling_of(tmp_path, *titles(9, "driver")), "drivre", TITLE) == []
    assert respelt(spelling_of(tmp_path, *titles(10, "driver")), "drivre", TITLE) == ["driver"]
    assert respelt(spelling_of(tmp_path, *titles(1, "kubernetes")), "kuberntes", TITLE) == ["kubernetes"]
    assert respelt(spelling_of(tmp_path, *titles(1, "drivers")), "the drivrs", TITLE) == []


def test_what_a_person_marked_as_unusable_is_meant_by_nobody(tmp_path: Path) -> None:
    marked = [entity(TITLE, f"engineer {number}", **{UNUSABLE: "noise"}) for number in range(5)]
    assert respelt(spelling_of(tmp_path, *marked), "enginer", TITLE) == []


def test_the_most_frequent_word_comes_first_and_three_words_at_most_are_slips(tmp_path: Path) -> None:
    spelling = spelling_of(tmp_path, *titles(2, "planner"), *titles(3, "planter"), *titles(2, "garden"))
    assert respelt(spelling, "the planxer", TITLE) == ["the planter", "the planner"]
    assert respelt(spelling, "gardden planxer", TITLE) == ["garden planter", "garden planner"]
    assert respelt(spelling, "gardden gardden gardden planxer", TITLE) == []
    assert respelt(spelling, "x " * 12 + "planxer", TITLE) == []


def test_a_word_that_nothing_knows_may_be_two(tmp_path: Path) -> None:
    spelling = spelling_of(tmp_path, *titles(2, "webmaster"), listed=("developer",))
    assert apart(spelling, "my tapdancer now", TITLE) == [
        f"my {one} now" for one in ("tap dancer", "tapd ancer", "tapda ncer", "tapdan cer")
    ]
    assert apart(spelling, "developer webmaster tapping", TITLE) == []
    assert apart(spelling, "tapdancer", EntityType.SKILL_GROUP) == []


def test_types_that_nothing_resolves_to_have_no_slips(tmp_path: Path) -> None:
    spelling = spelling_of(tmp_path, *titles(50, "engineer"))
    assert respelt(spelling, "enginer", EntityType.SKILL_GROUP) == []
    assert respelt(AS_IT_STANDS, "road enginer", TITLE) == []


@given(st.binary(max_size=30), st.integers(0, 40))
def test_codes_are_those_of_zlib(word: bytes, left_out: int) -> None:
    shorter = word[:left_out] + word[left_out + 1 :]
    assert code_without(np.frombuffer(word, dtype=np.uint8), left_out) == zlib.crc32(shorter)


@given(st.sets(WORDS, min_size=1, max_size=12), WORDS)
def test_slips_are_those_of_the_reference(
    tmp_path_factory: pytest.TempPathFactory, words: set[str], token: str
) -> None:
    folder = tmp_path_factory.mktemp("spelling")
    spelling = spelling_of(folder, *(one for word in words for one in titles(2, word)))
    expected = {
        f"of {word}"
        for word in words
        if OSA.distance(word, token) == 1 and (word[0] == token[0] or word[:2] == token[1::-1])
    }
    found = respelt(spelling, f"of {token}", TITLE)
    assert set(found) <= (expected if token not in words else set())
    assert len(found) == (min(3, len(expected)) if token not in words else 0)


@given(st.text(max_size=60))
def test_any_text_has_an_answer(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("spelling")
    for other in respelt(spelling_of(folder, *titles(2, "engineer")), text, TITLE):
        assert "engineer" in other


def test_a_taxonomy_without_words_has_no_slips(tmp_path: Path) -> None:
    assert respelt(spelling_of(tmp_path), "software enginer", TITLE) == []


def test_words_are_counted_once_an_entity_in_labels_and_descriptions() -> None:
    counts = count_words([
        entity(TITLE, "Köchin", "kitchen worker in a kitchen", **{DESCRIPTION: "Works in kitchens."}),
        entity(SKILL, "work in a kitchen", "C++ compilers"),
    ])  # fmt: skip
    assert counts.anywhere == {"kochin": 1, "kitchen": 2, "worker": 1, "works": 1, "kitchens": 1, "compilers": 1}
    assert counts.by_type[TITLE] == {"kochin": 1, "kitchen": 1, "worker": 1}
    assert counts.entities == {TITLE: 1, SKILL: 1}


def test_a_misspelling_that_entities_have_is_no_word(tmp_path: Path) -> None:
    wrong = Alias("sofware writer", "en", AliasKind.MISSPELLING, "test")
    two = [replace(one, aliases=(*one.aliases, wrong)) for one in titles(2, "software writer")]
    assert "sofware" not in count_words(two).anywhere
    assert respelt(spelling_of(tmp_path, *two), "sofware maker", TITLE) == ["software maker"]


def test_the_list_is_of_words_in_order() -> None:
    listed = listed_words()
    assert listed == sorted(set(listed))
    assert all(map(may_slip, listed))
    assert {"management", "betting", "krankenpfleger"} <= set(listed)


def test_words_of_held_out_labels_and_of_names_are_not_listed() -> None:
    held_out = next(text for text in (f"zzyzzx {number}" for number in range(999)) if is_held_out(text))
    taught = next(text for text in (f"abbcab {number}" for number in range(999)) if not is_held_out(text))
    pairs = [entity(kind, f"{kind} of kind {n}", held_out, taught) for kind in (TITLE, SKILL) for n in range(2)]
    places = [entity(EntityType.LOCATION, f"Springfield {number}") for number in range(3)]
    words = described_words(Snapshot(1, (*pairs, *places)))
    assert "abbcab" in words
    assert "zzyzzx" not in words
    assert "springfield" not in words


@pytest.fixture(scope="module")
def standardizer(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("compiled")
    entities = (
        entity(TITLE, "Project Manager"),
        entity(TITLE, "Project Assistant"),
        entity(TITLE, "Operations Manager"),
        entity(TITLE, "Dental Assistant"),
        entity(TITLE, "Manager"),
    )
    save(compile_snapshot(Snapshot(1, entities)), folder, load_encoder())
    return Standardizer(load(folder, load_encoder()), load_calibration(), load_seniority())


def test_a_misspelt_title_is_that_title_a_little_less_surely(standardizer: Standardizer) -> None:
    (exact,) = standardizer.standardize(Query("Project Manager", TITLE)).mentions
    (found,) = standardizer.standardize(Query("Projct Manager", TITLE)).mentions
    assert found.text == "Projct Manager"
    assert found.candidates[0].name == exact.candidates[0].name == "Project Manager"
    assert standardizer.is_linked(found)
    assert found.candidates[0].confidence < exact.candidates[0].confidence
    # What the text means as it stands comes after.
    names = [candidate.name for candidate in found.candidates]
    assert len(set(names)) == len(names) > 1


def test_an_answer_to_a_text_does_not_depend_on_slips_before(standardizer: Standardizer) -> None:
    fresh = Standardizer(standardizer.taxonomy, standardizer.calibration, load_seniority())
    query = Query("Operations Manager", TITLE)
    expected = standardizer.standardize(query)
    fresh.standardize(Query("Opertions Manager", TITLE))
    assert fresh.standardize(query) == expected


def test_two_words_without_their_blank_are_that_title(standardizer: Standardizer) -> None:
    (found,) = standardizer.standardize(Query("Dentalassistant", TITLE)).mentions
    assert found.candidates[0].name == "Dental Assistant"
    assert standardizer.is_linked(found)
    (other,) = standardizer.standardize(Query("Dentalzookeeper", TITLE)).mentions
    assert not standardizer.is_linked(other)


def test_as_many_candidates_as_are_asked_for(standardizer: Standardizer) -> None:
    one = standardizer.standardize(Query("Projct Manager", TITLE), top=1).mentions[0].candidates
    many = standardizer.standardize(Query("Projct Manager", TITLE), top=3).mentions[0].candidates
    assert one == many[:1]
    assert len(many) == 3
    assert [c.confidence for c in many] == sorted((c.confidence for c in many), reverse=True)


def test_the_explanation_says_that_the_text_is_misspelt(standardizer: Standardizer) -> None:
    query = Query("Projct Manager", TITLE, options=AnswerOptions(explain=True))
    plain = standardizer.standardize(replace(query, options=AnswerOptions())).mentions[0].candidates
    explained = standardizer.standardize(query).mentions[0].candidates
    assert [one.entity_id for one in explained] == [one.entity_id for one in plain]
    assert [one.confidence for one in explained] == pytest.approx([one.confidence for one in plain])
    best = explained[0].explanation
    assert best is not None
    assert "misspelt" in {one.term for one in best.contributions}
    assert sum(one.log_odds for one in best.contributions) == pytest.approx(best.log_odds)
    (exact,) = standardizer.standardize(replace(query, text="Project Manager")).mentions
    assert exact.candidates[0].explanation is not None
    assert "misspelt" not in {one.term for one in exact.candidates[0].explanation.contributions}


def test_a_text_that_is_surer_as_it_stands_stays(standardizer: Standardizer) -> None:
    sure = replace(standardizer.calibration, misspelt={TITLE: -30.0})
    doubting = Standardizer(standardizer.taxonomy, sure, load_seniority())
    as_it_stands = Standardizer(
        replace(standardizer.taxonomy, spelling=AS_IT_STANDS), standardizer.calibration, load_seniority()
    )
    query = Query("Projct Manager", TITLE)
    assert doubting.standardize(query).mentions == as_it_stands.standardize(query).mentions


def test_what_may_not_be_found_is_meant_by_no_slip(standardizer: Standardizer) -> None:
    (found,) = standardizer.standardize(Query("Projct Manager", TITLE)).mentions
    without = AnswerOptions(exclude=(found.candidates[0].entity_id,))
    (other,) = standardizer.standardize(Query("Projct Manager", TITLE, options=without)).mentions
    assert found.candidates[0].entity_id not in {one.entity_id for one in other.candidates}
