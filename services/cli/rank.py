"""`canonym rank`: which titles of the taxonomy are meant, as people labelled such titles before."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from core.errors import InvalidError
from core.settings import Settings
from services.cli.session import ensure_taxonomy, open_session
from services.cli.standardize_file import text_row
from services.cli.terminal import counting, print_json, steps
from taxonomy.model import Entity
from taxonomy.repository import read_snapshot

if TYPE_CHECKING:
    from classifiers.learning.store import StoredRanker

_CHUNK = 256


def rank(
    ranker: Annotated[Path, typer.Option("--ranker", help="Folder of `canonym train titles`.")],
    texts: Annotated[list[str] | None, typer.Argument(help="Titles; leave them out with --input.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Entities a title, at most.")] = 5,
    input_: Annotated[Path | None, typer.Option("--input", help="JSONL of rows {id, text}.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="JSONL of answers, in the order of the rows.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answers to TEXTS as JSON.")] = False,
) -> None:
    """Rank the titles of the taxonomy for some texts, by a ranker that learned from labelled ones.

    Where many titles were labelled, this finds more of the labels that people would give than `canonym standardize`
    does, which knows none of them. A score is the share of such answers that are right, where the ranker learned from
    200 titles or more; else it is a mere order. Answers in a file are rows
    {"id", "entities": [{"entity_id", "source_ids", "name", "score"}]}.
    """
    if bool(texts) == (input_ is not None):
        raise InvalidError("give TEXTS, or --input FILE with --output FILE")
    if input_ is not None and output is None:
        raise InvalidError("--input needs --output FILE")
    # scikit-learn takes half a second to import, and the other commands do without it.
    from classifiers.encoder.linear import load_encoder  # noqa: PLC0415
    from classifiers.learning.store import load_ranker  # noqa: PLC0415

    stored = load_ranker(ranker, load_encoder())
    with steps(quiet=as_json) as progress, open_session(Settings(), progress, kafka=False) as session:
        ensure_taxonomy(session.engine, progress.step)
        with session.engine.connect() as connection:
            entities = {entity.entity_id: entity for entity in read_snapshot(connection).entities}
    if input_ is not None and output is not None:
        count = rank_file(stored, entities, input_, output, top=top)
        Console().print(f"{output}: {count:,} rows", soft_wrap=True)
        return
    answers = [_entities(best, entities) for best in stored.best(texts or [], top=top)]
    if as_json:
        print_json([{"text": text, "entities": found} for text, found in zip(texts or [], answers, strict=True)])
        return
    table = Table("text", "score", "name", "entity")
    for text, found in zip(texts or [], answers, strict=True):
        for place, one in enumerate(found or [{"score": 0.0, "name": "nothing", "entity_id": ""}]):
            table.add_row("" if place else text, f"{one['score']:.2f}", one["name"], one["entity_id"])
    Console().print(table)


def rank_file(stored: "StoredRanker", entities: Mapping[str, Entity], source: Path, target: Path, *, top: int) -> int:
    """Answer a JSONL file of texts into another, in order, and return how many rows; the target appears when whole.

    Raises:
        InvalidError: for a row that cannot be read, with its line.
    """
    if not source.is_file():
        raise InvalidError(f"{source} is not a file")
    partial = target.with_name(f"{target.name}.part")
    with source.open("rb") as file:
        total = sum(1 for line in file if line.strip())
    count = 0
    with partial.open("wb") as answers, counting(f"Ranking {source.name}", total=total) as bar:
        rows = _rows(source)
        while chunk := list(islice(rows, _CHUNK)):
            best = stored.best([row["text"] for row in chunk], top=top)
            for row, found in zip(chunk, best, strict=True):
                answers.write(orjson.dumps({"id": row["id"], "entities": _entities(found, entities)}) + b"\n")
            count += len(chunk)
            bar.to(count)
    partial.replace(target)
    return count


def _rows(source: Path) -> Iterator[dict[str, Any]]:
    with source.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield text_row(line, f"{source} line {number}")


def _entities(best: list[tuple[str, float]], entities: Mapping[str, Entity]) -> list[dict[str, Any]]:
    """Return what is said of each entity; one that the taxonomy no longer has keeps its id alone."""
    return [
        {
            "entity_id": entity_id,
            "source_ids": [{"source": s.source, "id": s.value} for s in entity.source_ids] if entity else [],
            "name": entity.name if entity else "",
            "score": round(score, 4),
        }
        for entity_id, score in best
        for entity in (entities.get(entity_id),)
    ]
