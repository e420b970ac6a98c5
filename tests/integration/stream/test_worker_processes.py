"""Workers are stopped, frozen and joined by others, and a taxonomy changes, while events flow."""

import signal
import time

import pytest
from deployment import Deployment, Fault, wait_until
from small_world import make_events, publish_small
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.database import transaction
from stream.runner import is_transient
from stream.worker.main import worker_engine

pytestmark = pytest.mark.integration


def test_a_worker_asked_to_stop_mid_stream_exits_0_and_loses_nothing(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=11, members=600)
    deployment.send(events)
    worker = deployment.start_worker()
    wait_until(lambda: deployment.count("member") > 0, what="the stream moves")

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(20) == 0
    assert 0 < deployment.count("member") < 600
    deployment.start_worker()
    deployment.settle()
    deployment.check(events)


@pytest.mark.parametrize("moment", ["before_transaction", "before_commit"])
def test_a_worker_frozen_past_its_session_changes_nothing_when_it_wakes(deployment: Deployment, moment: str) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=12, members=400)
    half = len(events) // 2
    frozen = deployment.start_worker(Fault(moment, 3), name="", FAULT_SIGNAL="SIGSTOP", IMPATIENT="1")
    deployment.send(events[:half])
    wait_until(lambda: deployment.is_stopped(frozen), what="one worker frozen")

    other = deployment.start_worker(name="", IMPATIENT="1")
    deployment.settle()
    deployment.send(events[half:])
    frozen.send_signal(signal.SIGCONT)
    deployment.settle()
    time.sleep(1)

    deployment.check(events)
    assert deployment.ledger_is_at_the_end()
    assert frozen.poll() is None
    assert other.poll() is None


def test_a_session_frozen_in_a_transaction_is_ended_so_that_others_can_go_on(database_url: str) -> None:
    engine = worker_engine(database_url, silence_seconds=1)

    def freeze() -> None:
        with transaction(engine) as connection:
            connection.execute(text("SELECT 1"))
            time.sleep(1.3)
            connection.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as raised:
        freeze()
    assert is_transient(raised.value)
    engine.dispose()


def test_a_worker_changes_over_to_a_new_taxonomy_without_a_restart(deployment: Deployment) -> None:
    first = publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=13, members=200, edits=0, deletions=0)
    half = len(events) // 2
    worker = deployment.start_worker()
    deployment.send(events[:half])
    deployment.settle()

    second = publish_small(deployment.engine, without=("Python", "Welding", "Berlin"))
    time.sleep(1.1)
    deployment.send(events[half:])
    deployment.settle()

    versions = dict(deployment.rows("SELECT subject_id, taxonomy_version FROM member"))
    assert {versions[event.subject] for event in events[:half]} == {first}
    assert {versions[event.subject] for event in events[half:]} == {second}
    assert worker.poll() is None
    stored = deployment.edges()
    assert stored == deployment.expected(events[:half], version=first) | deployment.expected(
        events[half:], version=second
    )
    deployment.check_published(stored)
