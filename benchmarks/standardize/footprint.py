"""What a process pays to hold a compiled taxonomy: `python -m benchmarks.standardize.footprint FOLDER`.

Prints the seconds to load it and the megabytes of resident memory that came with it, in a process of its own.
"""

import sys
import time
from pathlib import Path

import psutil

from benchmarks.standardize.taxonomies import standardizer_of
from classifiers.encoder.linear import load_encoder
from classifiers.standardize.compiled import load
from classifiers.standardize.model import Query


def main(folder: Path) -> None:
    """Load, answer one question, and print."""
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.perf_counter()
    standardizer = standardizer_of(load(folder, load_encoder()))
    standardizer.standardize(Query("software engineer"))
    seconds = time.perf_counter() - started
    print(f"{seconds:.3f} {(process.memory_info().rss - before) / 1e6:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
