"""`python -m stream.inference`: prepares batches for the worker that started it, and ends when that one does."""

import os
import signal
import sys
import time

from threadpoolctl import threadpool_limits

from classifiers.relations.infer import EdgeInferrer
from classifiers.standardize.opener import standardizer_opener
from core.database import engine_for
from core.logs import configure_logs
from core.settings import Settings
from stream.inference.serve import serve
from stream.reading import reading_of
from stream.worker.taxonomy import CurrentInferrer


def main() -> None:
    """Serve the worker at the other end of standard input and output."""
    # Whoever stops the worker by a signal to the whole group lets it finish its batch, for which it needs this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Logs, and whatever else is printed, must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = Settings()
    configure_logs(level=settings.log_level, form=settings.log_format)
    threadpool_limits(limits=1, user_api="blas")
    engine = engine_for(str(settings.database_url), application_name="canonym-inference")
    open_version = standardizer_opener(engine, settings)
    inferrer = CurrentInferrer(engine, lambda version: EdgeInferrer(open_version(version)), read_seconds=time.monotonic)
    serve(requests, replies, inferrer.current, reading_of(settings))


if __name__ == "__main__":
    main()
