"""Names of the topics, and the admin and producer tools over kafka-python.

Every topic is keyed by subject id, so that the events of one subject stay in order within a partition.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from core.errors import InvalidError, RetryError

PROFILE_EVENTS: Final = "profile-events"
JOB_EVENTS: Final = "job-events"
FEEDBACK_EVENTS: Final = "feedback-events"
EDGE_CHANGES: Final = "edge-changes"
TAXONOMY_CHANGES: Final = "taxonomy-changes"
MODEL_CHANGES: Final = "model-changes"
DEAD_LETTERS: Final = "dead-letters"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of Canonym: who writes it, and whether Kafka keeps only the newest value of each key."""

    name: str
    direction: str
    compacted: bool
    purpose: str


TOPICS: Final[tuple[Topic, ...]] = (
    Topic(PROFILE_EVENTS, "in", compacted=False, purpose="Members' profiles as saved, and their deletion."),
    Topic(JOB_EVENTS, "in", compacted=False, purpose="Job posts as saved, and their deletion."),
    Topic(FEEDBACK_EVENTS, "in", compacted=False, purpose="What members say of inferred edges."),
    Topic(EDGE_CHANGES, "out", compacted=False, purpose="What changed in the edges of a member or job."),
    Topic(TAXONOMY_CHANGES, "out", compacted=True, purpose="A taxonomy version was published."),
    Topic(MODEL_CHANGES, "out", compacted=True, purpose="A model was promoted or rolled back."),
    Topic(DEAD_LETTERS, "out", compacted=False, purpose="A record could not be applied."),
)


def create_topics(bootstrap_servers: str, *, prefix: str, partitions: int, replication_factor: int = -1) -> list[str]:
    """Create the topics that are not there yet and return their names.

    Raises:
        RetryError: where the broker does not answer.
    """
    created = []
    with admin_client(bootstrap_servers) as admin:
        existing = set(admin.list_topics())
        for topic in TOPICS:
            name = prefix + topic.name
            if name in existing:
                continue
            config = {"cleanup.policy": "compact"} if topic.compacted else {"retention.ms": str(30 * 86_400_000)}
            new = NewTopic(
                name=name,
                num_partitions=1 if topic.compacted else partitions,
                replication_factor=replication_factor,
                topic_configs=config,
            )
            try:
                admin.create_topics([new])
            except TopicAlreadyExistsError:
                continue
            created.append(name)
    return created


def topic_ids(bootstrap_servers: str, names: Sequence[str]) -> dict[str, str]:
    """Return Kafka's id of each topic that exists."""
    with admin_client(bootstrap_servers) as admin:
        described = admin.describe_topics(list(names))
    return {topic["name"]: str(topic["topic_id"]) for topic in described if not topic.get("error_code")}


@contextmanager
def admin_client(bootstrap_servers: str) -> Iterator[Any]:
    """Open an admin client for one piece of work."""
    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap_servers.split(","), client_id="canonym-admin")
    except KafkaError as error:
        raise RetryError(f"Kafka at {bootstrap_servers} does not answer: {error}") from error
    try:
        yield client
    finally:
        client.close()


@contextmanager
def producer_client(bootstrap_servers: str, **options: Any) -> Iterator[Any]:  # noqa: ANN401 - kafka-python's options
    """Open a producer that waits for all replicas, and flush it at the end."""
    settings = {"acks": "all", "linger_ms": 5, "enable_idempotence": True, "compression_type": None} | options
    try:
        producer = KafkaProducer(bootstrap_servers=bootstrap_servers.split(","), **settings)
    except KafkaError as error:
        raise RetryError(f"Kafka at {bootstrap_servers} does not answer: {error}") from error
    try:
        yield producer
        producer.flush()
    finally:
        producer.close()


def delete_topics(bootstrap_servers: str, *, prefix: str) -> None:
    """Delete the topics with a prefix of their own; the default topics are refused."""
    if not prefix:
        raise InvalidError("deleting topics needs a prefix: those without one hold the real events")
    with admin_client(bootstrap_servers) as admin:
        existing = set(admin.list_topics())
        admin.delete_topics([prefix + topic.name for topic in TOPICS if prefix + topic.name in existing])
