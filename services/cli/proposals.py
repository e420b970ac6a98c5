"""`canonym taxonomy proposals`: look at what builds suggest, and decide."""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from core.database import transaction
from core.errors import InvalidError, NotFoundError
from core.settings import Settings
from graph.impact import count_impact
from services.cli.session import open_session, reading
from services.cli.terminal import print_json, steps
from taxonomy.proposals.changes import terms_of
from taxonomy.proposals.deciding import Outcome, Verdict, decide
from taxonomy.proposals.model import ProposalKind
from taxonomy.proposals.store import (
    OPEN,
    STATUSES,
    ProposalFilter,
    StoredProposal,
    count_proposals,
    list_proposals,
    read_proposal,
)
from taxonomy.repository import current_version, read_names

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "What builds suggest, and what people decide.\n\n"
        "`list` shows the open ones, the best first; `show ID` one with its evidence. Decide by "
        "id (its first digits will do) or by filter; `--dry-run` counts what would change. A batch of accepted "
        "proposals is one version of the taxonomy."
    ),
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Kinds = Annotated[list[ProposalKind] | None, typer.Option("--kind", help="Of this kind only; may be repeated.")]
MinConfidence = Annotated[float, typer.Option("--min-confidence", min=0, max=1, help="From this confidence on.")]
MinMembers = Annotated[int, typer.Option("--min-members", min=0, help="That touch so many members at least.")]
Text = Annotated[str | None, typer.Option("--text", help="With this in the subject.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of proposals; the first digits of each will do.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=20_000, help="So many at most.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides; the user of this machine by default.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what would change, and change nothing.")]


@app.command("list")
def list_(
    kinds: Kinds = None,
    status: Annotated[str, typer.Option("--status", help=f"One of {', '.join(STATUSES)}, or all.")] = OPEN,
    min_confidence: MinConfidence = 0.0,
    min_members: MinMembers = 0,
    text: Text = None,
    limit: Limit = 30,
    as_json: AsJson = False,
) -> None:
    """List proposals, the surest of those that touch most members first, and how many there are in all."""
    if status not in (*STATUSES, "all"):
        raise InvalidError(f"no status {status!r}; there are {', '.join(STATUSES)} and all")
    wanted = ProposalFilter(tuple(kinds or ()), None if status == "all" else status, min_confidence, min_members, text)
    with reading() as connection:
        found = list_proposals(connection, wanted, limit=limit)
        counts = count_proposals(connection, wanted)
        names = _names(connection, found)
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    table = Table("id", "kind", "subject", "proposed", "confidence", "members", "status")
    for one in found:
        proposal = one.proposal
        table.add_row(
            one.fingerprint[:8],
            proposal.kind,
            names.get(proposal.subject, proposal.subject),
            _proposed(one, names),
            f"{proposal.confidence:.2f}",
            f"{proposal.members_affected:,}",
            one.status,
        )
    console = Console()
    console.print(table)
    console.print(
        ", ".join(f"{number:,} {kind} {state}" for (kind, state), number in counts.items()) or "none", highlight=False
    )


@app.command()
def show(fingerprint: Annotated[str, typer.Argument(help="Id of a proposal.")], as_json: AsJson = False) -> None:
    """Show a proposal with its evidence, what speaks for it, and every decision on it."""
    with reading() as connection:
        found = read_proposal(connection, fingerprint)
        names = _names(connection, [found])
    if as_json:
        print_json(_as_json(found))
        return
    console = Console()
    proposal = found.proposal
    subject = names.get(proposal.subject, proposal.subject)
    console.print(f"[bold]{subject}[/bold]  {proposal.kind}  {found.status}  {found.fingerprint}")
    console.print(f"  {_proposed(found, names)}", markup=False, highlight=False)
    console.print(
        f"  confidence {proposal.confidence:.3f}, {proposal.members_affected:,} members, build {found.build_key[:12]}",
        highlight=False,
    )
    for name, value in proposal.details.items():
        console.print(f"  {name}: {value}", markup=False, highlight=False)
    for snippet in proposal.snippets:
        console.print(f"  « {snippet} »", markup=False, highlight=False)
    for one in found.decisions:
        version = f", version {one.taxonomy_version}" if one.taxonomy_version else ""
        reason = f": {one.reason}" if one.reason else ""
        console.print(
            f"  {one.status} by {one.decided_by} at {one.decided_at:%Y-%m-%d %H:%M}{version}{reason}",
            markup=False,
            highlight=False,
        )


@app.command()
def accept(
    ids: Ids = None,
    kinds: Kinds = None,
    min_confidence: MinConfidence = 0.0,
    min_members: MinMembers = 0,
    text: Text = None,
    limit: Limit = 1_000,
    by: By = None,
    reason: Why = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Accept proposals, by id or by filter; they become one new version with confidence 1.0."""
    chosen = _Choice(ids, kinds, min_confidence, min_members, text, limit)
    _decide(chosen, Verdict(accept=True, decided_by=by or getpass.getuser(), reason=reason), dry_run, as_json)


@app.command()
def decline(
    ids: Ids = None,
    kinds: Kinds = None,
    min_confidence: MinConfidence = 0.0,
    min_members: MinMembers = 0,
    text: Text = None,
    limit: Limit = 1_000,
    by: By = None,
    reason: Why = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decline proposals, by id or by filter; they never come back, and declined merges keep their members apart."""
    chosen = _Choice(ids, kinds, min_confidence, min_members, text, limit)
    _decide(chosen, Verdict(accept=False, decided_by=by or getpass.getuser(), reason=reason), dry_run, as_json)


@app.command()
def split(
    fingerprint: Annotated[str, typer.Argument(help="Id of a proposed merge.")],
    without: Annotated[list[str], typer.Option("--without", help="What stays apart; may be repeated.")],
    by: By = None,
    reason: Why = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Accept a merge without some of its members; these are never proposed as the same again."""
    verdict = Verdict(accept=True, decided_by=by or getpass.getuser(), reason=reason, excluded=tuple(without))
    _decide(_Choice([fingerprint], None, 0.0, 0, None, 1), verdict, dry_run, as_json)


class _Choice:
    """What a command names: ids, or a filter, never everything by accident."""

    def __init__(
        self,
        ids: list[str] | None,
        kinds: list[ProposalKind] | None,
        min_confidence: float,
        min_members: int,
        text: str | None,
        limit: int,
    ) -> None:
        self.ids = ids or []
        self.filter = ProposalFilter(tuple(kinds or ()), OPEN, min_confidence, min_members, text)
        self.limit = limit
        if not self.ids and self.filter == ProposalFilter():
            raise InvalidError("name proposals by their ids, or say which with --kind, --min-confidence or --text")


def _decide(choice: _Choice, verdict: Verdict, dry_run: bool, as_json: bool) -> None:
    with (
        steps(quiet=as_json) as progress,
        open_session(Settings(), progress, kafka=False) as session,
        transaction(session.engine) as connection,
    ):
        if choice.ids:
            fingerprints = [read_proposal(connection, one).fingerprint for one in choice.ids]
        else:
            found = list_proposals(connection, choice.filter, limit=choice.limit)
            fingerprints = [one.fingerprint for one in found]
        if not fingerprints:
            raise NotFoundError("no open proposal is like that: see `canonym taxonomy proposals list`")
        wanted = ProposalFilter(status=None, fingerprints=tuple(fingerprints))
        outcome = decide(connection, wanted, verdict, count_impact, dry_run=dry_run)
    if as_json:
        print_json(asdict(outcome) | {"dry_run": dry_run})
    else:
        _print_outcome(outcome, verdict, dry_run=dry_run)


def _print_outcome(outcome: Outcome, verdict: Verdict, *, dry_run: bool) -> None:
    console = Console()
    number, verb = len(outcome.fingerprints), "accepted" if verdict.accept else "declined"
    if dry_run:
        console.print(f"{number:,} proposals would be {verb}; nothing was changed", highlight=False)
    elif outcome.version is None:
        console.print(f"{number:,} proposals {verb}; the taxonomy stays as it is", highlight=False)
    else:
        console.print(f"{number:,} proposals {verb}: taxonomy version {outcome.version}", highlight=False)
    for name, count in outcome.changelog.items():
        if count:
            console.print(f"  {name.replace('_', ' ')}: {count:,}", highlight=False)
    console.print(f"  members in the documents of the build: {outcome.members_proposed:,}", highlight=False)


def _names(connection: Connection, found: Sequence[StoredProposal]) -> dict[str, str]:
    """Return the names of the entities in some proposals, each with its id."""
    terms = sorted(terms_of(one.proposal for one in found))
    version = current_version(connection)
    named = read_names(connection, terms, version) if version else {}
    return {entity_id: f"{name} ({entity_id})" for entity_id, name in named.items()}


def _proposed(one: StoredProposal, names: Mapping[str, str]) -> str:
    """Return in a line what is proposed, beside the subject."""
    identity, details = one.proposal.identity, one.proposal.details
    shown = {name: value for name, value in identity.items() if value != one.proposal.subject}
    shown |= {name: details[name] for name in ("type", "reasons") if name in details}
    texts = {name: value if isinstance(value, list) else [value] for name, value in shown.items()}
    return "; ".join(
        f"{name}: {', '.join(names.get(str(text), str(text)) for text in value)}" for name, value in texts.items()
    )


def _as_json(one: StoredProposal) -> dict[str, object]:
    return {
        "id": one.fingerprint,
        "kind": one.proposal.kind,
        "subject": one.proposal.subject,
        "identity": dict(one.proposal.identity),
        "confidence": one.proposal.confidence,
        "members_affected": one.proposal.members_affected,
        "snippets": list(one.proposal.snippets),
        "details": dict(one.proposal.details),
        "status": one.status,
        "build_key": one.build_key,
        "decisions": [asdict(made) | {"decided_at": made.decided_at.isoformat()} for made in one.decisions],
    }
