"""Faust alone: consume a topic and count, nothing else. The baseline of the stream benchmark.

`python -m benchmarks.bare_faust SERVERS TOPIC EVENTS` prints the seconds from the first event to the last.
"""

import os
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import faust
import uvloop


def main(servers: str, topic_name: str, expected: int) -> None:
    """Consume `expected` events, print the seconds between the first and the last, and stop."""
    with TemporaryDirectory(prefix="bare-faust-") as work_dir:
        _consume(servers, topic_name, expected, Path(work_dir))


def _consume(servers: str, topic_name: str, expected: int, work_dir: Path) -> None:
    app = faust.App(
        f"bare-faust-{time.time_ns()}",
        broker=[f"kafka://{server}" for server in servers.split(",")],
        store="memory://",
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
        stream_buffer_maxsize=4096,
        broker_max_poll_records=2_000,
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        autodiscover=False,
        # Faust makes empty folders also where it keeps no tables; the default is the folder that one stands in.
        datadir=work_dir,
    )
    topic = app.topic(topic_name, key_serializer="raw", value_serializer="raw")

    @app.agent(topic)  # type: ignore[untyped-decorator]
    async def count(stream: Any) -> None:  # noqa: ANN401 - Faust is untyped
        seen, started = 0, 0.0
        async for _ in stream:
            seen += 1
            if seen == 1:
                started = time.monotonic()
            if seen == expected:
                print(time.monotonic() - started, flush=True)
                app.loop.call_soon(_leave, work_dir)

    worker = faust.Worker(app, loglevel="ERROR", quiet=True, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()


def _leave(work_dir: Path) -> None:
    """End the process at once: the figure is printed and the group is never used again."""
    shutil.rmtree(work_dir, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    uvloop.install()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
