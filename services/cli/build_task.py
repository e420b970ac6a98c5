"""What a build works on, told in a way that another process understands, and the input that is made of it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import msgspec

from classifiers.encoder.linear import load_encoder
from classifiers.training.split import is_held_out
from taxonomy.building.model import BuildInput, BuildPolicy
from taxonomy.building.run import StepReport
from taxonomy.candidates.mentions import Mention
from taxonomy.corpus.model import Document
from taxonomy.corpus.reading import read_documents
from taxonomy.importers.dictionary import read_dictionary
from taxonomy.model import Snapshot


class BuildTask(msgspec.Struct, frozen=True, kw_only=True):
    """A build without what live traffic left unresolved: its key, base version, files, configuration and steps."""

    key: str
    version: int
    documents: tuple[Path, ...]
    dictionaries: dict[str, Path]
    policy: BuildPolicy
    today: date
    work_dir: Path
    steps: tuple[str, ...]


class Order(msgspec.Struct, frozen=True, tag="order"):
    """What a process beside is asked: some steps of a build, and where the database answers."""

    task: BuildTask
    only: tuple[str, ...]
    database_url: str


class Said(msgspec.Struct, frozen=True, tag="said"):
    """What a process beside does."""

    text: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """What the steps did that a process beside ran."""

    reports: tuple[StepReport, ...]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Why a process beside gives up."""

    error: str


def _from_text(kind: type, value: object) -> object:
    return kind(value)


encode_message: Callable[[Order | Said | Done | Failed], bytes] = msgspec.json.Encoder(enc_hook=str).encode
decode_order: Callable[[bytes], Order] = msgspec.json.Decoder(Order, dec_hook=_from_text).decode
decode_reply: Callable[[bytes], Said | Done | Failed] = msgspec.json.Decoder(Said | Done | Failed).decode


def build_input(
    task: BuildTask, snapshot: Snapshot, on_step: Callable[[str], None], mentions: Sequence[Mention] = ()
) -> BuildInput:
    """Return what every step of a build gets."""
    return BuildInput(
        documents=partial(_documents, task.documents),
        snapshot=snapshot,
        policy=task.policy,
        today=task.today,
        work_dir=task.work_dir,
        mentions=mentions,
        encode=load_encoder().encode,
        is_unlearned=is_held_out,
        dictionaries={language: read_dictionary(path) for language, path in task.dictionaries.items()},
        on_step=on_step,
    )


def _documents(paths: Sequence[Path]) -> Iterator[Document]:
    """Yield the documents of some files, each time afresh."""
    for path in paths:
        for item in read_documents(path):
            if isinstance(item, Document):
                yield item
