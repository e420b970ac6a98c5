"""The steps of a build on documents so few that most of them have nothing to say, and say why."""

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from taxonomy.building.corpus import Value, count_values, joined_phrases
from taxonomy.building.coverage import members_by_entity, owners_of
from taxonomy.building.model import BuildInput, BuildPolicy
from taxonomy.building.sequences import sequences_of
from taxonomy.building.steps import STEPS
from taxonomy.building.translations import labels_in, pair_of
from taxonomy.corpus.model import Document
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId
from taxonomy.proposals.model import Proposal, ProposalKind


def skill(key: str, *labels: tuple[str, str, AliasKind]) -> Entity:
    aliases = tuple(Alias(text, language, kind, "test", 0.9) for text, language, kind in labels)
    name = labels[0][0]
    return Entity(f"skill_{key}", EntityType.SKILL, name, (SourceId("test", key),), aliases)


COOKING = skill(
    "cooking",
    ("cooking", "en", AliasKind.CANONICAL),
    ("preparing food", "en", AliasKind.SYNONYM),
    ("cookng", "en", AliasKind.MISSPELLING),
    ("Kochen", "de", AliasKind.TRANSLATION),
)
BAKING = skill("baking", ("baking", "en", AliasKind.CANONICAL), ("preparing food", "en", AliasKind.SYNONYM))
SNAPSHOT = Snapshot(1, (COOKING, BAKING))
PROFILE = Document("1", {"skills": ("Cooking", "cooking", "baking bread"), "companies": ("???", "Acme Kitchens")})


def run(step: str, documents: Sequence[Document], work_dir: Path, said: list[str]) -> list[Proposal]:
    build = BuildInput(lambda: documents, SNAPSHOT, BuildPolicy(), date(2026, 1, 1), work_dir, on_step=said.append)
    return list(next(one for one in STEPS if one.name == step).run(build))


@pytest.mark.parametrize("step", [step.name for step in STEPS])
@pytest.mark.parametrize(
    "documents",
    [[], [PROFILE], [PROFILE] * 60, [Document("2", {}, "cook " * 50)]],
    ids=["none", "one", "alike", "text"],
)
def test_few_documents_are_a_clear_result(step: str, documents: list[Document], tmp_path: Path) -> None:
    found = run(step, documents, tmp_path, [])
    assert all(0 <= proposal.confidence <= 1 for proposal in found)
    assert {proposal.kind for proposal in found} <= {ProposalKind.CLEAN_UP, ProposalKind.NEW_ENTITY}


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("senses", "no senses: "),
        ("merges", "no merges of the type skill: "),
        ("translations", "no translations into es: "),
    ],
)
def test_a_step_that_cannot_learn_says_so(step: str, reason: str, tmp_path: Path) -> None:
    said: list[str] = []
    assert run(step, [PROFILE], tmp_path, said) == []
    assert any(line.startswith(reason) for line in said)


def test_what_can_be_no_company_is_marked_with_its_rule(tmp_path: Path) -> None:
    (proposal,) = run("clean_up", [PROFILE, PROFILE], tmp_path, [])
    assert (proposal.subject, proposal.members_affected) == ("???", 2)
    assert "no_letters" in str(proposal.details["rules"])


def test_sequences_of_lists_and_text_are_apart_and_made_once(tmp_path: Path) -> None:
    documents = [
        PROFILE,
        Document("2", {"skills": ("Acme Kitchens tools",)}, "We bake baking bread. We cook."),
        Document("3", {}, "Nothing else."),
    ]
    said: list[str] = []
    build = BuildInput(lambda: documents, SNAPSHOT, BuildPolicy(), date(2026, 1, 1), tmp_path, on_step=said.append)
    for _ in range(2):
        found = sequences_of(build, frozenset({"baking bread", "acme kitchens"}), len(documents))
        listed, running = list(found.listed()), list(found.running())
        assert listed == [["cooking", "cooking", "baking bread", "acme kitchens"], ["acme kitchens", "tools"]]
        assert running == [["we", "bake", "baking bread"], ["we", "cook"], ["nothing", "else"]]
        assert list(found.every()) == [*listed, *running]
    assert said == ["token sequences of 3 documents"]


def test_of_more_documents_than_vectors_need_an_even_sample_is_taken(tmp_path: Path) -> None:
    documents = [Document(str(number), {"skills": (f"skill{number}",)}) for number in range(10)]
    policy = BuildPolicy(vector_documents=4)
    build = BuildInput(lambda: documents, SNAPSHOT, policy, date(2026, 1, 1), tmp_path)
    found = sequences_of(build, frozenset(), len(documents))
    assert list(found.every()) == [["skill2"], ["skill4"], ["skill7"], ["skill9"]]


def test_values_are_counted_once_a_document_and_entities_by_labels_of_their_own() -> None:
    counted = count_values([PROFILE, PROFILE, Document("3", {"skills": ("Preparing Food", "BAKING")})])
    assert counted.documents == 3
    values = counted.counts
    assert values[Value("skills", "cooking")] == 2
    owners = owners_of(SNAPSHOT.entities, EntityType.SKILL)
    assert "preparing food" not in owners
    assert members_by_entity(values, "skills", owners) == {"skill_cooking": 2, "skill_baking": 1}
    assert joined_phrases({Value("skills", "baking bread"): 5, Value("skills", "hot dog"): 4}) == {"baking bread"}


def test_labels_of_a_language_start_with_the_name_and_leave_misspellings_out() -> None:
    assert labels_in(COOKING, "en") == ("cooking", "preparing food")
    pair = pair_of(COOKING, "de")
    assert pair is not None
    assert pair.target == ("Kochen",)
    assert pair_of(BAKING, "de") is None


def test_a_text_of_several_fields_is_of_the_one_where_most_have_it(tmp_path: Path) -> None:
    """Phrases of the skills `spring` and `summer` stand beside two kinds of company; few also call their title so."""
    rng = random.Random(3)
    documents = []
    for number in range(900):
        area = number % 12
        words = rng.sample([f"area{area} word{one}" for one in range(9)], 6)
        skills = (*words[:3], "spring thing" if area < 2 else f"name of {area}", *words[3:])
        documents.append(Document(str(number), {"titles": ("spring thing",) if number < 5 else (), "skills": skills}))
    for some in (documents, documents[::-1]):
        work_dir = tmp_path / str(some is documents)
        found = {one.subject: one for one in run("senses", some, work_dir, [])}
        assert found["spring thing"].details["type"] == EntityType.SKILL
        assert found["spring thing"].members_affected == 150
