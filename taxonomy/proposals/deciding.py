"""Deciding on proposals: one function for the command line, the API and the review pages.

Accepting a batch publishes one version. A dry run does all of it and takes it back, so its counts are what would be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from sqlalchemy import Connection, text

from core.errors import ConflictError, InvalidError, NotFoundError
from taxonomy.model import EntityType
from taxonomy.proposals.apply import apply_changes
from taxonomy.proposals.changes import SOURCE, Changes, Known, changes_of, merged_terms, terms_of
from taxonomy.proposals.model import Proposal, ProposalKind
from taxonomy.proposals.store import ACCEPTED, DECLINED, OPEN, ProposalFilter, StoredProposal, lock_proposals
from taxonomy.versions import announce, lock_publication, new_version

MAX_BATCH: Final = 20_000
"""Proposals that are decided at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of proposals: accept or decline them, who and why; `excluded` is taken out of merges."""

    accept: bool
    decided_by: str
    reason: str = ""
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision did, or would do: the proposals, the version that it made, its changelog, what it touched.

    `merged` are the entities that end; `members_proposed` is the sum of what the builds counted.
    """

    fingerprints: tuple[str, ...]
    version: int | None
    changelog: dict[str, int]
    touched: tuple[str, ...]
    merged: tuple[str, ...]
    members_proposed: int


CountImpact = Callable[[Connection, Sequence[str]], Mapping[str, int]]
"""From the ids of entities to counts of what hangs on them, by name: `members_affected`, `edges_affected`."""


def decide(
    connection: Connection,
    wanted: ProposalFilter,
    verdict: Verdict,
    count_impact: CountImpact,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Accept or decline proposals inside the caller's transaction.

    Raises:
        NotFoundError: where no proposal is meant.
        ConflictError: where one was decided already, or two contradict each other.
        InvalidError: where one cannot come true, or nobody is named who decides.
    """
    if not verdict.decided_by.strip():
        raise InvalidError("a decision needs the name of who decides")
    lock_publication(connection)
    chosen = lock_proposals(connection, wanted)
    _check(chosen, wanted)
    proposals = [one.proposal for one in chosen]
    changes = _changes(connection, proposals, verdict) if verdict.accept else Changes()
    savepoint = connection.begin_nested()
    version, changelog = _publish(connection, changes, count_impact) if changes else (None, {})
    outcome = Outcome(
        fingerprints=tuple(one.fingerprint for one in chosen),
        version=None if dry_run else version,
        changelog=changelog,
        touched=changes.touched,
        merged=tuple(entity_id for entity_id, _ in changes.merges),
        members_proposed=sum(one.members_affected for one in proposals),
    )
    if dry_run:
        savepoint.rollback()
        return outcome
    savepoint.commit()
    _record(connection, outcome, verdict)
    _keep_apart(connection, proposals, verdict)
    return outcome


def _check(chosen: Sequence[StoredProposal], wanted: ProposalFilter) -> None:
    """See that all that is meant can be decided."""
    if not chosen:
        raise NotFoundError("no such proposal: see `canonym taxonomy proposals list`")
    missing = sorted(set(wanted.fingerprints) - {one.fingerprint for one in chosen})
    if missing:
        raise NotFoundError(f"no proposal {', '.join(missing[:5])}")
    decided = [f"{one.fingerprint} ({one.status})" for one in chosen if one.status != OPEN]
    if decided:
        raise ConflictError(f"decided already: {', '.join(decided[:5])}")
    if len(chosen) > MAX_BATCH:
        raise InvalidError(f"{len(chosen):,} proposals at once are too many: narrow it to {MAX_BATCH:,}")


def _changes(connection: Connection, proposals: Sequence[Proposal], verdict: Verdict) -> Changes:
    terms = sorted(terms_of(proposals))
    rows = connection.execute(
        text("SELECT entity_id, type FROM entity WHERE entity_id = ANY(:terms) AND until_version IS NULL"),
        {"terms": terms},
    )
    known = Known({row.entity_id: EntityType(row.type) for row in rows})
    return changes_of(proposals, known, excluded=verdict.excluded)


def _publish(connection: Connection, changes: Changes, count_impact: CountImpact) -> tuple[int | None, dict[str, int]]:
    """Publish the changes as a version; none where all of them are true already."""
    savepoint = connection.begin_nested()
    version = new_version(connection, SOURCE)
    changelog = apply_changes(connection, version, changes)
    if not any(changelog.values()):
        savepoint.rollback()
        return None, changelog
    changelog |= count_impact(connection, changes.touched)
    announce(connection, version, SOURCE, changelog)
    savepoint.commit()
    return version, changelog


def _record(connection: Connection, outcome: Outcome, verdict: Verdict) -> None:
    """Append the decision to each proposal."""
    status = ACCEPTED if verdict.accept else DECLINED
    ids = list(outcome.fingerprints)
    connection.execute(
        text("UPDATE proposal SET status = :status, updated_at = now() WHERE fingerprint = ANY(:ids)"),
        {"status": status, "ids": ids},
    )
    connection.execute(
        text("""INSERT INTO proposal_decision (fingerprint, status, decided_by, reason, excluded, taxonomy_version)
                SELECT one, :status, :who, :why, :excluded, :version FROM unnest(CAST(:ids AS text[])) AS one"""),
        {
            "status": status,
            "who": verdict.decided_by,
            "why": verdict.reason,
            "excluded": list(verdict.excluded),
            "version": outcome.version,
            "ids": ids,
        },
    )


def _keep_apart(connection: Connection, proposals: Sequence[Proposal], verdict: Verdict) -> None:
    """Remember which pairs are not the same: all of a declined merge, and what was taken out of an accepted one."""
    pairs: set[tuple[str, str]] = set()
    for proposal in proposals:
        if proposal.kind is not ProposalKind.MERGE:
            continue
        for one, other in combinations(sorted(merged_terms(proposal)), 2):
            if not verdict.accept or (one in verdict.excluded) != (other in verdict.excluded):
                pairs.add((one, other))
    for one, other in sorted(pairs):
        connection.execute(
            text("""INSERT INTO cannot_link (one, other, decided_by) VALUES (:one, :other, :who)
                    ON CONFLICT DO NOTHING"""),
            {"one": one, "other": other, "who": verdict.decided_by},
        )
