"""What the stored documents leave unresolved becomes proposals, ranked by the members that it concerns."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from classifiers.standardize.store import open_standardizer
from core.database import transaction
from graph.encoding import SubjectUpdate, subject_update
from graph.model import Inference, SubjectKind
from graph.reader import read_documents
from graph.writer import Versions, write_subjects
from services.cli.mentions import live_mentions
from taxonomy.building.candidates import new_entities
from taxonomy.building.model import BuildInput, BuildPolicy
from taxonomy.building.run import run_build
from taxonomy.building.steps import STEPS
from taxonomy.candidates.mentions import Mention
from taxonomy.model import Alias, AliasKind, EntityDraft, EntityType, SourceId
from taxonomy.proposals.model import ProposalKind
from taxonomy.proposals.store import ProposalFilter, list_proposals
from taxonomy.publish import publish
from taxonomy.repository import read_snapshot

pytestmark = pytest.mark.integration

KNOWN = ("Python", "Welding", "Bookkeeping", "Nursing Care", "Negotiation")


def drafts() -> Iterator[EntityDraft]:
    for name in KNOWN:
        source = SourceId("test", name)
        yield EntityDraft(
            EntityType.SKILL, name, "en", (source,), (Alias(name, "en", AliasKind.CANONICAL, "test", 1.0),)
        )


def stored(number: int, document: str | None) -> SubjectUpdate:
    content = None if document is None else document.encode()
    return subject_update(f"s{number}", 1, f"e{number}", content, Inference((), {}))


@pytest.fixture
def world(engine: Engine) -> Engine:
    """Nine members and two jobs want something that the taxonomy lacks, one member is gone, many know Python."""
    with transaction(engine) as connection:
        publish(connection, "test", drafts())
        members = [stored(n, '{"skills": ["Python", "Zxqv Wrangling"]}') for n in range(9)]
        members += [stored(n, '{"skills": ["python", "Welding"]}') for n in range(9, 30)]
        members += [stored(30, '{"skills": ["Qwvx Tuning"]}'), stored(31, None)]
        write_subjects(connection, SubjectKind.MEMBER, members, Versions(1, "m"))
        jobs = [stored(n, '{"title": "", "skills": ["zxqv wrangling"]}') for n in range(2)]
        write_subjects(connection, SubjectKind.JOB, jobs, Versions(1, "m"))
    return engine


def test_unresolved_values_of_stored_documents_are_proposed(world: Engine, data_dir: Path, tmp_path: Path) -> None:
    standardizer = open_standardizer(world, data_dir)
    mentions = live_mentions(world, standardizer, quiet=True)
    assert mentions == [
        Mention("Zxqv Wrangling", 11, EntityType.SKILL),
        Mention("Qwvx Tuning", 1, EntityType.SKILL),
    ]
    with world.connect() as connection:
        assert sum(1 for _ in read_documents(connection, SubjectKind.MEMBER, at_once=7)) == 31
        snapshot = read_snapshot(connection, None)
    build = BuildInput(list, snapshot, BuildPolicy(), date(2026, 1, 1), tmp_path / "work", mentions=mentions)
    assert [one.subject for one in new_entities(build)] == ["zxqv wrangling"]
    run_build(world, "key", build, [step for step in STEPS if step.name == "candidates"])
    with world.connect() as connection:
        (found,) = list_proposals(connection, ProposalFilter(kinds=(ProposalKind.NEW_ENTITY,)))
    assert (found.proposal.subject, found.proposal.members_affected) == ("zxqv wrangling", 11)
    assert found.proposal.details["type"] == "skill"
    assert found.proposal.details["written"] == "Zxqv Wrangling"
    assert found.proposal.snippets == ("skills: Zxqv Wrangling",)
