"""`python -m stream.worker`: one worker process."""

import uvloop

from core.settings import Settings
from stream.worker.main import run_worker

if __name__ == "__main__":
    uvloop.install()
    run_worker(Settings())
