"""`canonym train`: make the model files again that come with the package."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from classifiers.encoder.linear import SHIPPED as SHIPPED_ENCODER
from classifiers.standardize.calibration import SHIPPED
from classifiers.standardize.spelling import SHIPPED as SHIPPED_WORDS
from classifiers.standardize.store import open_taxonomy
from classifiers.training.config import CalibrationConfig
from classifiers.training.words import described_words
from core.artefact import sealed_json
from core.settings import Settings
from services.cli.session import ensure_taxonomy, open_session
from services.cli.terminal import counting, steps
from taxonomy.importers.rows import read_csv
from taxonomy.repository import list_versions, read_snapshot

app = typer.Typer(no_args_is_help=True, help="Train the models that the standardizer uses.")


@app.command()
def calibration(
    out: Annotated[Path, typer.Option("--out", help="File to write.")] = SHIPPED,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = CalibrationConfig().seed,
    model_version: Annotated[str, typer.Option(help="Version that answers will carry.")] = "1",
) -> None:
    """Fit the confidences on the aliases of the newest taxonomy version; no labels are needed."""
    # scikit-learn takes half a second to import, and only this command needs it.
    from classifiers.training.calibration import fit_calibration  # noqa: PLC0415

    config = CalibrationConfig(seed=seed)
    with steps() as progress, open_session(Settings(), progress, kafka=False) as session:
        ensure_taxonomy(session.engine, progress.step)
        taxonomy = open_taxonomy(session.engine, session.settings.data_dir, on_step=progress.step)
        with counting("Asking for aliases", total=None) as bar:
            result = fit_calibration(taxonomy, config, model_version=model_version, on_progress=bar.to)
    _replace(out, sealed_json(result.body))
    Console().print(f"{out}: learned from {result.rows:,} questions", soft_wrap=True)
    table = Table("type", "held-out questions", "log-loss", "of the score as it is", "ECE-15")
    for kind, one in result.figures.items():
        table.add_row(
            kind, f"{one.rows:,}", f"{one.log_loss:.3f}", f"{one.log_loss_uncalibrated:.3f}", f"{one.ece:.3f}"
        )
    Console().print(table)


def _replace(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: a process may be reading the one that is there."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_bytes(content)
    partial.replace(file)


@app.command()
def words(out: Annotated[Path, typer.Option("--out", help="File to write.")] = SHIPPED_WORDS) -> None:
    """List the words that several titles or skills of the newest taxonomy version have: none is taken for a slip.

    Import ESCO (in all languages that you have) and O*NET first, whose descriptions have many words. Versions that are
    compiled from then on know them.
    """
    with steps() as progress, open_session(Settings(), progress, kafka=False) as session:
        ensure_taxonomy(session.engine, progress.step)
        with session.engine.connect() as connection:
            snapshot = read_snapshot(connection)
        progress.step("Counting words")
        found = described_words(snapshot)
    _replace(out, "".join(f"{word}\n" for word in found).encode())
    Console().print(f"{out}: {len(found):,} words", soft_wrap=True)


@app.command()
def encoder(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = SHIPPED_ENCODER,
    version: Annotated[str, typer.Option("--name", help="Name and version that the manifest carries.")] = "labels-3",
    taught_by: Annotated[
        Path | None,
        typer.Option("--teacher", help="Folder of a sentence encoder that teaches English in place of MiniLM."),
    ] = None,
) -> None:
    """Learn the encoder from the labels of the newest taxonomy version; needs the extra `semantic`.

    Import ESCO (in all languages that you have) and O*NET first: the more labels mean the same, the better. Takes
    some minutes, most of them for the teachers' vectors.
    """
    # Heavy to import, and only this command needs them.
    from classifiers.encoder.folder import FolderEncoder  # noqa: PLC0415
    from classifiers.encoder.linear import save_encoder  # noqa: PLC0415
    from classifiers.encoder.minilm import MiniLmEncoder  # noqa: PLC0415
    from classifiers.encoder.multilingual import MultilingualEncoder  # noqa: PLC0415
    from classifiers.training.encoder import EncoderConfig, Words, fit_encoder  # noqa: PLC0415
    from classifiers.training.labels import labels_of  # noqa: PLC0415

    config = EncoderConfig()
    teacher = FolderEncoder(taught_by) if taught_by else MiniLmEncoder()
    multilingual = MultilingualEncoder()
    with steps() as progress, open_session(Settings(), progress, kafka=False) as session:
        with session.engine.connect() as connection:
            snapshot = read_snapshot(connection)
            sources = sorted({one.source for one in list_versions(connection)})
        labels = labels_of(
            snapshot, config.types, teacher_languages=config.teacher_languages, share=config.held_out_share
        )
        taught = [text for text, chosen in zip(labels.texts, labels.taught, strict=True) if chosen]
        words = multilingual.words()
        with counting("Asking the English teacher", total=len(taught)) as bar:
            vectors = teacher.encode(taught, on_progress=bar.to)
        with counting("Asking the multilingual teacher", total=len(labels.texts) + len(words)) as bar:
            both = multilingual.encode([*labels.texts, *words], on_progress=bar.to)
        known = Words(words, both[: len(labels.texts)], both[len(labels.texts) :])
        progress.step("Fitting")
        weights, idf = fit_encoder(
            labels,
            vectors,
            known,
            config,
            on_epoch=lambda epoch, loss: progress.step(f"Sharpened, epoch {epoch}: cross-entropy {loss:.3f}"),
        )
    details = {
        "name": version,
        "types": [kind.value for kind in config.types],
        "languages": sorted(labels.languages),
        "teachers": [teacher.name, multilingual.name],
        "labels": int((~labels.held_out).sum()),
        "labels_held_out": int(labels.held_out.sum()),
        "words": len(words),
        "entities": labels.membership.shape[1],
        "taxonomy_sources": sources,
        "config": asdict(config),
    }
    save_encoder(weights, idf, out, details=details)
    Console().print(f"{out}: learned from {details['labels']:,} labels and {len(words):,} words", soft_wrap=True)


@app.command()
def titles(
    labelled: Annotated[Path, typer.Option("--labelled", help="CSV with the columns title and entity.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")],
    language: Annotated[str, typer.Option(help="Language of the names that titles are compared with.")] = "en",
) -> None:
    """Learn to rank the titles of the newest taxonomy version from labelled ones.

    `entity` is the id of an entity or the one that its source gave it; rows that name none are counted and left out.
    Some minutes and some gigabytes of memory for ten thousand rows.
    """
    # scikit-learn takes half a second to import, and only this command needs it.
    from classifiers.encoder.linear import load_encoder  # noqa: PLC0415
    from classifiers.learning.labelled import fit_labelled  # noqa: PLC0415
    from classifiers.learning.store import StoredRanker, save_ranker  # noqa: PLC0415
    from classifiers.standardize.readings import load_seniority  # noqa: PLC0415
    from classifiers.training.titles import labelled_titles  # noqa: PLC0415

    records = read_csv(labelled, needed=("title", "entity"), advance=lambda _size: None)
    rows = [(record.get("title"), record.get("entity")) for record in records]
    with steps() as progress, open_session(Settings(), progress, kafka=False) as session:
        ensure_taxonomy(session.engine, progress.step)
        with session.engine.connect() as connection:
            snapshot = read_snapshot(connection)
        known = labelled_titles(snapshot, rows, language=language)
        ranker = fit_labelled(
            known.texts,
            known.entities,
            known.labels,
            load_encoder(),
            seniority=load_seniority(),
            on_step=progress.step,
        )
    details = {
        "taxonomy_version": snapshot.version,
        "language": language,
        "titles": len(known.texts),
        "titles_unknown": known.unknown,
        "labels": len(known.labels.texts),
    }
    save_ranker(StoredRanker(ranker, known.entity_ids), out, details=details)
    left_out = f"; {known.unknown:,} rows name no title of the taxonomy" if known.unknown else ""
    Console().print(f"{out}: learned from {len(known.texts):,} titles{left_out}", soft_wrap=True)
