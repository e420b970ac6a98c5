"""Reading of evaluation files: damage is an error that names the file and the line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import InvalidError
from taxonomy.importers.model import MalformedFileError
from taxonomy.importers.rows import Row, ignore_progress, read_csv, read_lines


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the folder into the message of a damaged file: many folders hold files of one name."""
    try:
        yield
    except MalformedFileError as error:
        raise InvalidError(f"{path.parent.name}/{error}") from error


def read_table(path: Path, *, fields: int) -> list[tuple[int, list[str]]]:
    """Return (line, fields) of a tab-separated file without quoting.

    Raises:
        InvalidError: for another number of fields, and for what is no UTF-8 text.
    """
    records = []
    with naming(path):
        for line, text in enumerate(read_lines(path, ignore_progress), start=1):
            values = text.rstrip("\r\n").split("\t")
            if len(values) != fields:
                raise refuse(path, line, f"{len(values)} fields where {fields} are needed")
            records.append((line, values))
    return records


def read_records(path: Path, needed: Sequence[str]) -> list[Row]:
    """Return the records of a comma-separated file with a header.

    Raises:
        InvalidError: for bad quoting, a wrong number of fields or a missing column.
    """
    with naming(path):
        return list(read_csv(path, needed=needed, advance=ignore_progress))


def refuse(path: Path, line: int, problem: str) -> InvalidError:
    """Return the error for a line."""
    return InvalidError(f"{path.parent.name}/{path.name}, line {line}: {problem}")


def find_file(folder: Path, stem: str) -> Path:
    """Return the file of this name in a folder, plain or gzipped, with or without `.tsv`.

    Raises:
        InvalidError: where there is none.
    """
    for suffix in (".tsv.gz", ".tsv", ".gz", ""):
        path = folder / f"{stem}{suffix}"
        if path.is_file():
            return path
    raise InvalidError(f"{folder.name}: no file {stem}.tsv.gz, {stem}.tsv or {stem}")


def read_judgements(path: Path, queries: Sequence[str], elements: Sequence[str]) -> list[tuple[int, ...]]:
    """Return, for each query id, the indices of its relevant elements, from a file of TREC judgements.

    Raises:
        InvalidError: for an id that no query or element has, or a judgement that is not a whole number.
    """
    row_of = {query: i for i, query in enumerate(queries)}
    column_of = {element: i for i, element in enumerate(elements)}
    relevant: list[dict[int, None]] = [{} for _ in queries]
    for line, (query, _, element, judgement) in read_table(path, fields=4):
        if query not in row_of:
            raise refuse(path, line, f"no query {query!r}")
        if element not in column_of:
            raise refuse(path, line, f"no corpus element {element!r}")
        if not judgement.strip().isdigit():
            raise refuse(path, line, f"the judgement {judgement!r} is not a whole number")
        if int(judgement) > 0:
            relevant[row_of[query]][column_of[element]] = None
    return [tuple(found) for found in relevant]
