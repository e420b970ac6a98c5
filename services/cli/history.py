"""`canonym taxonomy diff` and `rollback`: what changed between versions, and going back to one."""

import getpass
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.database import transaction
from core.settings import Settings
from services.cli.session import open_session, reading
from services.cli.terminal import print_json, steps
from taxonomy.history import EntityChange, read_changes, roll_back

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def diff(
    since: Annotated[int, typer.Argument(min=0, help="The older version; 0 is before the first.")],
    until: Annotated[int | None, typer.Argument(min=1, help="The newer version; the newest by default.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Changes of this kind only, such as merged.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="So many entities at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show which entities differ between two versions, and how: added, merged, split, renamed, re-parented ..."""
    found: list[EntityChange] = []
    with reading() as connection:
        while len(found) < limit:
            page = read_changes(connection, since, until, after=found[-1].entity_id if found else "", limit=1_000)
            found += page
            if len(page) < 1_000:
                break
    found = [change for change in found if kind is None or kind in change.kinds][:limit]
    if as_json:
        print_json([asdict(change) for change in found])
        return
    table = Table("entity", "type", "name", "changes", "details")
    for change in found:
        table.add_row(change.entity_id, change.type, change.name, ", ".join(change.kinds), _details(change))
    Console().print(table)


def _details(change: EntityChange) -> str:
    parts = [f"was {change.former_name}"] if change.former_name else []
    parts += [f"now {change.into}"] if change.into else []
    if "aliases" in change.kinds:
        parts += [f"+{text}" for text in change.aliases_added[:4]] + [f"-{text}" for text in change.aliases_removed[:4]]
    if "re-parented" in change.kinds:
        parts += [f"+{one}" for one in change.parents_added] + [f"-{one}" for one in change.parents_removed]
    return "; ".join(parts)


def rollback(
    version: Annotated[int, typer.Argument(min=1, help="The version to go back to.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decides; the user of this machine by default.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")] = "",
    as_json: AsJson = False,
) -> None:
    """Publish a version that says what an older one said; nothing is deleted, and every id still answers."""
    with (
        steps(quiet=as_json) as progress,
        open_session(Settings(), progress, kafka=False) as session,
        transaction(session.engine) as connection,
    ):
        new = roll_back(connection, version, decided_by=by or getpass.getuser(), reason=reason)
    if as_json:
        print_json({"version": new, "restored": version})
    else:
        Console().print(f"version {new} says what version {version} said", highlight=False)
