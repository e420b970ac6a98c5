"""The baseline consumes what it is told to, says how long it took, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.kafka import PROFILE_EVENTS, create_topics, delete_topics, producer_client

pytestmark = pytest.mark.integration


def test_bare_faust_prints_its_seconds_and_leaves_no_folder(
    kafka_servers: str, topic_prefix: str, tmp_path: Path
) -> None:
    create_topics(kafka_servers, prefix=topic_prefix, partitions=1)
    topic = topic_prefix + PROFILE_EVENTS
    with producer_client(kafka_servers) as producer:
        for number in range(50):
            producer.send(topic, key=b"m", value=b"%d" % number)
    folders = [tmp_path / "here", tmp_path / "temporary"]
    for folder in folders:
        folder.mkdir()
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare_faust", kafka_servers, topic, "50"],
        cwd=folders[0],
        env=os.environ | {"TMPDIR": str(folders[1])},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert float(ended.stdout.split()[-1]) >= 0
    assert [list(folder.iterdir()) for folder in folders] == [[], []]
    delete_topics(kafka_servers, prefix=topic_prefix)
