"""The batch form of `canonym standardize`: a JSONL file of texts into one of answers, in order, to be resumed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.standardizer import Standardizer
from core.errors import ConflictError, InvalidError
from services.cli.standardize_output import mention_json
from services.cli.terminal import counting
from taxonomy.model import EntityType

MAX_ROW_BYTES = 2_000_000
_CHUNK = 512
_ANY_TYPE = "any"
"""Where a mention in running text has no type."""


@dataclass(frozen=True, slots=True)
class BatchForm:
    """How the rows are answered: with how many candidates a mention, and with which options where a row has none."""

    top: int
    options: AnswerOptions = field(default_factory=AnswerOptions)


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Mentions of one type, and how many of them are linked."""

    mentions: int
    linked: int

    @property
    def nil(self) -> int:
        """Mentions that are not linked."""
        return self.mentions - self.linked


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """How many rows were answered, and the mentions in them by type."""

    rows: int
    by_type: Mapping[str, TypeCount]


@dataclass(slots=True)
class _Tally:
    """What was answered so far."""

    rows: int = 0
    counts: dict[str, list[int]] = field(default_factory=dict)

    def add(self, mentions: list[dict[str, Any]]) -> None:
        """Count the mentions of one more row, as they are written."""
        self.rows += 1
        for mention in mentions:
            pair = self.counts.setdefault(mention["type"] or _ANY_TYPE, [0, 0])
            pair[0] += 1
            pair[1] += not mention["nil"]

    def summary(self) -> BatchSummary:
        """Return the counts, types in order of their names."""
        return BatchSummary(self.rows, {name: TypeCount(*pair) for name, pair in sorted(self.counts.items())})


def standardize_file(
    standardizer: Standardizer, source: Path, target: Path, *, form: BatchForm, resume: bool = False
) -> BatchSummary:
    """Answer a JSONL file into another and count what is in it; the target appears when it is whole.

    Raises:
        InvalidError: for a row that cannot be read or whose options cannot be met, with its line.
        ConflictError: where an interrupted run left a part and `resume` is not asked for.
    """
    if not source.is_file():
        raise InvalidError(f"{source} is not a file")
    standardizer.check(form.options)
    partial = target.with_name(f"{target.name}.part")
    tally = _answered(partial, resume=resume)
    with source.open("rb") as file:
        total = sum(1 for line in file if line.strip())
    with (
        source.open("rb") as rows,
        partial.open("ab") as answers,
        counting(f"Standardizing {source.name}", total=total) as bar,
    ):
        bar.to(tally.rows)
        queries = islice(_read_rows(rows, source, form.options, standardizer.check), tally.rows, None)
        while chunk := list(islice(queries, _CHUNK)):
            _answer_chunk(standardizer, chunk, answers, form.top, tally)
            bar.to(tally.rows)
    partial.replace(target)
    return tally.summary()


def _answer_chunk(
    standardizer: Standardizer, chunk: list[tuple[object, Query]], answers: BinaryIO, top: int, tally: _Tally
) -> None:
    """Answer some rows and write them out, so that an interruption keeps them."""
    found = standardizer.standardize_many([query for _, query in chunk], top=top)
    for (row_id, _), answer in zip(chunk, found, strict=True):
        mentions = [mention_json(standardizer, mention) for mention in answer.mentions]
        answers.write(orjson.dumps({"id": row_id, "mentions": mentions}) + b"\n")
        tally.add(mentions)
    answers.flush()


def _answered(partial: Path, *, resume: bool) -> _Tally:
    """Return what an interrupted run left, cutting off a last row that is not whole."""
    tally = _Tally()
    if not partial.exists():
        return tally
    if not resume:
        raise ConflictError(f"{partial} is left of an interrupted run: add --resume to go on, or delete it")
    with partial.open("r+b") as file:
        whole_bytes = 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            tally.add(orjson.loads(line)["mentions"])
            whole_bytes += len(line)
        file.truncate(whole_bytes)
    return tally


def _read_rows(
    file: BinaryIO, source: Path, options: AnswerOptions, check: Callable[[AnswerOptions], None]
) -> Iterator[tuple[object, Query]]:
    """Yield (id, query) of each row."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield _row(line, f"{source} line {number}", options, check)


def _row(
    line: bytes, where: str, options: AnswerOptions, check: Callable[[AnswerOptions], None]
) -> tuple[object, Query]:
    row = text_row(line, where)
    kind = row.get("type")
    if kind is not None and kind not in EntityType.__members__.values():
        raise InvalidError(f"{where}: unknown type {kind!r}; known are {', '.join(EntityType)}")
    own = _own_options(row, where, options)
    try:
        check(own)
    except InvalidError as error:
        raise InvalidError(f"{where}: {error}") from error
    language, context = _string(row, "language", where), _string(row, "context", where)
    return row["id"], Query(row["text"], EntityType(kind) if kind else None, language, context, own)


def text_row(line: bytes, where: str) -> dict[str, Any]:
    """Return a row with an id and a text.

    Raises:
        InvalidError: where it is none, or too long.
    """
    if len(line) > MAX_ROW_BYTES:
        raise InvalidError(f"{where}: row of {len(line)} bytes is over the limit of {MAX_ROW_BYTES}")
    try:
        row: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        raise InvalidError(f'{where}: a row needs an "id" and a "text" that is a string')
    return row


def _own_options(row: dict[str, Any], where: str, options: AnswerOptions) -> AnswerOptions:
    """Return the options of a row: its own, and for those that it does not have, what is asked for all."""
    return AnswerOptions(
        within=_ids(row, "within", where, options.within),
        exclude=_ids(row, "exclude", where, options.exclude),
        output_language=_string(row, "output_language", where) or options.output_language,
        explain=options.explain,
    )


def _string(row: dict[str, Any], name: str, where: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidError(f'{where}: "{name}" is not a string')
    return value


def _ids(row: dict[str, Any], name: str, where: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return default
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidError(f'{where}: "{name}" is not a list of entity ids')
    return tuple(value)
