"""How a process opens standardizers: with the calibration and the thresholds that its settings name, checked once."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from classifiers.standardize.calibration import Calibration, load_calibration
from classifiers.standardize.standardizer import StandardizePolicy, Standardizer
from classifiers.standardize.store import open_standardizer
from core.artefact import verify_sealed
from core.errors import InvalidError
from core.settings import Settings
from taxonomy.model import MENTIONABLE_TYPES, EntityType


def standardizer_opener(engine: Engine, settings: Settings) -> partial[Standardizer]:
    """Return `open_standardizer` for a database, to be called with a version, now and for each that follows.

    The calibration is read here and never again, so that all answers of a process are of one model version.

    Raises:
        InvalidError: where the calibration file is missing, damaged, or made for other features, or where a threshold
            is set for what is no type.
    """
    policy = linking_policy(settings.link_threshold, settings.link_thresholds)
    calibration = chosen_calibration(settings.calibration)
    return partial(open_standardizer, engine, settings.data_dir, calibration=calibration, policy=policy)


def linking_policy(threshold: float, by_type: Iterable[tuple[str, float]]) -> StandardizePolicy:
    """Return when a mention is linked: from a threshold on, or from that of its type, where one is given.

    Raises:
        InvalidError: for a type that no text can name.
    """
    known = {str(kind.value): kind for kind in MENTIONABLE_TYPES}
    thresholds: dict[EntityType, float] = {}
    for name, value in by_type:
        if name not in known:
            raise InvalidError(f"CANONYM_LINK_THRESHOLDS: {name!r} is none of the types {', '.join(sorted(known))}")
        thresholds[known[name]] = value
    return StandardizePolicy(link_threshold=threshold, link_thresholds=thresholds)


def chosen_calibration(file: Path | None) -> Calibration:
    """Return the calibration in a file of `canonym train calibration`; None is the one that comes along.

    Raises:
        InvalidError: where the file is missing, damaged, or made for other features.
    """
    if file is None:
        return load_calibration()
    verify_sealed(file)
    return load_calibration(file)
