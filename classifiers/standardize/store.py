"""Compiled taxonomies on disk: made once for each published version, shared by all processes of a machine."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from classifiers.encoder.linear import LinearEncoder, load_encoder
from classifiers.standardize.calibration import Calibration, load_calibration
from classifiers.standardize.compiled import FORMAT, CompiledTaxonomy, load
from classifiers.standardize.compiling import compile_apart, compile_version
from classifiers.standardize.model import AnswerOptions, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.respelling import otherwise_spelt
from classifiers.standardize.search import alike_matches
from classifiers.standardize.senses import KnownSenses
from classifiers.standardize.spelling import SHORTEST
from classifiers.standardize.standardizer import StandardizePolicy, Standardizer
from core.errors import InvalidError
from taxonomy.model import EntityType
from taxonomy.proposals.model import ProposalKind
from taxonomy.proposals.store import accepted_builds
from taxonomy.repository import count_entities, require_version
from taxonomy.senses.serving import load_sense_model

_LARGE = 50_000
"""Aliases from which on compiling leaves much memory behind."""

_KEPT = 6
"""Compiled versions that stay on disk; older ones are made again when they are asked for."""
_SENSE_MODELS = 4
"""Builds whose senses are kept in memory, those of which something was accepted last."""


def open_standardizer(
    engine: Engine,
    data_dir: Path,
    version: int | None = None,
    *,
    policy: StandardizePolicy | None = None,
    calibration: Calibration | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Standardizer:
    """Return the standardizer of a taxonomy version (the newest by default), compiling it where needed.

    Raises:
        NotFoundError: where there is no such version.
    """
    taxonomy = open_taxonomy(engine, data_dir, version=version, on_step=on_step)
    senses = open_senses(engine, data_dir, on_step=on_step)
    standardizer = Standardizer(taxonomy, calibration or load_calibration(), load_seniority(), policy, senses=senses)
    # One query of each kind through all loops, which a new installation compiles now and not for the first who asks.
    for kind in taxonomy.indexes:
        for explain in (False, True):
            standardizer.standardize(Query("a", kind, options=AnswerOptions(explain=explain)))
    return standardizer


def open_senses(engine: Engine, data_dir: Path, *, on_step: Callable[[str], None] = lambda _step: None) -> KnownSenses:
    """Return what builds on this machine know of the senses that were accepted, verified; what is damaged is left out.

    Without them, as on a machine that has not built, a context chooses among senses by the words of their company.
    """
    with engine.connect() as connection:
        keys = accepted_builds(connection, ProposalKind.SENSES, most=_SENSE_MODELS)
    models = []
    for folder in (data_dir / "builds" / key / "senses" for key in keys):
        if not folder.exists():
            continue
        try:
            models.append(load_sense_model(folder))
        except InvalidError as error:
            on_step(f"senses of a build are left out: {error}")
    return KnownSenses(tuple(models))


def open_taxonomy(
    engine: Engine,
    data_dir: Path,
    *,
    version: int | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> CompiledTaxonomy:
    """Return a compiled taxonomy version, made now where no process made it before."""
    root = data_dir / "compiled"
    with engine.connect() as connection:
        chosen = require_version(connection, version)
        encoder = load_encoder()
        folder = root / _folder_name(connection, chosen, encoder)
    try:
        return _opened(folder, encoder)
    except InvalidError:
        pass
    root.mkdir(parents=True, exist_ok=True)
    with _exclusive(root / ".lock"):
        try:
            return _opened(folder, encoder)
        except InvalidError:
            shutil.rmtree(folder, ignore_errors=True)
        on_step(f"compiling taxonomy version {chosen}")
        partial = root / f".{folder.name}"
        shutil.rmtree(partial, ignore_errors=True)
        _compile(engine, chosen, partial, encoder, on_step)
        partial.rename(folder)
        _prune(root, keep=folder)
        return _opened(folder, encoder)


def _compile(
    engine: Engine, version: int, folder: Path, encoder: LinearEncoder, on_step: Callable[[str], None]
) -> None:
    """Compile a version, a large one in a process of its own; what fails there is tried here, with its own error."""
    with engine.connect() as connection:
        aliases = sum(aliases for _, aliases in count_entities(connection, version).values())
    if aliases >= _LARGE:
        failure = compile_apart(engine, version, folder)
        if failure is None:
            return
        on_step(f"compiling in this process, for another one failed: {failure}")
        shutil.rmtree(folder, ignore_errors=True)
    compile_version(engine, version, folder, encoder)


def _opened(folder: Path, encoder: LinearEncoder) -> CompiledTaxonomy:
    """Load a taxonomy and search once in every index, so that the first query waits neither for a compiler nor disk."""
    taxonomy = load(folder, encoder)
    otherwise_spelt(taxonomy, "a" * SHORTEST, EntityType.TITLE)
    for kind in taxonomy.indexes:
        alike_matches(taxonomy, ["a"], kind)
    return taxonomy


def _folder_name(connection: Connection, version: int, encoder: LinearEncoder) -> str:
    """Return a name that is the same for the same published version of the same database, and for no other.

    What another encoder made is another folder.
    """
    row = connection.execute(
        text("SELECT source, created_at FROM taxonomy_version WHERE version = :v"), {"v": version}
    ).one()
    digest = hashlib.sha256(f"{version}\0{row.source}\0{row.created_at.isoformat()}".encode()).hexdigest()
    return f"v{version}-{digest[:12]}-f{FORMAT}-{encoder.digest}"


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold a file lock, waiting for another process that compiles."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prune(root: Path, *, keep: Path) -> None:
    """Delete the compiled versions that were made longest ago."""
    folders = sorted(
        (folder for folder in root.iterdir() if folder.is_dir() and folder != keep),
        key=lambda folder: folder.stat().st_mtime,
        reverse=True,
    )
    for folder in folders[_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
