"""From proposals to versions and back."""

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import Connection, Engine

from core.database import transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from taxonomy.history import EntityChange, read_changes, roll_back
from taxonomy.model import Alias, AliasKind, EntityDraft, EntityRelation, EntityType, ParentRef, SourceId
from taxonomy.proposals.changes import new_entity
from taxonomy.proposals.deciding import Outcome, Verdict, decide
from taxonomy.proposals.model import Proposal, ProposalKind
from taxonomy.proposals.store import (
    ProposalFilter,
    count_proposals,
    list_proposals,
    read_cannot_links,
    read_proposal,
    write_proposals,
)
from taxonomy.publish import publish
from taxonomy.repository import current_version, list_versions, read_entity, read_snapshot

pytestmark = pytest.mark.integration


def draft(key: str, *aliases: str, parents: Sequence[str] = (), name: str | None = None) -> EntityDraft:
    return EntityDraft(
        EntityType.SKILL,
        name or key.upper(),
        "en",
        (SourceId("s", key),),
        tuple(Alias(alias, "en", AliasKind.SYNONYM, "s", 0.9) for alias in aliases),
        tuple(ParentRef(EntityRelation.BROADER, SourceId("s", parent)) for parent in parents),
    )


DRAFTS = (draft("a", "alpha"), draft("b", "beta", parents=("p",)), draft("c", parents=("b",)), draft("p"))
A, B, C, P = (one.entity_id for one in DRAFTS)
MERGE = Proposal(ProposalKind.MERGE, A, {"keep": A, "merge": [B, "alfa"]}, 0.97, 12, ("alfa and beta",))
NEW = Proposal(ProposalKind.NEW_ENTITY, "dbt", {"name": "dbt", "type": "skill"}, 0.8, 40)
PARENT = Proposal(ProposalKind.PARENT, A, {"parent": P}, 0.7, 3)
MARK = Proposal(ProposalKind.CLEAN_UP, C, {"reason": "no letters"}, 0.6, 1)
PERSON = Verdict(accept=True, decided_by="Ada", reason="clear")
NO = Verdict(accept=False, decided_by="Ada")


def no_impact(_connection: Connection, entity_ids: Sequence[str]) -> Mapping[str, int]:
    return {"entities_touched": len(entity_ids)}


@pytest.fixture
def proposed(engine: Engine) -> Engine:
    with transaction(engine) as connection:
        publish(connection, "s", DRAFTS)
        assert write_proposals(connection, "build-1", [MERGE, NEW, PARENT, MARK]) == (4, 4)
    return engine


def settle(engine: Engine, *proposals: Proposal, verdict: Verdict = PERSON, dry_run: bool = False) -> Outcome:
    wanted = ProposalFilter(status=None, fingerprints=tuple(one.fingerprint for one in proposals))
    with transaction(engine) as connection:
        return decide(connection, wanted, verdict, no_impact, dry_run=dry_run)


def changes(engine: Engine, since: int, until: int | None = None) -> dict[str, EntityChange]:
    with engine.connect() as connection:
        return {change.entity_id: change for change in read_changes(connection, since, until)}


def content(engine: Engine, version: int) -> dict[str, object]:
    with engine.connect() as connection:
        entities = read_snapshot(connection, version).entities
    return {
        one.entity_id: (one.name, one.attributes, {a.text for a in one.aliases}, set(one.parents)) for one in entities
    }


def test_an_accepted_batch_is_one_version_in_which_the_merged_id_answers(proposed: Engine) -> None:
    outcome = settle(proposed, MERGE, NEW, PARENT)
    assert outcome.version == 2
    assert outcome.changelog["entities_merged"] == 1
    with proposed.connect() as connection:
        kept = read_entity(connection, B)
        assert kept.entity_id == A
        assert {alias.text for alias in kept.aliases} == {"A", "B", "alpha", "beta", "alfa"}
        assert {source_id.value for source_id in kept.source_ids} == {"a", "b"}
        assert [alias.confidence for alias in kept.aliases if alias.text == "alfa"] == [1.0]
        assert set(kept.parents) == {(EntityRelation.BROADER, P)}
        assert read_entity(connection, C).parents == ((EntityRelation.BROADER, A),)
        assert read_entity(connection, B, version=1).entity_id == B
        assert read_entity(connection, new_entity("dbt", EntityType.SKILL, "en").entity_id).name == "dbt"
        assert list_versions(connection)[-1].changelog["entities_touched"] == 3
        snapshot = read_snapshot(connection)
        assert {source_id.value for one in snapshot.entities if one.entity_id == A for source_id in one.source_ids} == {
            "a",
            "b",
        }


def test_a_dry_run_counts_the_same_and_changes_nothing(proposed: Engine) -> None:
    dry = settle(proposed, MERGE, NEW, dry_run=True)
    with proposed.connect() as connection:
        assert current_version(connection) == 1
        assert count_proposals(connection, ProposalFilter()) == {
            (kind, "open"): 1 for kind in ("merge", "new_entity", "parent", "clean_up")
        }
    wet = settle(proposed, MERGE, NEW)
    assert (dry.changelog, dry.touched, dry.version) == (wet.changelog, wet.touched, None)


def test_a_decision_is_kept_with_who_and_why_and_is_made_once(proposed: Engine) -> None:
    settle(proposed, NEW)
    with proposed.connect() as connection:
        stored = read_proposal(connection, NEW.fingerprint[:8])
        (decision,) = stored.decisions
        assert (stored.status, decision.decided_by, decision.reason, decision.taxonomy_version) == (
            "accepted",
            "Ada",
            "clear",
            2,
        )
    with pytest.raises(ConflictError, match="decided already"):
        settle(proposed, NEW, verdict=NO)
    with pytest.raises(InvalidError, match="name of who"):
        settle(proposed, PARENT, verdict=Verdict(accept=True, decided_by=" "))
    with pytest.raises(NotFoundError, match="no such proposal"):
        settle(proposed, Proposal(ProposalKind.NEW_ENTITY, "x", {}, 0.5, 1))


def test_a_declined_proposal_never_returns_and_its_pairs_stay_apart(proposed: Engine) -> None:
    assert settle(proposed, MERGE, verdict=NO).version is None
    with transaction(proposed) as connection:
        surer = Proposal(MERGE.kind, MERGE.subject, MERGE.identity, 0.99, 99)
        assert write_proposals(connection, "build-2", [surer, NEW]) == (2, 0)
        assert MERGE.fingerprint not in {one.fingerprint for one in list_proposals(connection, ProposalFilter())}
        assert read_proposal(connection, MERGE.fingerprint).proposal.confidence == pytest.approx(0.97)
        assert read_cannot_links(connection) == {tuple(sorted(pair)) for pair in ((A, B), (A, "alfa"), (B, "alfa"))}


def test_a_split_accepts_the_rest_and_keeps_what_was_taken_out_apart(proposed: Engine) -> None:
    settle(proposed, MERGE, verdict=Verdict(accept=True, decided_by="Ada", excluded=(B,)))
    with proposed.connect() as connection:
        assert read_entity(connection, B).entity_id == B
        assert "alfa" in {alias.text for alias in read_entity(connection, A).aliases}
        assert read_cannot_links(connection) == {tuple(sorted(pair)) for pair in ((A, B), (B, "alfa"))}


def test_an_import_after_a_decision_changes_nothing_that_was_decided(proposed: Engine) -> None:
    settle(proposed, MERGE, PARENT, MARK)
    before = content(proposed, 2)
    with transaction(proposed) as connection:
        report = publish(connection, "s", DRAFTS)
    assert report.version is None
    with transaction(proposed) as connection:
        publish(connection, "s", [*DRAFTS[:1], draft("b", "beta", "bet", parents=("p",)), *DRAFTS[2:]])
    after = content(proposed, 3)
    assert {one for one in before if before[one] != after[one]} == {A}
    assert after.keys() == before.keys()


def test_what_changed_is_told_by_kind(proposed: Engine) -> None:
    settle(proposed, MERGE, NEW, MARK)
    found = changes(proposed, 1)
    assert {one: change.kinds for one, change in found.items()} == {
        A: ("re-parented", "aliases"),
        B: ("merged",),
        C: ("marked", "re-parented"),
        new_entity("dbt", EntityType.SKILL, "en").entity_id: ("added",),
    }
    assert found[B].into == A
    assert found[A].aliases_added == ("B [en]", "alfa [en]", "beta [en]")
    with transaction(proposed) as connection:
        publish(connection, "s", [draft("a", "alpha", name="A2"), *DRAFTS[1:3]])
    later = changes(proposed, 2)
    assert later[A].kinds == ("renamed", "aliases")
    assert later[A].former_name == "A"
    assert later[P].kinds == ("retired",)
    assert set(changes(proposed, 0, 1)) == {A, B, C, P}
    with proposed.connect() as connection:
        pages: list[EntityChange] = []
        while page := read_changes(connection, 0, after=pages[-1].entity_id if pages else "", limit=1):
            pages += page
        assert [change.entity_id for change in pages] == sorted(change.entity_id for change in pages)
        assert len(pages) == 3
        with pytest.raises(InvalidError, match="comes before"):
            read_changes(connection, 3, 2)


def test_a_rollback_is_a_new_version_with_the_old_content(proposed: Engine) -> None:
    settle(proposed, MERGE, NEW, MARK)
    with transaction(proposed) as connection:
        assert roll_back(connection, 1, decided_by="Bo", reason="too early") == 3
    assert content(proposed, 3) == content(proposed, 1)
    with proposed.connect() as connection:
        assert read_entity(connection, B).entity_id == B
        assert read_entity(connection, B, version=2).entity_id == A
        stored = read_proposal(connection, MERGE.fingerprint)
        assert (stored.status, stored.decisions[-1].decided_by) == ("rolled_back", "Bo")
    with pytest.raises(ConflictError, match="says what version 1 says"), transaction(proposed) as connection:
        roll_back(connection, 1, decided_by="Bo", reason="again")
    with transaction(proposed) as connection:
        assert roll_back(connection, 2, decided_by="Bo", reason="was right") == 4
    assert content(proposed, 4) == content(proposed, 2)
    with proposed.connect() as connection:
        assert read_entity(connection, B).entity_id == A


def test_a_decision_that_fails_leaves_nothing_behind(proposed: Engine) -> None:
    wrong = Proposal(ProposalKind.PARENT, A, {"parent": "skill_nobody"}, 0.9, 1)
    with transaction(proposed) as connection:
        write_proposals(connection, "build-1", [wrong])
    with pytest.raises(InvalidError, match="skill_nobody"):
        settle(proposed, NEW, wrong)
    with proposed.connect() as connection:
        assert current_version(connection) == 1
        assert read_proposal(connection, NEW.fingerprint).status == "open"


def test_an_entity_answers_for_all_that_was_merged_into_it_however_many_merges_ago(proposed: Engine) -> None:
    settle(proposed, MERGE)
    onward = Proposal(ProposalKind.MERGE, C, {"keep": C, "merge": [A]}, 0.9, 1)
    with transaction(proposed) as connection:
        write_proposals(connection, "build-2", [onward])
    settle(proposed, onward)
    with proposed.connect() as connection:
        last, before = read_entity(connection, B), read_entity(connection, B, version=2)
        assert (last.entity_id, before.entity_id) == (C, A)
        assert {source_id.value for source_id in last.source_ids} == {"a", "b", "c"}
        assert {source_id.value for source_id in before.source_ids} == {"a", "b"}
