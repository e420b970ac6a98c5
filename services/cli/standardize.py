"""`canonym standardize`: one text for a person, or a file of texts for a program."""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import orjson
import typer
from rich.console import Console
from rich.table import Table

from classifiers.standardize.model import Answer, Mention, Query
from classifiers.standardize.standardizer import Standardizer
from core.errors import ConflictError, InvalidError
from core.settings import Settings
from services.cli.session import open_session, ready_standardizer
from services.cli.terminal import counting, print_json, steps
from taxonomy.model import EntityType

_CHUNK = 512
_MAX_ROW_BYTES = 2_000_000


def standardize(
    text: Annotated[str | None, typer.Argument(help="The text; leave it out with --input.")] = None,
    kind: Annotated[EntityType | None, typer.Option("--type", help="The text is a field of this type.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text, where known.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Candidates a mention, at most.")] = 5,
    taxonomy: Annotated[
        int | None, typer.Option("--taxonomy", help="Taxonomy version; the newest if left out.")
    ] = None,
    input_: Annotated[Path | None, typer.Option("--input", help="JSONL of rows {id, text, type?, ...}.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="JSONL of answers, in the order of the rows.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer to TEXT as JSON.")] = False,
) -> None:
    """Turn text into entities.

    With TEXT, prints what it mentions. With --input and --output, answers a file of rows
    {"id", "text", "type"?, "language"?, "context"?} by rows {"id", "mentions": [...]}, in order and in bounded
    memory. A mention whose best candidate is not likely enough has "nil": true; its candidates still stand there
    with their confidences. Rows that cannot be read stop the run with file and line; what was answered before is
    kept, and --resume goes on after it.
    """
    if (text is None) == (input_ is None):
        raise InvalidError("give a TEXT, or --input FILE with --output FILE")
    if input_ is not None and output is None:
        raise InvalidError("--input needs --output FILE")
    quiet = as_json
    with steps(quiet=quiet) as progress, open_session(Settings(), progress, kafka=False) as session:
        standardizer = ready_standardizer(session, progress.step, version=taxonomy)
        if input_ is not None and output is not None:
            standardize_file(standardizer, input_, output, top=top, resume=resume)
            return
        answer = standardizer.standardize(Query(text or "", kind, language), top=top)
    if as_json:
        print_json(answer_json(standardizer, answer))
    else:
        _print_answer(standardizer, answer)


def standardize_file(standardizer: Standardizer, source: Path, target: Path, *, top: int, resume: bool = False) -> int:
    """Answer a JSONL file into another and return the number of rows; the target appears when it is whole.

    Raises:
        InvalidError: for a row that cannot be read, with its line.
        ConflictError: where an interrupted run left a part and `resume` is not asked for.
    """
    if not source.is_file():
        raise InvalidError(f"{source} is not a file")
    partial = target.with_name(f"{target.name}.part")
    done = _answered(partial, resume=resume)
    with source.open("rb") as file:
        total = sum(1 for line in file if line.strip())
    with (
        source.open("rb") as rows,
        partial.open("ab") as answers,
        counting(f"Standardizing {source.name}", total=total) as bar,
    ):
        bar.to(done)
        queries = islice(_read_rows(rows, source), done, None)
        while chunk := list(islice(queries, _CHUNK)):
            _answer_chunk(standardizer, chunk, answers, top=top)
            done += len(chunk)
            bar.to(done)
    partial.replace(target)
    return done


def _answer_chunk(
    standardizer: Standardizer, chunk: list[tuple[object, Query]], answers: BinaryIO, *, top: int
) -> None:
    """Answer some rows and write them out, so that an interruption keeps them."""
    for (row_id, _), answer in zip(
        chunk, standardizer.standardize_many([query for _, query in chunk], top=top), strict=True
    ):
        mentions = [mention_json(standardizer, mention) for mention in answer.mentions]
        answers.write(orjson.dumps({"id": row_id, "mentions": mentions}) + b"\n")
    answers.flush()


def _answered(partial: Path, *, resume: bool) -> int:
    """Return how many whole rows an interrupted run left, cutting off a last one that is not whole."""
    if not partial.exists():
        return 0
    if not resume:
        raise ConflictError(f"{partial} is left of an interrupted run: add --resume to go on, or delete it")
    body = partial.read_bytes()
    whole = body[: body.rfind(b"\n") + 1]
    partial.write_bytes(whole)
    return whole.count(b"\n")


def _read_rows(file: BinaryIO, source: Path) -> Iterator[tuple[object, Query]]:
    """Yield (id, query) of each row."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield _row(line, f"{source} line {number}")


def _row(line: bytes, where: str) -> tuple[object, Query]:
    if len(line) > _MAX_ROW_BYTES:
        raise InvalidError(f"{where}: row of {len(line)} bytes is over the limit of {_MAX_ROW_BYTES}")
    try:
        row: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        raise InvalidError(f'{where}: a row needs an "id" and a "text" that is a string')
    kind = row.get("type")
    if kind is not None and kind not in EntityType.__members__.values():
        raise InvalidError(f"{where}: unknown type {kind!r}; known are {', '.join(EntityType)}")
    for name in ("language", "context"):
        if row.get(name) is not None and not isinstance(row[name], str):
            raise InvalidError(f'{where}: "{name}" is not a string')
    return row["id"], Query(row["text"], EntityType(kind) if kind else None, row.get("language"), row.get("context"))


def answer_json(standardizer: Standardizer, answer: Answer) -> dict[str, object]:
    """Return an answer in the form for programs."""
    return {
        "mentions": [mention_json(standardizer, mention) for mention in answer.mentions],
        "taxonomy_version": answer.taxonomy_version,
        "model_version": answer.model_version,
    }


def mention_json(standardizer: Standardizer, mention: Mention) -> dict[str, object]:
    """Return a mention in the form for programs; `nil` is true where no candidate is likely enough."""
    body: dict[str, object] = {
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        "nil": not standardizer.is_linked(mention),
        "candidates": [
            {
                "entity_id": candidate.entity_id,
                "source_ids": [{"source": s.source, "id": s.value} for s in candidate.source_ids],
                "name": candidate.name,
                "type": candidate.type.value,
                "confidence": round(candidate.confidence, 4),
                "matched_alias": candidate.matched_alias,
            }
            for candidate in mention.candidates
        ],
    }
    if mention.seniority is not None:
        body["seniority"] = mention.seniority
    return body


def _print_answer(standardizer: Standardizer, answer: Answer) -> None:
    console = Console()
    if not answer.mentions:
        console.print("Nothing found that the taxonomy knows.")
        return
    table = Table("text", "entity", "type", "confidence", "matched alias", "id")
    for mention in answer.mentions:
        if not mention.candidates:
            table.add_row(mention.text, "[dim]NIL[/dim]", mention.type or "", "", "", "")
        for position, candidate in enumerate(mention.candidates):
            nil = " [dim](NIL)[/dim]" if not position and not standardizer.is_linked(mention) else ""
            table.add_row(
                "" if position else mention.text,
                candidate.name + nil,
                candidate.type,
                f"{candidate.confidence:.2f}",
                candidate.matched_alias,
                candidate.entity_id,
                style="dim" if position else None,
            )
    console.print(table)
    sys.stdout.flush()
