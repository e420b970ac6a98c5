"""Apache Kafka in a data folder: one node in KRaft mode, reached over the loopback address only."""

import base64
import json
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

import psutil

from core.errors import ConflictError, EnvironmentFaultError, RetryError
from services.local import kafka_probe
from services.local.disk import delete, explained, open_log, private_folder, tail, write_whole
from services.local.java import Java
from services.local.kafka_config import LOGGING, read_properties, require_usable, server_properties
from services.local.lock import KAFKA_VERSION
from services.local.ports import LOOPBACK
from services.local.process import Ending, Identity, end, identify, is_alive, spawn_detached

_READY_SECONDS: Final = 120.0  # after a crash the log segments are checked first
_FORMAT_SECONDS: Final = 60
_STOP: Final = (Ending(signal.SIGTERM, 20.0), Ending(signal.SIGKILL, 5.0))
_JVM: Final = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError")
_PORT_TAKEN: Final = "Address already in use"
_FULL: Final = "No space left on device"


@dataclass(frozen=True)
class KafkaPorts:
    """The two loopback ports of the node: for clients, and for its own controller."""

    broker: int
    controller: int

    @property
    def bootstrap_servers(self) -> str:
        """Return the address for clients."""
        return f"{LOOPBACK}:{self.broker}"


class Kafka:
    """The embedded Kafka of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir.absolute() / "kafka"
        self.log = data_dir.absolute() / "logs" / "kafka.log"
        self._console = data_dir.absolute() / "logs" / "kafka-console.log"
        self._properties = self.folder / "server.properties"

    def find(self) -> Identity | None:
        """Return the broker that runs on this folder, whoever started it."""
        for process in psutil.process_iter(["name", "cmdline"]):
            command = process.info["cmdline"] or []
            if process.info["name"] == "java" and command[-1:] == [str(self._properties)]:
                return identify(process.pid)
        return None

    def configured_ports(self) -> KafkaPorts | None:
        """Return the ports that the last start used."""
        try:
            values = read_properties(self._properties.read_text(encoding="latin-1"))
            endpoints = [one.rpartition(":")[2] for one in values["listeners"].split(",")]
            return KafkaPorts(int(endpoints[0]), int(endpoints[1]))
        except (OSError, KeyError, ValueError, IndexError):
            return None

    def start(self, *, java: Java, jars: Sequence[Path], ports: KafkaPorts) -> Identity:
        """Start the broker, after formatting its folder where there is none.

        Raises:
            EnvironmentFaultError: where this machine does not let it; the message says why.
            ConflictError: where the folder belongs to a newer version or another cluster.
            InvalidError: where a path has a character that Kafka or Java cannot take.
        """
        for path in [self.folder, *jars[:1]]:
            require_usable(path)
        if not self.folder.exists():
            self._make(java, jars)
        self.cluster_id()
        text = server_properties(
            data_folder=self.folder / "data", broker_port=ports.broker, controller_port=ports.controller
        )
        write_whole(self._properties, text)
        return self._spawn(java, jars)

    def cluster_id(self) -> str:
        """Return the cluster's id, after checking that the folder is of this cluster and version.

        Raises:
            ConflictError: where it is not.
        """
        try:
            facts = json.loads((self.folder / "cluster.json").read_text(encoding="utf-8"))
            cluster_id, made_by = str(facts["cluster_id"]), str(facts["kafka"])
            meta = read_properties((self.folder / "data" / "meta.properties").read_text(encoding="latin-1"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConflictError(
                f"{self.folder} is not a whole Kafka folder: move it away, or delete it with `canonym local reset`."
            ) from error
        if _version_key(made_by) > _version_key(KAFKA_VERSION):
            raise ConflictError(
                f"{self.folder} was used by Kafka {made_by}, newer than this {KAFKA_VERSION}: use the newer "
                "Canonym, "
                "move the folder away, or delete it with `canonym local reset`."
            )
        if meta.get("cluster.id") != cluster_id:
            raise ConflictError(
                f"{self.folder} holds the data of Kafka cluster {meta.get('cluster.id')} and not of "
                f"{cluster_id}: put "
                "the right data back, move the folder away, or delete it with `canonym local reset`."
            )
        return cluster_id

    def wait_ready(self, process: Identity, *, ports: KafkaPorts, cancelled: Event) -> None:
        """Wait until this broker, and no other, answers a request for its cluster's facts.

        Raises:
            EnvironmentFaultError: where it ends or does not answer in time, with the end of its log.
            RetryError: where the start was called off.
        """
        expected = self.cluster_id()
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            self._check_still_coming(process, ports, deadline=deadline)
            # Another cluster may answer on the port: then this broker is about to end, and says why.
            facts = kafka_probe.ask(ports.broker)
            if facts is not None and facts.cluster_id == expected and facts.brokers > 0:
                return
            if cancelled.wait(0.05):
                raise RetryError("The start of Kafka was called off.")

    def answers(self, ports: KafkaPorts) -> bool:
        """Tell whether the broker answers a request now."""
        return kafka_probe.ask(ports.broker) is not None

    def stop(self, process: Identity) -> None:
        """Stop the broker cleanly, by force where it does not end.

        Raises:
            EnvironmentFaultError: where even that does not end it.
        """
        with explained(self.folder):
            gone = end(process, _STOP)
        if not gone:
            raise EnvironmentFaultError(f"Kafka (pid {process.pid}) does not end; see {self.log}.")

    def delete(self) -> None:
        """Delete all data of the stopped broker.

        Raises:
            EnvironmentFaultError: where something cannot be deleted.
        """
        delete(self.folder)

    def _make(self, java: Java, jars: Sequence[Path]) -> None:
        """Format a folder beside its place and move it there, so that it is whole or absent."""
        private_folder(self.folder.parent)
        with explained(self.folder.parent):
            for left_over in self.folder.parent.glob(".kafka-new-*"):
                delete(left_over)
            fresh = Path(tempfile.mkdtemp(prefix=".kafka-new-", dir=self.folder.parent))
            try:
                self._format(java, jars, fresh)
                fresh.rename(self.folder)
            finally:
                delete(fresh)

    def _format(self, java: Java, jars: Sequence[Path], folder: Path) -> None:
        cluster_id = new_cluster_id()
        properties = folder / "server.properties"
        write_whole(properties, server_properties(data_folder=folder / "data", broker_port=1, controller_port=2))
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config", str(properties)]
        command = [*_java(java, jars, folder=folder, log=self.log), *tool]
        private_folder(self.log.parent)
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_FORMAT_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise EnvironmentFaultError(f"{java.program} could not format {self.folder}: {error}.") from error
        if done.returncode != 0:
            raise _explained_end(f"Kafka could not format {self.folder}; it said:\n{done.stderr or done.stdout}")
        facts = {"cluster_id": cluster_id, "kafka": KAFKA_VERSION}
        write_whole(folder / "cluster.json", json.dumps(facts, indent=2) + "\n")

    def _spawn(self, java: Java, jars: Sequence[Path]) -> Identity:
        # What native libraries of a killed broker were unpacked to would pile up otherwise.
        delete(self.folder / "tmp")
        private_folder(self.folder / "tmp")
        command = [*_java(java, jars, folder=self.folder, log=self.log), "kafka.Kafka", str(self._properties)]
        console = open_log(self._console)
        try:
            os.ftruncate(console, 0)
            return spawn_detached(command, log=console, folder=self.folder, environment=_environment())
        finally:
            os.close(console)

    def _check_still_coming(self, process: Identity, ports: KafkaPorts, *, deadline: float) -> None:
        is_late = time.monotonic() > deadline
        if is_alive(process) and not is_late:
            return
        ending = f"the end of {self.log}:\n{tail(self.log)}\n{tail(self._console, lines=6)}"
        if is_late:
            raise EnvironmentFaultError(f"Kafka does not answer on port {ports.broker}; {ending}")
        raise _explained_end(f"Kafka ended at its start (ports {ports.broker} and {ports.controller}); {ending}")


def new_cluster_id() -> str:
    """Return a random id in Kafka's form."""
    while True:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Kafka draws again too: its tool takes an id with a leading dash for an option.
        if not cluster_id.startswith("-"):
            return cluster_id


def _java(java: Java, jars: Sequence[Path], *, folder: Path, log: Path) -> list[str]:
    # The jars are named one by one: with a wildcard, a file that nobody checked would be loaded too.
    settings = (
        f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
        f"-Dcanonym.kafka.log={log}",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",
    )
    return [str(java.program), *_JVM, *settings, "-cp", os.pathsep.join(map(str, jars))]


def _environment() -> dict[str, str]:
    # Options for other Java programs of this user must not change this one.
    unwanted = {"CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _explained_end(text: str) -> EnvironmentFaultError:
    if _PORT_TAKEN in text:
        return EnvironmentFaultError(f"Another program took one of Kafka's ports meanwhile: start again.\n{text}")
    if _FULL in text:
        return EnvironmentFaultError(f"The disk is full: free some space and start again.\n{text}")
    return EnvironmentFaultError(text)


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
