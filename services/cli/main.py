"""`canonym`: the command line. One file a noun; every error is one line that says what to do."""

import sys
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from rich.console import Console

from core.errors import (
    CanonymError,
    ConflictError,
    EnvironmentFaultError,
    InvalidError,
    NotFoundError,
    RetryError,
)
from core.version import CODE_VERSION
from services.cli import bench, demo, events, generate, local, rank, similar, standardize, taxonomy, train, up

EXIT_CODES: tuple[tuple[type[CanonymError], int], ...] = (
    (InvalidError, 2),
    (NotFoundError, 3),
    (ConflictError, 4),
    (EnvironmentFaultError, 5),
    (RetryError, 6),
)
"""Exit code of each kind of error; anything else that Canonym raises is 1."""
_INTERRUPTED: Final = 130

app = typer.Typer(
    name="canonym",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "What people type in profiles and job posts becomes a standardized knowledge graph.\n\n"
        "Start with [bold]canonym up[/bold] (everything, with made-up profiles), "
        "[bold]canonym demo --data DIR[/bold] (real profiles) or "
        "[bold]canonym standardize TEXT[/bold]. Settings are CANONYM_* variables; docs/settings.md lists them."
    ),
    rich_markup_mode="rich",
)
app.add_typer(local.app, name="local")
app.add_typer(taxonomy.app, name="taxonomy")
app.add_typer(events.app, name="events")
app.add_typer(train.app, name="train")
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("standardize")(standardize.standardize)
app.command("similar")(similar.similar)
app.command("rank")(rank.rank)
app.command("generate")(generate.generate_command)
app.command("bench")(bench.bench)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Entity standardization, from text to a knowledge graph."""
    if version:
        print(CODE_VERSION)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


def main() -> None:
    """Run the command line; an expected error is one line on standard error and an exit code, and so is Ctrl-C."""
    try:
        app()
    except SystemExit as ended:
        # Typer makes a code of it, and says nothing.
        if ended.code == _INTERRUPTED:
            Console(stderr=True).print("canonym: interrupted", markup=False, highlight=False)
        raise
    except CanonymError as error:
        code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)
        Console(stderr=True).print(f"canonym: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(code)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
        Console(stderr=True).print(f"canonym: settings: {problems}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
