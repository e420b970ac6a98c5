"""`python -m services.cli.build_process`: runs some steps of a build for the one that started it, and ends with it."""

import os
import signal
import sys
from typing import IO

from core.child import end_with_parent
from core.collector import settle
from core.database import engine_for
from core.errors import CanonymError
from services.cli.build_task import Done, Failed, Order, Said, build_input, decode_order, encode_message
from taxonomy.building.run import StepReport, run_build
from taxonomy.building.steps import STEPS
from taxonomy.repository import read_snapshot


def main() -> None:
    """Run what the line on standard input orders; say on standard output what is done, a line each."""
    # Ctrl-C reaches the whole group; whoever started this process closes its pipe then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever is printed must not come between the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    order = decode_order(sys.stdin.buffer.readline())
    end_with_parent(sys.stdin.buffer)
    try:
        _reply(replies, Done(run_order(order, replies)))
    except CanonymError as error:
        _reply(replies, Failed(str(error)))
        sys.exit(1)


def run_order(order: Order, replies: IO[bytes]) -> tuple[StepReport, ...]:
    """Run the steps that are ordered, and return what each did."""
    task = order.task
    engine = engine_for(order.database_url, application_name="canonym-build")
    with engine.connect() as connection:
        snapshot = read_snapshot(connection, task.version)
    build = build_input(task, snapshot, lambda text: _reply(replies, Said(text)))
    settle()
    steps = [step for step in STEPS if step.name in task.steps]
    reports = run_build(engine, task.key, build, steps, only=order.only)
    engine.dispose()
    return tuple(reports)


def _reply(replies: IO[bytes], reply: Said | Done | Failed) -> None:
    replies.write(encode_message(reply) + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
