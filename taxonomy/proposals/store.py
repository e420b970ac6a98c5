"""Proposals in PostgreSQL: written by builds, listed for people, kept with every decision on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

from core.database import copy_rows
from core.errors import NotFoundError
from taxonomy.proposals.model import MAX_SNIPPET_CHARACTERS, MAX_SNIPPETS, Proposal, ProposalKind

OPEN, ACCEPTED, DECLINED, ROLLED_BACK = "open", "accepted", "declined", "rolled_back"
STATUSES = (OPEN, ACCEPTED, DECLINED, ROLLED_BACK)

_COLUMNS = (
    "fingerprint",
    "kind",
    "subject",
    "identity",
    "details",
    "snippets",
    "confidence",
    "members_affected",
    "build_key",
)
_SELECT = """SELECT fingerprint, kind, subject, identity, details, snippets, confidence, members_affected, status,
                    build_key, created_at, updated_at FROM proposal"""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided on a proposal, when, why, and in which version it became true."""

    status: str
    decided_by: str
    reason: str
    excluded: tuple[str, ...]
    taxonomy_version: int | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """A proposal as it stands."""

    proposal: Proposal
    fingerprint: str
    status: str
    build_key: str
    created_at: datetime
    updated_at: datetime
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Which proposals are meant: every condition that is given holds; `text` stands in the subject."""

    kinds: tuple[ProposalKind, ...] = ()
    status: str | None = OPEN
    min_confidence: float = 0.0
    min_members: int = 0
    text: str | None = None
    fingerprints: tuple[str, ...] = field(default=())


def write_proposals(connection: Connection, build_key: str, proposals: Iterable[Proposal]) -> tuple[int, int]:
    """Write what a build suggests; return how many it suggested, and how many of these nobody had suggested before.

    What was decided stays decided. An open proposal takes the newest confidence and evidence.
    """
    connection.execute(text("CREATE TEMPORARY TABLE suggested (LIKE proposal INCLUDING DEFAULTS) ON COMMIT DROP"))
    unique = {proposal.fingerprint: proposal for proposal in proposals}
    copy_rows(
        connection,
        "suggested",
        _COLUMNS,
        (
            (
                fingerprint,
                one.kind,
                one.subject,
                orjson.dumps(dict(one.identity)).decode(),
                orjson.dumps(dict(one.details)).decode(),
                [snippet[:MAX_SNIPPET_CHARACTERS] for snippet in one.snippets[:MAX_SNIPPETS]],
                one.confidence,
                one.members_affected,
                build_key,
            )
            for fingerprint, one in unique.items()
        ),
    )
    names = ", ".join(_COLUMNS)
    before = connection.execute(
        text("SELECT count(*) FROM suggested s JOIN proposal p ON p.fingerprint = s.fingerprint")
    ).scalar_one()
    connection.execute(
        text(f"""
        INSERT INTO proposal AS p ({names}) SELECT {names} FROM suggested ORDER BY fingerprint
        ON CONFLICT (fingerprint) DO UPDATE SET details = excluded.details, snippets = excluded.snippets,
            confidence = excluded.confidence, members_affected = excluded.members_affected,
            build_key = excluded.build_key, updated_at = now()
        WHERE p.status = 'open' AND (p.confidence, p.members_affected, p.build_key)
            IS DISTINCT FROM (excluded.confidence, excluded.members_affected, excluded.build_key)""")
    )
    connection.execute(text("DROP TABLE suggested"))
    return len(unique), len(unique) - int(before)


def list_proposals(connection: Connection, wanted: ProposalFilter, *, limit: int = 50) -> list[StoredProposal]:
    """Return proposals, the surest of those that touch most members first: by confidence times log of members."""
    where, parameters = _conditions(wanted)
    rows = connection.execute(
        text(f"""{_SELECT} WHERE {where}
                 ORDER BY confidence * ln(2 + members_affected) DESC, members_affected DESC, fingerprint
                 LIMIT :limit"""),
        parameters | {"limit": limit},
    )
    return [_stored(row) for row in rows]


def count_proposals(connection: Connection, wanted: ProposalFilter) -> dict[tuple[str, str], int]:
    """Return how many proposals there are by kind and status."""
    where, parameters = _conditions(wanted)
    rows = connection.execute(
        text(f"SELECT kind, status, count(*) AS number FROM proposal WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2"),
        parameters,
    )
    return {(row.kind, row.status): row.number for row in rows}


def read_proposal(connection: Connection, fingerprint: str) -> StoredProposal:
    """Return one proposal with its decisions; the start of a fingerprint will do where it is the only one.

    Raises:
        NotFoundError: where there is none, or more than one.
    """
    rows = connection.execute(
        text(f"{_SELECT} WHERE starts_with(fingerprint, :f) ORDER BY fingerprint LIMIT 2"), {"f": fingerprint}
    ).all()
    if len(rows) != 1 or not fingerprint:
        raise NotFoundError(f"{'more than one' if rows else 'no'} proposal starts with {fingerprint!r}")
    decisions = connection.execute(
        text("SELECT * FROM proposal_decision WHERE fingerprint = :f ORDER BY decision_id"),
        {"f": rows[0].fingerprint},
    )
    made = tuple(
        Decision(row.status, row.decided_by, row.reason, tuple(row.excluded), row.taxonomy_version, row.decided_at)
        for row in decisions
    )
    return _stored(rows[0], made)


def accepted_builds(connection: Connection, kind: ProposalKind, *, most: int) -> list[str]:
    """Return the keys of the builds of which proposals of a kind were accepted, the newest decision first."""
    rows = connection.execute(
        text("""SELECT build_key FROM proposal WHERE kind = :kind AND status = 'accepted'
                GROUP BY build_key ORDER BY max(updated_at) DESC, build_key LIMIT :most"""),
        {"kind": kind, "most": most},
    )
    return [row.build_key for row in rows]


def lock_proposals(connection: Connection, wanted: ProposalFilter) -> list[StoredProposal]:
    """Return proposals in the order of their fingerprints, locked until the end of the transaction."""
    where, parameters = _conditions(wanted)
    rows = connection.execute(text(f"{_SELECT} WHERE {where} ORDER BY fingerprint FOR UPDATE"), parameters)
    return [_stored(row) for row in rows]


def read_cannot_links(connection: Connection) -> set[tuple[str, str]]:
    """Return all pairs that a person said are not the same."""
    return {(row.one, row.other) for row in connection.execute(text("SELECT one, other FROM cannot_link"))}


def _conditions(wanted: ProposalFilter) -> tuple[str, dict[str, object]]:
    where = ["confidence >= CAST(:min_confidence AS real)", "members_affected >= :min_members"]
    parameters: dict[str, object] = {"min_confidence": wanted.min_confidence, "min_members": wanted.min_members}
    given: Sequence[tuple[str, str, object]] = (
        ("kind = ANY(:kinds)", "kinds", list(wanted.kinds)),
        ("status = :status", "status", wanted.status),
        ("strpos(lower(subject), lower(:text)) > 0", "text", wanted.text),
        ("fingerprint = ANY(:fingerprints)", "fingerprints", list(wanted.fingerprints)),
    )
    for condition, name, value in given:
        if value:
            where.append(condition)
            parameters[name] = value
    return " AND ".join(where), parameters


def _stored(row: Any, decisions: tuple[Decision, ...] = ()) -> StoredProposal:  # noqa: ANN401 - a row of SQLAlchemy
    return StoredProposal(
        Proposal(
            ProposalKind(row.kind),
            row.subject,
            row.identity,
            round(row.confidence, 4),
            row.members_affected,
            tuple(row.snippets),
            row.details,
        ),
        row.fingerprint,
        row.status,
        row.build_key,
        row.created_at,
        row.updated_at,
        decisions,
    )
