"""`canonym standardize`: one text for a person, or a file of texts for a program."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from classifiers.standardize.model import AnswerOptions, Query
from core.errors import InvalidError
from core.settings import Settings
from services.cli.session import open_session, ready_standardizer
from services.cli.standardize_file import BatchForm, BatchSummary, standardize_file
from services.cli.standardize_output import answer_json, print_answer
from services.cli.terminal import print_json, steps
from taxonomy.model import EntityType


def standardize(
    text: Annotated[str | None, typer.Argument(help="The text; leave it out with --input.")] = None,
    kind: Annotated[EntityType | None, typer.Option("--type", help="The text is a field of this type.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of TEXT: decides between entities that share an alias.")
    ] = None,
    context: Annotated[
        str | None, typer.Option(help="More of the document that TEXT stands in: decides where --language does not.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Candidates a mention, at most.")] = 5,
    within: Annotated[
        list[str] | None, typer.Option("--within", help="Only this entity and what lies below it; may be repeated.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="Not this entity nor what lies below it; may be repeated.")
    ] = None,
    output_language: Annotated[
        str | None, typer.Option("--output-language", help="Language of the names, where an entity has one in it.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why each candidate has its confidence.")] = False,
    taxonomy: Annotated[
        int | None, typer.Option("--taxonomy", help="Taxonomy version; the newest if left out.")
    ] = None,
    input_: Annotated[Path | None, typer.Option("--input", help="JSONL of rows {id, text, type?, ...}.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="JSONL of answers, in the order of the rows.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer to TEXT, or the summary of a file, as JSON.")
    ] = False,
) -> None:
    """Turn text into entities.

    With TEXT, prints what it mentions. With --input and --output, answers a file of rows
    {"id", "text", "type"?, "language"?, "context"?, "within"?, "exclude"?, "output_language"?} by rows
    {"id", "mentions": [...]}, in order and in bounded memory; what a row asks for goes before the options here.
    A mention whose best candidate is not likely enough has "nil": true; its candidates still stand there with their
    confidences. Rows that cannot be read stop the run with file and line; what was answered before is kept, and
    --resume goes on after it.
    """
    if (text is None) == (input_ is None):
        raise InvalidError("give a TEXT, or --input FILE with --output FILE")
    if input_ is not None and output is None:
        raise InvalidError("--input needs --output FILE")
    options = AnswerOptions(tuple(within or ()), tuple(exclude or ()), output_language, explain)
    with steps(quiet=as_json) as progress, open_session(Settings(), progress, kafka=False) as session:
        standardizer = ready_standardizer(session, progress.step, version=taxonomy)
        if input_ is not None and output is not None:
            form = BatchForm(top=top, options=options)
            summary = standardize_file(standardizer, input_, output, form=form, resume=resume)
            print_summary(summary, as_json=as_json)
            return
        answer = standardizer.standardize(Query(text or "", kind, language, context, options), top=top)
    if as_json:
        print_json(answer_json(standardizer, answer))
    else:
        print_answer(standardizer, answer)


def print_summary(summary: BatchSummary, *, as_json: bool) -> None:
    """Say how many rows were answered, and how many mentions of each type are linked or NIL."""
    if as_json:
        by_type = {name: asdict(count) | {"nil": count.nil} for name, count in summary.by_type.items()}
        print_json({"rows": summary.rows, "by_type": by_type})
        return
    table = Table("type", "mentions", "linked", "NIL", title=f"rows: {summary.rows}", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, count in summary.by_type.items():
        table.add_row(name, *map(str, (count.mentions, count.linked, count.nil)))
    counts = summary.by_type.values()
    mentions, linked = sum(count.mentions for count in counts), sum(count.linked for count in counts)
    table.add_section()
    table.add_row("all", *map(str, (mentions, linked, mentions - linked)))
    Console().print(table)
