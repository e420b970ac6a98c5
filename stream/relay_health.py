"""What the relay last did, and the address that tells: `/healthz`, `/readyz`, `/metrics`."""

import errno
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core.errors import ConflictError, EnvironmentFaultError
from core.outbox import Backlog
from stream.metrics import RelayMetrics, relay_metrics

SILENT_SECONDS = 180.0
"""A relay that did nothing for so long is stuck; the slowest batch, with a broker that goes, takes half of it."""
_BACKLOG_SECONDS = 5.0
_CLIENT_SECONDS = 5.0


class RelayHealth:
    """What the relay last did: written by its thread, read by the threads that answer."""

    def __init__(self, *, read_seconds: Callable[[], float] = time.monotonic) -> None:
        self.metrics: RelayMetrics = relay_metrics()
        self._read_seconds = read_seconds
        self._acted_at = read_seconds()
        self._measured_at = float("-inf")
        self._problem = "the relay has not reached its servers yet"

    def published(self, messages: int) -> None:
        """Note that this relay leads, and that a batch of so many messages left; 0 where none waited."""
        self.metrics.published.inc(messages)
        self._went_well(leading=True)

    def stands_by(self) -> None:
        """Note that another relay leads."""
        self._went_well(leading=False)

    def failed(self, error: Exception) -> None:
        """Note an error after which the relay tries again."""
        self.metrics.retries.labels(type(error).__name__).inc()
        self.metrics.leading.set(0)
        self._problem = f"{type(error).__name__}: {error}"[:300]
        self._acted_at = self._read_seconds()

    def wants_backlog(self) -> bool:
        """Whether it is time to look again how much waits in the outbox."""
        return self._read_seconds() - self._measured_at >= _BACKLOG_SECONDS

    def saw_backlog(self, backlog: Backlog) -> None:
        """Note how much waits in the outbox."""
        self._measured_at = self._read_seconds()
        self.metrics.outbox_messages.set(backlog.messages)
        self.metrics.outbox_oldest_seconds.set(backlog.oldest_seconds)

    def why_not_alive(self) -> str | None:
        """Return why the process should be looked at; None where it works, if only at trying again."""
        silent = self._read_seconds() - self._acted_at
        return f"the relay did nothing for {silent:.0f} seconds" if silent > SILENT_SECONDS else None

    def why_not_ready(self) -> str | None:
        """Return why nothing can be published; None where this relay leads or stands by."""
        return self.why_not_alive() or self._problem or None

    def _went_well(self, *, leading: bool) -> None:
        self.metrics.leading.set(int(leading))
        self._problem = ""
        self._acted_at = self._read_seconds()


class _Handler(BaseHTTPRequestHandler):
    """Answers the three paths; whoever asks slowly is hung up on."""

    server: "HealthServer"
    timeout = _CLIENT_SECONDS

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._send(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(self.server.health.metrics.registry))
        elif path == "/healthz":
            self._send_status("alive", self.server.health.why_not_alive())
        elif path == "/readyz":
            self._send_status("ready", self.server.health.why_not_ready())
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"try /healthz, /readyz or /metrics\n")

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Log nothing: whoever watches asks every few seconds."""

    def _send_status(self, good: str, problem: str | None) -> None:
        if problem is None:
            self._send(HTTPStatus.OK, "application/json", orjson.dumps({"status": good}))
        else:
            body = orjson.dumps({"status": f"not {good}", "detail": problem})
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "application/json", body)

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class HealthServer(socketserver.ThreadingTCPServer):
    """The server of that address; it ends with the process."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, family: socket.AddressFamily, address: Any, health: RelayHealth) -> None:  # noqa: ANN401 - by family
        self.address_family = family
        self.health = health
        super().__init__(address, _Handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up."""


def serve_health(health: RelayHealth, host: str, port: int) -> HealthServer:
    """Answer on an address from a thread of its own; port 0 takes a free one.

    Raises:
        ConflictError: where another process listens there.
        EnvironmentFaultError: where the address cannot be used on this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        server = HealthServer(family, address, health)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(f"port {port} of {host} is in use; set another CANONYM_RELAY_METRICS_PORT") from error
        raise EnvironmentFaultError(
            f"cannot listen on {host} port {port}: {error.strerror}; set CANONYM_RELAY_METRICS_HOST"
        ) from error
    threading.Thread(target=server.serve_forever, name="relay-health", daemon=True).start()
    return server
