"""`canonym taxonomy build`: from profiles and postings to proposals for the taxonomy."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.clock import SystemClock
from core.collector import settle
from core.errors import InvalidError, NotFoundError
from core.settings import Settings
from services.cli.build_beside import processes_of_machine, run_in_processes
from services.cli.build_task import BuildTask, build_input
from services.cli.dictionaries import DICTIONARY_HELP, paths_by_language
from services.cli.mentions import live_mentions, mentions_of_files
from services.cli.session import open_session, ready_standardizer
from services.cli.terminal import print_json, steps
from services.local.progress import Progress
from taxonomy.building.model import BuildPolicy
from taxonomy.building.run import StepReport, build_key
from taxonomy.building.steps import STEPS
from taxonomy.candidates.mentions import Mention, count_mentions
from taxonomy.corpus.model import RejectedLine
from taxonomy.corpus.reading import read_documents
from taxonomy.repository import current_version, read_snapshot, read_version_key

_CHUNK_BYTES = 1 << 20
_SHOWN_REASONS = 5


def build(
    profiles: Annotated[
        list[Path] | None, typer.Option("--profiles", help="Profiles, JSON Lines, plain or .gz; may be repeated.")
    ] = None,
    jobs: Annotated[
        list[Path] | None,
        typer.Option("--jobs", help="Job posts or lists of skills, JSON Lines, plain or .gz; may be repeated."),
    ] = None,
    mentions: Annotated[
        list[Path] | None,
        typer.Option(
            "--mentions",
            help="Texts that resolved to nothing: JSON Lines or a CSV of text, type and count, or answers of "
            "`canonym standardize`; may be repeated.",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Also what the stored documents of members and jobs left unresolved.")
    ] = False,
    base: Annotated[int | None, typer.Option("--base", min=1, help="Version to start from; the newest.")] = None,
    only: Annotated[
        str, typer.Option("--only", help=f"Steps, comma separated: {', '.join(s.name for s in STEPS)}.")
    ] = "",
    phrases: Annotated[int, typer.Option("--phrases", min=100, help="Most frequent phrases to compare.")] = 20_000,
    dictionary: Annotated[
        list[str] | None,
        typer.Option("--dictionary", help=DICTIONARY_HELP, metavar="LANGUAGE=FILE"),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            "--processes",
            min=1,
            max=2,
            help="With 2, parents and translations are made beside the other steps; that takes 1.5 GB more.",
            show_default="2, or 1 on a machine with one processor",
        ),
    ] = processes_of_machine(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Suggest entities, senses, merges, parents and translations, learned from profiles and job posts.

    With --mentions or --live, what live traffic left unresolved is suggested too, by the members that it concerns.

    Nothing changes until somebody decides: see [bold]canonym taxonomy proposals[/bold]. Interrupted, the same command
    goes on after the last step that is done; on the same files and version again, it suggests nothing new. What was
    declined never returns.
    """
    paths = [*(profiles or ()), *(jobs or ())]
    if not paths and not mentions and not live:
        raise InvalidError("name the documents to learn from with --profiles FILE and --jobs FILE, or use --live")
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = sorted(set(names) - {step.name for step in STEPS})
    if unknown:
        raise InvalidError(f"no step {', '.join(unknown)}; there are {', '.join(step.name for step in STEPS)}")
    listed = paths_by_language(dictionary or ())
    # Unresolved texts alone are candidates, and teach nothing else.
    chosen = [step for step in STEPS if (step.name in names if names else paths or step.name == "candidates")]
    settings = Settings()
    with steps(quiet=as_json) as progress, open_session(settings, progress, kafka=False) as session:
        with session.engine.connect() as connection:
            if current_version(connection) == 0:
                raise NotFoundError("no taxonomy is loaded yet: run `canonym taxonomy import` first")
            version = read_version_key(connection, base)
            snapshot = read_snapshot(connection, version.version)
        _check(paths, progress)
        unresolved = mentions_of_files(mentions or (), progress)
        if live:
            standardizer = ready_standardizer(session, progress.step, version=version.version)
            unresolved = count_mentions([*unresolved, *live_mentions(session.engine, standardizer, quiet=as_json)])
            progress.step(f"{len(unresolved):,} unresolved texts")
        inputs = [
            *map(_hash_of, paths),
            *(f"{language} {_hash_of(path)}" for language, path in sorted(listed.items())),
            *_hash_of_mentions(unresolved),
        ]
        policy = BuildPolicy(phrases=phrases)
        key = build_key(version, inputs, policy)
        task = BuildTask(
            key=key,
            version=version.version,
            documents=tuple(paths),
            dictionaries=listed,
            policy=policy,
            today=SystemClock().now().date(),
            work_dir=settings.data_dir / "builds" / key,
            steps=tuple(step.name for step in chosen),
        )
        given = build_input(task, snapshot, progress.step, unresolved)
        settle()
        reports = run_in_processes(
            session.engine, session.endpoints.database_url, task, given, chosen, processes=processes
        )
    _print(reports, key, as_json=as_json)


def _check(paths: list[Path], progress: Progress) -> None:
    """Read the files once, say what is left out of each, and refuse those that hold nothing.

    Raises:
        InvalidError: where a file has no document, or cannot be read.
    """
    for path in paths:
        documents, reasons = 0, dict[str, int]()
        for item in read_documents(path):
            if isinstance(item, RejectedLine):
                reasons[item.reason] = reasons.get(item.reason, 0) + 1
            else:
                documents += 1
        left_out = "".join(
            f"; {count:,} lines left out: {reason}"
            for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1])[:_SHOWN_REASONS]
        )
        if not documents:
            raise InvalidError(f"{path} holds no document{left_out}")
        progress.step(f"{path.name}: {documents:,} documents{left_out}")


def _hash_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        InvalidError: where it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def _hash_of_mentions(mentions: Sequence[Mention]) -> list[str]:
    """Return the SHA-256 of unresolved texts in one list, an empty one where there are none."""
    digest = hashlib.sha256()
    for one in mentions:
        digest.update(f"{one.text}\0{one.type}\0{one.count}\n".encode())
    return [digest.hexdigest()] if mentions else []


def _print(reports: list[StepReport], key: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"build_key": key, "steps": [asdict(report) for report in reports]})
        return
    table = Table("step", "proposals", "new", "seconds")
    for report in reports:
        new = "done before" if report.done_before else f"{report.written:,}"
        table.add_row(report.step, f"{report.proposals:,}", new, f"{report.seconds:,.0f}")
    console = Console()
    console.print(table)
    console.print("Look at them with `canonym taxonomy proposals list`.", highlight=False)
