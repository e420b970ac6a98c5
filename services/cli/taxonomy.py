"""`canonym taxonomy`: import, look at and list what the entities are."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from core.database import transaction
from core.errors import NotFoundError
from core.settings import Settings
from services.cli import build, history, proposals
from services.cli.session import Session, open_session, reading
from services.cli.terminal import counting, print_json, steps
from taxonomy.importers.detect import detect
from taxonomy.importers.model import Source
from taxonomy.importers.read import read_source
from taxonomy.importers.select import only_types
from taxonomy.importers.starter import starter_source
from taxonomy.model import Entity, EntityType, ImportReport, Rejection
from taxonomy.publish import publish
from taxonomy.repository import count_entities, current_version, find_entity_ids, list_versions, read_entity

app = typer.Typer(no_args_is_help=True, help="The entities: import, build and decide on them, look at their versions.")
app.add_typer(proposals.app, name="proposals")
app.command("build")(build.build)
app.command("diff")(history.diff)
app.command("rollback")(history.rollback)

STARTER = "starter"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command("import")
def import_(
    paths: Annotated[
        list[str],
        typer.Argument(help=f"Files or folders, or the word '{STARTER}' for the taxonomy that comes with Canonym."),
    ],
    only: Annotated[
        list[EntityType] | None,
        typer.Option("--only", help="Import entities of this type only; may be repeated."),
    ] = None,
    rejected: Annotated[
        Path | None,
        typer.Option("--rejected", help="Write every row left out, with its reason, to this file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import taxonomies: ESCO CSV, O*NET tab files, GeoNames, universities, plain CSV or JSONL.

    Formats are recognised by file names and headers; a folder may hold several. Each source becomes one version;
    importing the same again changes nothing. A damaged file changes nothing either: the error names file, line
    and column.
    """
    sources = [source for path in paths for source in _sources(path)]
    with steps(quiet=as_json) as progress, open_session(Settings(), progress, kafka=False) as session:
        reports = [import_source(session, source, types=only, quiet=as_json) for source in sources]
    rejections = [rejection for report in reports for rejection in report.rejections]
    if rejected is not None:
        _write_rejections(rejected, rejections)
    if as_json:
        print_json([_report_json(report) for report in reports])
        return
    for report in reports:
        _print_report(report)


def import_source(
    session: Session, source: Source, *, types: list[EntityType] | None = None, quiet: bool = False
) -> ImportReport:
    """Import one source in one transaction, with a bar."""
    with (
        counting(f"Importing {source.title}", total=None, quiet=quiet) as bar,
        transaction(session.engine) as connection,
    ):
        items = read_source(source)
        key = source.key
        if types:
            items, key = only_types(items, frozenset(types)), f"{source.key}[{','.join(sorted(types))}]"
        return publish(connection, key, items, on_progress=bar.to)


@app.command()
def show(
    entity: Annotated[str | None, typer.Argument(help="Entity id, or SOURCE:ID such as onet:15-1252.00.")] = None,
    version: Annotated[int | None, typer.Option(help="As of this version; the newest where left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one entity with its aliases, or, without an id, how many entities of each type there are."""
    with reading() as connection:
        if entity is None:
            counts = count_entities(connection, version)
            chosen = version or current_version(connection)
        else:
            found = [read_entity(connection, id_, version=version) for id_ in _ids(connection, entity)]
    if entity is None:
        _show_counts(counts, chosen, as_json=as_json)
    elif as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            _show_entity(one)


@app.command()
def versions(as_json: AsJson = False) -> None:
    """List the versions: where each came from, when, and what it changed."""
    with reading() as connection:
        found = list_versions(connection)
    if as_json:
        print_json([asdict(one) | {"created_at": one.created_at.isoformat()} for one in found])
        return
    table = Table("version", "source", "published", "entities", "aliases", "relations")
    for one in found:
        changes = one.changelog
        table.add_row(
            str(one.version),
            one.source,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            *(
                f"+{changes.get(f'{noun}_added', 0):,} -{changes.get(f'{noun}_retired', 0):,}"
                for noun in ("entities", "aliases", "relations")
            ),
        )
    Console().print(table)


def _sources(path: str) -> list[Source]:
    return [starter_source()] if path == STARTER else detect(Path(path))


def _ids(connection: Connection, entity: str) -> list[str]:
    pieces = entity.split(":")
    if len(pieces) == 1:
        return [entity]
    # Sources such as plain:acme have a colon in their own name, and so may the ids in them.
    for cut in range(1, len(pieces)):
        if ids := find_entity_ids(connection, ":".join(pieces[:cut]), ":".join(pieces[cut:])):
            return ids
    raise NotFoundError(f"no source has an entity with the id {entity!r}; write SOURCE:ID")


def _show_counts(counts: dict[str, tuple[int, int]], version: int, *, as_json: bool) -> None:
    if as_json:
        body = {kind: {"entities": entities, "aliases": aliases} for kind, (entities, aliases) in counts.items()}
        print_json({"version": version, "types": body})
        return
    table = Table("type", "entities", "aliases", title=f"Taxonomy version {version}")
    for kind, (entities, aliases) in counts.items():
        table.add_row(kind, f"{entities:,}", f"{aliases:,}")
    Console().print(table)


def _show_entity(entity: Entity) -> None:
    console = Console()
    console.print(f"[bold]{entity.name}[/bold]  {entity.type}  {entity.entity_id}", highlight=False)
    for source_id in entity.source_ids:
        console.print(f"  {source_id.source}: {source_id.value}", highlight=False, markup=False)
    for name, value in entity.attributes:
        console.print(f"  {name}: {value}", highlight=False, markup=False)
    table = Table("alias", "language", "kind", "source", "confidence")
    for alias in entity.aliases:
        table.add_row(alias.text, alias.language, alias.kind, alias.source, f"{alias.confidence:g}")
    console.print(table)


def _report_json(report: ImportReport) -> dict[str, object]:
    return {
        "source": report.source,
        "version": report.version,
        "rows_read": report.rows_read,
        "changes": asdict(report.changes),
        "rejected": report.rejections_by_reason(),
    }


def _print_report(report: ImportReport) -> None:
    console = Console()
    changes = report.changes
    if report.version is None:
        console.print(f"{report.source}: nothing new", highlight=False)
    else:
        console.print(
            f"{report.source}: version {report.version}, "
            f"{changes.entities_added:,} entities, {changes.aliases_added:,} aliases and "
            f"{changes.relations_added:,} relations added; {changes.entities_changed:,} entities changed, "
            f"{changes.entities_retired:,} retired",
            highlight=False,
        )
    for reason, count in report.rejections_by_reason().items():
        console.print(f"  left out {count:,}: {reason}", highlight=False)


def _write_rejections(path: Path, rejections: list[Rejection]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("file\tline\treason\tdetail\n")
        for one in rejections:
            file.write(f"{one.file}\t{one.line}\t{one.reason}\t{one.detail}\n")
