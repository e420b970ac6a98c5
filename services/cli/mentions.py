"""What live traffic left unresolved, for a build: from files, or from the documents that are stored."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from classifiers.relations.unresolved import unresolved_mentions
from classifiers.standardize.standardizer import Standardizer
from core.errors import InvalidError
from graph.model import SubjectKind
from graph.reader import read_documents
from services.cli.terminal import Counter, counting
from services.local.progress import Progress
from taxonomy.candidates.mention_file import read_mentions
from taxonomy.candidates.mentions import Mention, count_mentions
from taxonomy.corpus.model import RejectedLine

_SHOWN_EVERY: Final = 1_000


def mentions_of_files(paths: Iterable[Path], progress: Progress) -> list[Mention]:
    """Return the unresolved texts of files, each once, with a word on what was left out.

    Raises:
        InvalidError: where a file cannot be read, or no line of it is of a form that is known.
    """
    return count_mentions(mention for path in paths for mention in _of_file(path, progress))


def _of_file(path: Path, progress: Progress) -> Iterator[Mention]:
    found, rejected, reason = 0, 0, ""
    for item in read_mentions(path):
        if isinstance(item, RejectedLine):
            rejected, reason = rejected + 1, reason or f"line {item.line}: {item.reason}"
        else:
            found += 1
            yield item
    left_out = f"; {rejected:,} lines left out, the first is {reason}" if rejected else ""
    if rejected and not found:
        raise InvalidError(f"{path} holds no unresolved text{left_out}")
    progress.step(f"{path.name}: {found:,} unresolved texts{left_out}")


def live_mentions(engine: Engine, standardizer: Standardizer, *, quiet: bool) -> list[Mention]:
    """Return what the stored documents of members and jobs name and the standardizer resolves to nothing."""
    return count_mentions(mention for kind in SubjectKind for mention in _stored(engine, kind, standardizer, quiet))


def _stored(engine: Engine, kind: SubjectKind, standardizer: Standardizer, quiet: bool) -> Iterator[Mention]:
    with (
        engine.connect() as connection,
        counting(f"Standardizing each {kind} again", total=None, quiet=quiet) as bar,
    ):
        documents = _counted(read_documents(connection, kind), bar)
        yield from unresolved_mentions(documents, kind, standardizer)


def _counted(documents: Iterable[dict[str, Any]], bar: Counter) -> Iterator[dict[str, Any]]:
    for number, document in enumerate(documents, start=1):
        yield document
        if number % _SHOWN_EVERY == 0:
            bar.to(number)
