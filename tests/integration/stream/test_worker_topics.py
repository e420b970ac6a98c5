"""Offsets of the group are forged, topics are made anew, transactions are aborted: the ledger decides."""

import signal
import time

import pytest
from deployment import Deployment, wait_until
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from small_world import make_events, publish_small
from sqlalchemy import text

from core.database import transaction
from core.kafka import JOB_EVENTS, PROFILE_EVENTS, admin_client, create_topics, producer_client
from core.wire import Event, encode_event

pytestmark = pytest.mark.integration


def commit(deployment: Deployment, offsets: dict[int, int]) -> None:
    """Write offsets of the worker's group while no worker runs."""
    consumer = KafkaConsumer(bootstrap_servers=deployment.kafka_servers, group_id=deployment.group)
    places = {TopicPartition(deployment.topic(PROFILE_EVENTS), p): offset for p, offset in offsets.items()}
    consumer.assign(list(places))
    consumer.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in places.items()})
    consumer.close(autocommit=False)


def test_group_offsets_forged_ahead_and_behind_lose_nothing_and_repeat_nothing(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=5, members=150)
    half = len(events) // 2
    worker = deployment.start_worker(name="")
    deployment.send(events[:half])
    deployment.settle()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    deployment.send(events[half:])
    ends = deployment.ends(PROFILE_EVENTS)

    commit(deployment, {0: ends[0], 1: 0, 2: ends[2] - 3})
    deployment.start_worker(name="")
    deployment.settle()

    deployment.check(events)
    assert deployment.ledger_is_at_the_end()


def test_a_batch_to_be_read_again_does_not_hold_up_a_worker_that_joins_meanwhile(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=15, members=60)
    deployment.send(events)
    commit(deployment, {0: 2, 1: 2, 2: 2})

    with transaction(deployment.engine) as connection:
        connection.execute(text("LOCK TABLE stream_offset IN EXCLUSIVE MODE"))
        deployment.start_worker(name="")
        wait_until(lambda: _batches_that_wait(deployment) == 1, what="a batch waits for the ledger")
        deployment.start_worker(name="")
        wait_until(lambda: "because it is rebalancing" in deployment.log_text(), what="another worker joins")
        time.sleep(0.5)

    deployment.settle()
    assert "records_read_again" in deployment.log_text()
    deployment.check(events)


def _batches_that_wait(deployment: Deployment) -> int:
    waiting = deployment.rows(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'canonym-worker' AND wait_event_type = 'Lock'"
    )
    return int(waiting[0][0])


def test_of_a_transactional_topic_exactly_the_committed_records_are_applied(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=6, members=60)
    forged = [_later(event) for event in events]
    deployment.start_worker()
    topic = deployment.topic(PROFILE_EVENTS)

    with producer_client(deployment.kafka_servers, transactional_id=f"{deployment.prefix}tx") as producer:
        producer.init_transactions()
        for start in range(0, len(events), 6):
            for batch, committed in ((forged, False), (events, True), (forged, False)):
                producer.begin_transaction()
                for event in batch[start : start + 6]:
                    producer.send(topic, key=event.subject.encode(), value=encode_event(event))
                producer.flush()
                if committed:
                    producer.commit_transaction()
                else:
                    producer.abort_transaction()
    deployment.settle()
    deployment.check([event for event in events if event.type.startswith("canonym.profile")])

    after = make_events(deployment.engine, seed=7, members=20)
    renamed = [_renamed(event, "later") for event in after]
    deployment.send(renamed)
    deployment.settle()
    deployment.check([*events, *renamed])


def test_a_topic_that_is_made_again_starts_a_new_ledger(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    events = make_events(deployment.engine, seed=8, members=60)
    deployment.start_worker()
    deployment.send(events)
    deployment.settle()

    for name, members in (("shorter", 25), ("longer", 150)):
        make_again(deployment, deployment.topic(PROFILE_EVENTS))
        new = [_renamed(event, name) for event in make_events(deployment.engine, seed=9, members=members)]
        deployment.send(new)
        deployment.settle()
        events += new

    deployment.check(events)


def make_again(deployment: Deployment, topic: str) -> None:
    """Delete a topic and create it, as another topic of the same name."""
    with admin_client(deployment.kafka_servers) as admin:
        admin.delete_topics([topic])
        wait_until(lambda: topic not in admin.list_topics(), what="the topic gone")
    wait_until(
        lambda: topic in create_topics(deployment.kafka_servers, prefix=deployment.prefix, partitions=3),
        what="the topic made again",
    )


def test_a_worker_that_starts_before_its_topics_exist_applies_what_comes_later(deployment: Deployment) -> None:
    publish_small(deployment.engine)
    names = [deployment.topic(name) for name in (PROFILE_EVENTS, JOB_EVENTS)]
    with admin_client(deployment.kafka_servers) as admin:
        admin.delete_topics(names)
        wait_until(lambda: not set(names) & set(admin.list_topics()), what="the topics gone")
    worker = deployment.start_worker()
    wait_until(lambda: "worker_started" in deployment.log_text(), what="the worker started")
    time.sleep(1)
    create_topics(deployment.kafka_servers, prefix=deployment.prefix, partitions=deployment.partitions)
    events = make_events(deployment.engine, seed=10, members=40, jobs=10)
    deployment.send(events)
    deployment.settle()

    assert worker.poll() is None
    deployment.check(events)


def _later(event: Event) -> Event:
    """Return an event that would win over `event`, were it applied."""
    return _copy(event, subject=event.subject, sequence=event.sequence + 1_000)


def _renamed(event: Event, prefix: str) -> Event:
    return _copy(event, subject=f"{prefix}-{event.subject}", sequence=event.sequence)


def _copy(event: Event, *, subject: str, sequence: int) -> Event:
    return Event(
        event_id=f"{event.event_id}-{subject}-{sequence}",
        type=event.type,
        source=event.source,
        subject=subject,
        sequence=sequence,
        data=event.data,
    )
