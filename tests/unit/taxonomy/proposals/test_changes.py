"""What accepting proposals changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConflictError, InvalidError
from taxonomy.model import AliasKind, EntityRelation, EntityType
from taxonomy.proposals.changes import Known, changes_of, new_entity, terms_of
from taxonomy.proposals.model import JsonValue, Proposal, ProposalKind

KNOWN = Known({"skill_a": EntityType.SKILL, "skill_b": EntityType.SKILL, "title_c": EntityType.TITLE})


def proposal(kind: ProposalKind, subject: str, **identity: JsonValue) -> Proposal:
    return Proposal(kind, subject, identity, 0.9, 3)


def merge(keep: str, *others: str, **identity: JsonValue) -> Proposal:
    return proposal(ProposalKind.MERGE, keep, keep=keep, merge=list(others), **identity)


def test_a_phrase_becomes_an_entity_with_the_same_id_every_time() -> None:
    wanted = proposal(ProposalKind.NEW_ENTITY, "dbt", name="dbt", type="skill", aliases=["data build tool"])
    changes = changes_of([wanted], KNOWN)
    (entity,) = changes.entities
    assert (entity.entity_id, entity.name, entity.type) == (
        new_entity("dbt", EntityType.SKILL, "en").entity_id,
        "dbt",
        EntityType.SKILL,
    )
    assert [(alias.entity_id, alias.text) for alias in changes.aliases] == [(entity.entity_id, "data build tool")]
    assert changes_of([wanted], KNOWN) == changes


def test_phrases_become_aliases_of_the_entity_that_they_are_merged_with() -> None:
    changes = changes_of([merge("skill_a", "aa", "A.A.")], KNOWN)
    assert {(alias.entity_id, alias.text, alias.kind) for alias in changes.aliases} == {
        ("skill_a", "aa", AliasKind.SYNONYM),
        ("skill_a", "A.A.", AliasKind.SYNONYM),
    }
    assert not changes.entities
    assert not changes.merges


def test_an_entity_is_kept_though_the_proposal_would_keep_a_phrase() -> None:
    changes = changes_of([merge("aa", "skill_b", "ab")], KNOWN)
    assert {(alias.entity_id, alias.text) for alias in changes.aliases} == {("skill_b", "aa"), ("skill_b", "ab")}


def test_phrases_alone_become_one_new_entity() -> None:
    changes = changes_of([merge("k8s", "kubernetes", type="skill")], KNOWN)
    (entity,) = changes.entities
    assert entity.name == "k8s"
    assert [(alias.entity_id, alias.text) for alias in changes.aliases] == [(entity.entity_id, "kubernetes")]


def test_what_is_excluded_stays_apart() -> None:
    changes = changes_of([merge("skill_a", "aa", "skill_b")], KNOWN, excluded=["skill_b"])
    assert not changes.merges
    with pytest.raises(InvalidError, match="nothing is left"):
        changes_of([merge("skill_a", "skill_b")], KNOWN, excluded=["skill_b"])


def test_chains_of_merges_end_at_one_entity_and_circles_are_refused() -> None:
    known = Known(dict.fromkeys("abcd", EntityType.SKILL))
    assert dict(changes_of([merge("b", "a"), merge("c", "b")], known).merges) == {"a": "c", "b": "c"}
    with pytest.raises(ConflictError, match="circle"):
        changes_of([merge("b", "a"), merge("a", "b")], known)
    with pytest.raises(ConflictError, match="would be merged into"):
        changes_of([merge("b", "a"), merge("c", "a")], known)


def test_entities_of_two_types_are_never_one() -> None:
    with pytest.raises(InvalidError, match="different types"):
        changes_of([merge("skill_a", "title_c")], KNOWN)


def test_parents_translations_marks_and_senses() -> None:
    changes = changes_of(
        [
            proposal(ProposalKind.PARENT, "skill_a", parent="skill_b"),
            proposal(ProposalKind.TRANSLATION, "skill_a", language="de", text="Ah"),
            proposal(ProposalKind.CLEAN_UP, "skill_b", reason="no letters"),
            proposal(ProposalKind.CLEAN_UP, "???", reason="no letters"),
            proposal(ProposalKind.SENSES, "spring", type="skill", senses=["java", "season"]),
        ],
        KNOWN,
    )
    assert changes.parents == (("skill_a", EntityRelation.BROADER, "skill_b"),)
    assert changes.marks == (("skill_b", "no letters"),)
    assert [(alias.text, alias.language, alias.kind) for alias in changes.aliases] == [
        ("Ah", "de", AliasKind.TRANSLATION)
    ]
    assert [(entity.name, entity.attributes) for entity in changes.entities] == [
        ("spring", (("company", "java"), ("sense", "java"))),
        ("spring", (("company", "season"), ("sense", "season"))),
    ]
    assert len({entity.entity_id for entity in changes.entities}) == 2


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (proposal(ProposalKind.NEW_ENTITY, "x", type="dinosaur"), "no type of entity"),
        (proposal(ProposalKind.PARENT, "skill_a", parent="skill_z"), "no entity 'skill_z'"),
        (proposal(ProposalKind.TRANSLATION, "skill_a", language="de"), "needs a text"),
        (proposal(ProposalKind.SENSES, "x", type="skill", senses=["one"]), "two senses"),
    ],
)
def test_what_cannot_come_true_says_why(wanted: Proposal, message: str) -> None:
    with pytest.raises(InvalidError, match=message):
        changes_of([wanted], KNOWN)


def test_every_term_that_may_be_an_entity_is_looked_up() -> None:
    assert terms_of([merge("a", "b", "c"), proposal(ProposalKind.PARENT, "d", parent="e")]) == set("abcde")


@given(st.floats(0, 1), st.integers(0, 9))
def test_a_proposal_is_the_same_whatever_its_confidence(confidence: float, members: int) -> None:
    one = Proposal(ProposalKind.MERGE, "a", {"keep": "a", "merge": ["b"]}, confidence, members, ("seen",))
    assert one.fingerprint == merge("a", "b").fingerprint
    assert one.fingerprint != merge("a", "c").fingerprint
