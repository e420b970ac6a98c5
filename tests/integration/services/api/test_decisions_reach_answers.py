"""From a proposal to an answer: without a restart, beside the former version, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from classifiers.standardize.model import Query
from classifiers.standardize.standardizer import Standardizer
from classifiers.standardize.store import open_standardizer
from core.database import engine_for, transaction
from graph.encoding import subject_update
from graph.impact import count_impact
from graph.model import Edge, EdgeStatus, Inference, SubjectKind
from graph.writer import Versions, write_subjects
from migrations.run import upgrade
from services.api.source import CurrentStandardizer
from taxonomy.history import roll_back
from taxonomy.model import EntityDraft, EntityType, SourceId
from taxonomy.proposals.deciding import Outcome, Verdict, decide
from taxonomy.proposals.model import Proposal, ProposalKind
from taxonomy.proposals.store import ProposalFilter, write_proposals
from taxonomy.publish import publish

pytestmark = pytest.mark.integration

DRAFTS = [
    EntityDraft(EntityType.SKILL, name, "en", (SourceId("s", name),))
    for name in ("kubernetes", "k8s", "welding", "bookkeeping")
]
KUBERNETES, K8S, *_ = (draft.entity_id for draft in DRAFTS)
PROPOSALS = [
    Proposal(ProposalKind.MERGE, KUBERNETES, {"keep": KUBERNETES, "merge": [K8S, "kube"]}, 0.98, 7),
    Proposal(ProposalKind.NEW_ENTITY, "dbt", {"name": "dbt"}, 0.9, 5, (), {"type": "skill", "written": "dbt"}),
]


@pytest.fixture
def own_engine(empty_database_url: str) -> Iterator[Engine]:
    engine = engine_for(empty_database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def entity_of(standardizer: Standardizer, skill: str) -> str | None:
    mentions = standardizer.standardize(Query(skill, EntityType.SKILL)).mentions
    linked = [mention for mention in mentions if standardizer.is_linked(mention)]
    return linked[0].candidates[0].entity_id if linked else None


def settle(engine: Engine, *, dry_run: bool) -> Outcome:
    with transaction(engine) as connection:
        wanted = ProposalFilter(min_confidence=0.5)
        return decide(connection, wanted, Verdict(accept=True, decided_by="Ada"), count_impact, dry_run=dry_run)


def test_a_decision_reaches_answers_without_a_restart_and_a_rollback_takes_it_back(
    own_engine: Engine, tmp_path: Path
) -> None:
    with transaction(own_engine) as connection:
        publish(connection, "s", DRAFTS)
        write_proposals(connection, "build", PROPOSALS)
        edge = Edge("member-skill", K8S, EdgeStatus.INFERRED, 0.9, "skills", "k8s")
        write_subjects(
            connection,
            SubjectKind.MEMBER,
            [subject_update(member, 1, f"e-{member}", b"{}", Inference((edge,), {})) for member in ("m1", "m2")],
            Versions(1, "1"),
        )
    source = CurrentStandardizer(own_engine, lambda version: open_standardizer(own_engine, tmp_path, version=version))
    source.refresh()
    before = source.current()
    assert (entity_of(before, "k8s"), entity_of(before, "dbt")) == (K8S, None)

    dry = settle(own_engine, dry_run=True)
    assert (dry.version, dry.changelog["members_affected"], dry.changelog["edges_affected"]) == (None, 2, 2)
    source.refresh()
    assert source.current() is before

    assert settle(own_engine, dry_run=False).version == 2
    source.refresh()
    now = source.current()
    assert now.taxonomy.version == 2
    assert {entity_of(now, text) for text in ("k8s", "kube", "kubernetes")} == {KUBERNETES}
    assert entity_of(now, "dbt") is not None
    again = open_standardizer(own_engine, tmp_path, version=1)
    assert (entity_of(again, "k8s"), entity_of(again, "dbt")) == (K8S, None)

    with transaction(own_engine) as connection:
        assert roll_back(connection, 1, decided_by="Ada", reason="too early") == 3
    source.refresh()
    assert (entity_of(source.current(), "k8s"), entity_of(source.current(), "dbt")) == (K8S, None)
    with transaction(own_engine) as connection:
        assert write_proposals(connection, "next build", PROPOSALS) == (2, 0)
