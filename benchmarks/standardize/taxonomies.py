"""The taxonomies of the data folder, read through the importers once a run and compiled once a run."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.standardize.ranking import Labels, labels_of
from benchmarks.standardize.snapshot import snapshot_of
from classifiers.encoder.linear import load_encoder
from classifiers.standardize.calibration import Calibration, load_calibration
from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import Standardizer
from core.errors import InvalidError
from taxonomy.importers.detect import detect
from taxonomy.importers.labels import ANY_LANGUAGE
from taxonomy.importers.read import read_source
from taxonomy.model import Alias, AliasKind, Entity, EntityDraft, EntityType, Snapshot


@dataclass(frozen=True, slots=True)
class LabelledEntities:
    """Entities of one type and their labels of one language: the entity's name first."""

    entities: tuple[Entity, ...]
    labels: Labels

    @property
    def index_by_uri(self) -> dict[str, int]:
        """Return the entities' places by their source ids."""
        return {source_id.value: i for i, entity in enumerate(self.entities) for source_id in entity.source_ids}


class Taxonomies:
    """What lies in `DIR/taxonomies`; each part is read when it is first asked for."""

    def __init__(self, folder: Path, scratch: Path, on_step: Callable[[str], None]) -> None:
        self._folder = folder
        self.scratch = scratch
        self._on_step = on_step

    @cached_property
    def english_esco(self) -> Snapshot:
        """The newest English ESCO.

        Raises:
            InvalidError: where there is none.
        """
        folders = sorted(self._folder.glob("esco-*-en"))
        if not folders:
            raise InvalidError(f"no folder esco-*-en in {self._folder.name}; the rankings of ESCO need it")
        return self._read([folders[-1]])

    @cached_property
    def occupations(self) -> LabelledEntities:
        """The occupations of the English ESCO: one object for all files, so that matchers keep what they made of it."""
        return labelled(self.english_esco, EntityType.TITLE)

    @cached_property
    def skills(self) -> LabelledEntities:
        """The skills of the English ESCO."""
        return labelled(self.english_esco, EntityType.SKILL)

    @cached_property
    def english_sources(self) -> Snapshot:
        """The newest English ESCO and O*NET."""
        folders = sorted(self._folder.glob("esco-*-en"))[-1:] + sorted(self._folder.glob("onet-*"))[-1:]
        if not folders:
            raise InvalidError(f"no folder esco-*-en and no onet-* in {self._folder.name}")
        return self._read(folders)

    @cached_property
    def everything(self) -> Snapshot:
        """All sources of the folder."""
        return self._read([self._folder])

    @cached_property
    def compiled_folder(self) -> Path:
        """A folder with everything compiled."""
        self._on_step("compiling all taxonomies")
        folder = self.scratch / "compiled"
        save(compile_snapshot(self.everything), folder, load_encoder())
        return folder

    @cached_property
    def compiled(self) -> CompiledTaxonomy:
        """Everything compiled, loaded."""
        return load(self.compiled_folder, load_encoder())

    def _read(self, folders: Sequence[Path]) -> Snapshot:
        self._on_step(f"reading {', '.join(folder.name for folder in folders)}")
        sources = [source for folder in folders for source in detect(folder)]
        items = (item for source in sources for item in read_source(source))
        return snapshot_of(item for item in items if isinstance(item, EntityDraft))


@contextmanager
def open_taxonomies(data: Path, on_step: Callable[[str], None]) -> Iterator[Taxonomies]:
    """Give the taxonomies of a data folder and take away what was compiled of them."""
    with tempfile.TemporaryDirectory(prefix="canonym-bench-") as scratch:
        yield Taxonomies(data / "taxonomies", Path(scratch), on_step)


def labelled(snapshot: Snapshot, kind: EntityType, *, language: str = "en") -> LabelledEntities:
    """Return the entities of a type with their labels of a language, without misspellings."""
    entities = tuple(entity for entity in snapshot.entities if entity.type is kind)
    if not entities:
        raise InvalidError(f"the taxonomies have no entity of type {kind}")
    groups = [
        list(dict.fromkeys([entity.name, *(alias.text for alias in entity.aliases if _serves(alias, language))]))
        for entity in entities
    ]
    return LabelledEntities(entities, labels_of(groups, language=language))


def _serves(alias: Alias, language: str) -> bool:
    return alias.language in {language, ANY_LANGUAGE} and alias.kind is not AliasKind.MISSPELLING


def standardizer_of(taxonomy: CompiledTaxonomy, calibration: Calibration | None = None) -> Standardizer:
    """Return the product's standardizer over a compiled taxonomy."""
    return Standardizer(taxonomy, calibration or load_calibration(), load_seniority())


def compiled_snapshot(snapshot: Snapshot, folder: Path) -> CompiledTaxonomy:
    """Return a snapshot compiled through a folder, as the product does it."""
    encoder = load_encoder()
    save(compile_snapshot(snapshot), folder, encoder)
    return load(folder, encoder)
