"""A process of a service without its servers: `python -m benchmarks.standardize.resident MODULE [FOLDER]`.

It imports the module, and with a folder it loads the compiled taxonomy there and answers questions until its caches
hold something. Then it prints the seconds of the loading, and waits for the end of its input.
"""

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Final

_ANSWERS: Final = 10_000
_BATCH: Final = 500


def main(module: str, folder: Path | None) -> None:
    """Be the process."""
    import_module(module)
    # What answers stays alive while others look at this process.
    seconds, _standardizer = _serving(folder) if folder else (0.0, None)
    print(f"{seconds:.3f}", flush=True)
    sys.stdin.read()


def _serving(folder: Path) -> tuple[float, object]:
    """Load a taxonomy and answer questions, most of them no alias to the letter.

    Returns the seconds of the loading, and what answers.
    """
    # Imported here alone: the other services do without.
    from classifiers.encoder.linear import load_encoder  # noqa: PLC0415
    from classifiers.standardize.calibration import load_calibration  # noqa: PLC0415
    from classifiers.standardize.compiled import load  # noqa: PLC0415
    from classifiers.standardize.model import Query  # noqa: PLC0415
    from classifiers.standardize.readings import load_seniority  # noqa: PLC0415
    from classifiers.standardize.standardizer import Standardizer  # noqa: PLC0415

    started = time.perf_counter()
    taxonomy = load(folder, load_encoder())
    standardizer = Standardizer(taxonomy, load_calibration(), load_seniority())
    standardizer.standardize(Query("software engineer"))
    seconds = time.perf_counter() - started
    count = len(taxonomy.alias_texts)
    rows = range(0, count, max(1, count // _ANSWERS))
    asked = [(f"{taxonomy.alias_texts[row]} x", taxonomy.types[int(taxonomy.alias_entities[row])]) for row in rows]
    for start in range(0, len(asked), _BATCH):
        standardizer.fields(asked[start : start + _BATCH])
    return seconds, standardizer


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
