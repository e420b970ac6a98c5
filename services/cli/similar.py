"""`canonym similar`: which lines of a file are most like a text."""

import heapq
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from classifiers.standardize.likeness import Alike, Likeness, most_alike
from core.errors import InvalidError
from core.settings import Settings
from services.cli.session import open_session, ready_standardizer
from services.cli.terminal import counting, print_json, steps
from taxonomy.corpus.model import RejectedLine
from taxonomy.corpus.reading import read_lines
from taxonomy.model import MENTIONABLE_TYPES, EntityType

_AT_ONCE = 10_000
_LONGEST_BYTES = 4_000


def similar(
    text: Annotated[str, typer.Argument(help="The text.")],
    among: Annotated[Path, typer.Option("--among", help="File of one text a line, plain or .gz.")],
    kind: Annotated[EntityType, typer.Option("--type", help="What the texts are.")] = EntityType.TITLE,
    language: Annotated[str | None, typer.Option(help="Language of TEXT, where known.")] = None,
    among_language: Annotated[
        str | None, typer.Option("--among-language", help="Language of the file, where known.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=1_000, help="Answers, at most.")] = 10,
    explain: Annotated[bool, typer.Option("--explain", help="Say how alike they are in each view.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Find the texts of a file that are most like TEXT, by letters, meaning and place in the taxonomy.

    A score of 1 says that two are the same but for case and accents; else it orders, and is no probability. Titles
    are compared by what they mean in the taxonomy too: what is needed for them, and what they belong to.
    """
    if kind not in MENTIONABLE_TYPES:
        raise InvalidError(f"texts of type {kind} are not compared; use one of {', '.join(MENTIONABLE_TYPES)}")
    with steps(quiet=as_json) as progress, open_session(Settings(), progress, kafka=False) as session:
        likeness = ready_standardizer(session, progress.step, version=None).likeness(kind)
        found = _best(likeness, text, among, (language, among_language), top=top)
    if as_json:
        print_json([
            {"line": one.place, "text": one.text, "score": round(one.score, 4)}
            | ({"views": {name: round(cosine, 4) for name, cosine in one.views.items()}} if explain else {})
            for one in found
        ])  # fmt: skip
        return
    table = Table("score", "text", "line", *(["cosines"] if explain else []))
    for one in found:
        cosines = ", ".join(f"{name} {cosine:.2f}" for name, cosine in one.views.items())
        table.add_row(f"{one.score:.3f}", one.text, f"{one.place:,}", *([cosines] if explain else []))
    Console().print(table)


def _best(
    likeness: Likeness, text: str, path: Path, languages: tuple[str | None, str | None], *, top: int
) -> list[Alike]:
    """Return the best lines of a file, a bounded part of which is compared at a time; `place` is the line."""
    best: list[Alike] = []
    lines = _texts(path)
    with counting(f"Comparing {path.name}", total=None) as bar:
        done = 0
        while some := list(islice(lines, _AT_ONCE)):
            numbers, others = zip(*some, strict=True)
            found = most_alike(likeness, text, others, top=top, language=languages[0], others_language=languages[1])
            placed = [Alike(numbers[one.place], one.text, one.score, one.views) for one in found]
            best = heapq.nsmallest(top, [*best, *placed], key=lambda one: (-one.score, one.place))
            bar.to(done := done + len(some))
    if not done:
        raise InvalidError(f"{path} holds no text")
    return best


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold text, with their numbers.

    Raises:
        InvalidError: for a line that is no text or too long, with its number.
    """
    for number, data in read_lines(path, _LONGEST_BYTES):
        if isinstance(data, RejectedLine):
            raise InvalidError(f"{path} line {number}: {data.reason}")
        try:
            yield number, data.decode()
        except UnicodeDecodeError as error:
            raise InvalidError(f"{path} line {number} is not UTF-8") from error
