"""What a build works on, its steps, and how it is configured. Frozen values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from taxonomy.candidates.find import CandidatePolicy
from taxonomy.candidates.mentions import Mention
from taxonomy.corpus.model import Document, Encode
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.corpus.vectors import VectorPolicy
from taxonomy.model import Entity, EntityType, Snapshot
from taxonomy.proposals.model import Proposal
from taxonomy.translation.dictionary import Dictionary


def labels_of(entity: Entity) -> set[str]:
    """Return the folded labels of an entity."""
    return {folded for text in (entity.name, *(a.text for a in entity.aliases)) if (folded := fold_phrase(text))}


@dataclass(frozen=True, slots=True)
class BuildPolicy:
    """How a taxonomy is built; all of it is part of the build's key.

    `vector_documents` bounds the documents that word vectors and senses are learned from, an even sample of more;
    `phrases` how many of the most frequent phrases are compared with each other and split into senses; `languages` are
    translated into; `translations` how many entities of each language get a translation proposed.
    """

    seed: int = 7
    candidates: CandidatePolicy = field(default_factory=lambda: CandidatePolicy(min_confidence=0.3))
    vectors: VectorPolicy = field(default_factory=VectorPolicy)
    vector_documents: int = 200_000
    phrases: int = 20_000
    languages: tuple[str, ...] = ("de", "es")
    translations: int = 2_000


@dataclass(frozen=True)
class BuildInput:
    """What every step gets.

    `documents` gives the documents afresh each time it is called, `mentions` are texts of live traffic that resolved
    to nothing; `snapshot` is the base version. `encode` is the
    encoder of the standardizer, where there is one, and `is_unlearned` tells the folded labels that it was not taught:
    what it was taught says too little of how well it knows others. `cannot_links` are pairs that a person said are not
    the same, `dictionaries` bilingual dictionaries from English by language. `work_dir` keeps what several steps
    need, so that a build that goes on need not make it again.
    """

    documents: Callable[[], Iterable[Document]]
    snapshot: Snapshot
    policy: BuildPolicy
    today: date
    work_dir: Path
    mentions: Sequence[Mention] = ()
    encode: Encode | None = None
    is_unlearned: Callable[[str], bool] = lambda _label: True
    cannot_links: frozenset[tuple[str, str]] = frozenset()
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict)
    on_step: Callable[[str], None] = lambda _step: None

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The type of every folded label of the base; where several types share one, a title comes first."""
        labels: dict[str, str] = {}
        for entity in self.snapshot.entities:
            for label in labels_of(entity):
                if labels.get(label) != EntityType.TITLE:
                    labels[label] = str(entity.type)
        return labels


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build: its name, what it says it does, and from the input to proposals.

    A step `apart` needs nothing but the base and the counted values, so it may run in another process than the others.
    """

    name: str
    title: str
    run: Callable[[BuildInput], Iterable[Proposal]]
    apart: bool = False
