"""The files that one Kafka node is configured by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.errors import InvalidError
from services.local.ports import LOOPBACK

NODE_ID: Final = 1
LOGGING: Final = Path(__file__).with_name("log4j2.properties")
_FIXED: Final = {
    "process.roles": "broker,controller",
    "node.id": str(NODE_ID),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    # After a kill the broker is let in again only when its last session has run out: 9 seconds by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # Kept small beside a heap of 512 MB.
    "log.cleaner.dedupe.buffer.size": "33554432",
}


def server_properties(*, data_folder: Path, broker_port: int, controller_port: int) -> str:
    """Return the text of `server.properties` for one node that only this machine reaches."""
    places = {
        "log.dirs": str(data_folder),
        "listeners": f"PLAINTEXT://{LOOPBACK}:{broker_port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{broker_port}",
        "controller.quorum.voters": f"{NODE_ID}@{LOOPBACK}:{controller_port}",
    }
    return properties_text({**_FIXED, **places})


def properties_text(values: Mapping[str, str]) -> str:
    """Return values in Java's properties format, which is Latin-1 with escapes."""
    return "".join(f"{key}={_escaped(value)}\n" for key, value in values.items())


def read_properties(text: str) -> dict[str, str]:
    """Read the plain `key=value` lines of a properties file, as Kafka writes its own."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip().replace("\\:", ":") for key, _, value in pairs}


def require_usable(path: Path) -> None:
    """Check that Kafka and Java can take a path: both split lists at some characters.

    Raises:
        InvalidError: where it has one of them.
    """
    if any(character in str(path) for character in ",:\n\r"):
        raise InvalidError(
            f"{path} has a comma, a colon or a line break in it, which Kafka cannot take: set "
            "CANONYM_DATA_DIR and "
            "CANONYM_CACHE_DIR to other folders."
        )


def _escaped(value: str) -> str:
    # Java reads a character outside the 16-bit plane as two escapes, which is how UTF-16 spells it.
    units = value.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
    text = "".join("\\\\" if code == ord("\\") else _character(code) for code in codes)
    return f"\\{text}" if text.startswith(" ") else text


def _character(code: int) -> str:
    is_plain = ord(" ") <= code <= ord("~")
    return chr(code) if is_plain else f"\\u{code:04x}"
