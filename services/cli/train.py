"""`canonym train`: make the model files again that come with the package."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from classifiers.encoder.linear import SHIPPED as SHIPPED_ENCODER
from classifiers.standardize.calibration import SHIPPED
from classifiers.standardize.store import open_taxonomy
from classifiers.training.config import CalibrationConfig
from core.settings import Settings
from services.cli.session import ensure_taxonomy, open_session
from services.cli.terminal import counting, steps
from taxonomy.model import EntityType
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
    out.write_bytes(orjson.dumps(result.body, option=orjson.OPT_INDENT_2) + b"\n")
    Console().print(
        f"{out}: {result.rows:,} rows; on {result.test_rows:,} rows of held-out entities log-loss "
        f"{result.log_loss:.3f} (similarity as it is: {result.log_loss_uncalibrated:.3f}), ECE-15 {result.ece:.3f}",
        soft_wrap=True,
    )


@app.command()
def encoder(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = SHIPPED_ENCODER,
    version: Annotated[str, typer.Option("--name", help="Name and version that the manifest carries.")] = "titles-1",
) -> None:
    """Learn the encoder of titles from the labels of the newest taxonomy version; needs the extra `semantic`.

    Import ESCO in English and O*NET first: the more labels mean the same, the better. Takes a few minutes, most of
    them for the teacher's vectors.
    """
    # Heavy to import, and only this command needs them.
    from classifiers.encoder.linear import save_encoder  # noqa: PLC0415
    from classifiers.encoder.minilm import MiniLmEncoder  # noqa: PLC0415
    from classifiers.training.encoder import EncoderConfig, fit_encoder, labels_of  # noqa: PLC0415

    config = EncoderConfig()
    teacher = MiniLmEncoder()
    with steps() as progress, open_session(Settings(), progress, kafka=False) as session:
        with session.engine.connect() as connection:
            snapshot = read_snapshot(connection)
            sources = sorted({one.source for one in list_versions(connection)})
        labels = labels_of(snapshot, EntityType.TITLE, config)
        with counting("Asking the teacher", total=len(labels.texts)) as bar:
            vectors = teacher.encode(labels.texts, on_progress=bar.to)
        progress.step("Fitting")
        weights, idf = fit_encoder(labels, vectors, config)
    details = {
        "name": version,
        "teacher": teacher.name,
        "labels": len(labels.texts),
        "entities": labels.membership.shape[1],
        "taxonomy_sources": sources,
        "config": asdict(config),
    }
    save_encoder(weights, idf, out, details=details)
    Console().print(f"{out}: learned from {len(labels.texts):,} labels", soft_wrap=True)
