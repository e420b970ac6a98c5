"""Fixtures of the streaming tests; the fake probe is the one that the contract suite holds against Kafka."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import Deployment
from sqlalchemy import Engine

sys.path.append(str(Path(__file__).parents[2] / "contract" / "stream"))


@pytest.fixture
def deployment(
    engine: Engine, database_url: str, kafka_servers: str, topic_prefix: str, data_dir: Path
) -> Iterator[Deployment]:
    """A product of its own for one test."""
    deployment = Deployment(engine, database_url, kafka_servers, prefix=topic_prefix, data_dir=data_dir)
    yield deployment
    deployment.stop_all()
