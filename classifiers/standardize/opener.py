"""How a process opens standardizers: with the calibration that its settings name, verified once at its start."""

from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from classifiers.standardize.calibration import Calibration, load_calibration
from classifiers.standardize.standardizer import Standardizer
from classifiers.standardize.store import open_standardizer
from core.artefact import verify_sealed


def standardizer_opener(engine: Engine, data_dir: Path, *, calibration_file: Path | None) -> partial[Standardizer]:
    """Return `open_standardizer` for these servers, to be called with a version, now and for each that follows.

    The calibration is read here and never again, so that all answers of a process are of one model version.

    Raises:
        InvalidError: where the calibration file is missing, damaged, or made for other features.
    """
    return partial(open_standardizer, engine, data_dir, calibration=chosen_calibration(calibration_file))


def chosen_calibration(file: Path | None) -> Calibration:
    """Return the calibration in a file of `canonym train calibration`; None is the one that comes along.

    Raises:
        InvalidError: where the file is missing, damaged, or made for other features.
    """
    if file is None:
        return load_calibration()
    verify_sealed(file)
    return load_calibration(file)
