"""Compile a taxonomy version: `python -m classifiers.standardize.compiling VERSION FOLDER`, the address on its input.

What compiling makes is given back to the system only by the end of a process: one that goes on to answer would hold
some 300 MB of free memory as long as it lives.
"""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

from classifiers.encoder.linear import LinearEncoder, load_encoder
from classifiers.standardize.compiled import compile_snapshot, save
from core.database import engine_for
from taxonomy.repository import read_snapshot


def compile_version(engine: Engine, version: int, folder: Path, encoder: LinearEncoder) -> None:
    """Write a compiled taxonomy version into a folder.

    Raises:
        NotFoundError: where there is no such version.
    """
    with engine.connect() as connection:
        columns = compile_snapshot(read_snapshot(connection, version))
    save(columns, folder, encoder)


def compile_apart(engine: Engine, version: int, folder: Path) -> str | None:
    """Do the same, with the shipped encoder, in a process of its own; return what it wrote where it failed."""
    command = [sys.executable, "-m", "classifiers.standardize.compiling", str(version), str(folder)]
    # By its input: what stands on a command line, everybody on the machine can read.
    address = engine.url.render_as_string(hide_password=False)
    done = subprocess.run(command, input=address, capture_output=True, check=False, text=True)
    return None if done.returncode == 0 else done.stderr.strip() or f"ended with code {done.returncode}"


if __name__ == "__main__":
    database = engine_for(sys.stdin.read(), pool_size=1, application_name="canonym-compiling")
    compile_version(database, int(sys.argv[1]), Path(sys.argv[2]), load_encoder())
