"""`canonym train`: make the model files again that come with the package."""

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from classifiers.standardize.calibration import SHIPPED
from classifiers.standardize.store import open_taxonomy
from classifiers.training.config import CalibrationConfig
from core.settings import Settings
from services.cli.session import ensure_taxonomy, open_session
from services.cli.terminal import counting, steps

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
