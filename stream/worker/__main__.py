"""`python -m stream.worker`: one worker process."""

import sys

import uvloop

from core.errors import CanonymError
from core.settings import Settings
from stream.worker.main import run_worker

if __name__ == "__main__":
    uvloop.install()
    try:
        run_worker(Settings())
    except CanonymError as error:
        sys.exit(f"canonym worker: {error}")
