"""The commands of whoever looks after the stream: send dead letters again, and go on after a loss."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import pytest
from deployment import Deployment, RawRecord, wait_until
from kafka import TopicPartition
from small_world import make_events, profile, publish_small

from core.kafka import PROFILE_EVENTS, admin_client
from core.wire import SEQUENCE_HEADER, encode_event
from stream.accept_loss import main as accept_main
from stream.replay import main as replay_main
from stream.worker.app import EXIT_LOSS

pytestmark = pytest.mark.integration

Command = Callable[[Sequence[str]], int]


class Ended(NamedTuple):
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Run(Protocol):
    """Runs a command on the deployment of the test."""

    def __call__(self, command: Command, *arguments: str) -> Ended: ...


@pytest.fixture
def run(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in ("database_url", "kafka_bootstrap_servers", "topic_prefix"):
        monkeypatch.setenv(f"CANONYM_{name.upper()}", str(getattr(deployment.settings, name)))

    def run(command: Command, *arguments: str) -> Ended:
        capsys.readouterr()
        code = command(arguments)
        return Ended(code, *capsys.readouterr())

    return run


def test_replayed_letters_are_applied_once_mended_and_twice_without_harm(deployment: Deployment, run: Run) -> None:
    publish_small(deployment.engine)
    mended = [profile("alice", 3, "Python", *["x" * 900] * 4), profile("bob", 2, "Java", *["y" * 900] * 4)]
    newer = profile("bob", 9, "Welding")
    raw: list[RawRecord] = [
        (event.subject.encode(), encode_event(event), [("trace", b"\xff\x00"), ("trace", b"2")]) for event in mended
    ]
    raw.append((b"gone", None, [(SEQUENCE_HEADER, b"never")]))
    deployment.send_raw(raw)
    small = deployment.start_worker(CANONYM_MAX_EVENT_BYTES="2000")
    deployment.send([newer])
    deployment.settle()
    assert deployment.count("dead_letter") == 3
    small.terminate()
    assert small.wait(20) == 0

    first = run(replay_main, "--all")
    again = run(replay_main, "--all")
    letter_id = deployment.rows("SELECT dead_letter_id FROM dead_letter WHERE key = 'alice'")[0][0]
    one = run(replay_main, "--id", str(letter_id))
    deployment.start_worker()
    deployment.settle()

    assert (first.returncode, first.stdout) == (0, "3 dead letters sent again\n"), first.stderr
    assert (again.returncode, again.stdout) == (0, "0 dead letters sent again\n"), again.stderr
    assert (one.returncode, one.stdout) == (0, "1 dead letters sent again\n"), one.stderr
    assert deployment.edges() == deployment.expected([*mended, newer])
    letters = deployment.rows(
        "SELECT key, value, headers, replayed_at IS NULL AS is_open FROM dead_letter ORDER BY key, dead_letter_id"
    )
    assert [(letter.key, letter.is_open) for letter in letters] == [
        (b"alice", False),
        (b"bob", False),
        (b"gone", False),
        (b"gone", True),
    ]
    assert letters[3].value is None
    assert letters[3].headers == letters[2].headers


def test_a_replay_names_what_it_cannot_do(deployment: Deployment, run: Run) -> None:
    unknown = run(replay_main, "--id", "77")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("there is no dead letter 77")
    usage = deployment.run_module("stream.replay", "--help").stdout
    assert "--all" in usage
    assert "--id N" in usage
    assert "--dry-run" in deployment.run_module("stream.accept_loss", "--help").stdout
    with pytest.raises(SystemExit, match="2"):
        replay_main([])


def test_after_a_loss_the_worker_stops_loudly_until_the_loss_is_accepted(deployment: Deployment, run: Run) -> None:
    publish_small(deployment.engine)
    before = make_events(deployment.engine, seed=20, members=30, edits=0, deletions=0)
    worker = deployment.start_worker()
    deployment.send(before)
    deployment.settle()
    worker.terminate()
    assert worker.wait(20) == 0

    lost = [profile(f"lost-{n}", 1, "Python") for n in range(4)]
    deployment.send(lost, partition=lambda _: 1)
    start = deployment.ends(PROFILE_EVENTS)[1]
    place = TopicPartition(deployment.topic(PROFILE_EVENTS), 1)
    with admin_client(deployment.kafka_servers) as admin:
        admin.delete_records({place: start})
    kept = [profile(f"kept-{n}", 1, "Java") for n in range(4)]
    deployment.send(kept, partition=lambda _: 1)
    stopped = deployment.start_worker()
    wait_until(lambda: stopped.poll() is not None, what="the worker stopped")
    assert stopped.returncode == EXIT_LOSS
    assert "python -m stream.accept_loss" in deployment.log_text()

    what = f"{place.topic} partition 1: offsets {start - 4} to {start - 1} (4)\n"
    assert run(accept_main, "--dry-run").stdout == f"would give up {what}"
    assert run(accept_main).stdout == f"gave up {what}"
    assert run(accept_main).stdout.startswith("nothing is lost")
    deployment.start_worker()
    deployment.settle()
    deployment.check([*before, *kept])
