import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.local.lock import Jar
from services.local.maven import Coordinate


@dataclass
class Mirror:
    """A Maven repository on the loopback address that can be told to misbehave."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    truncated: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def publish(self, artifact: str, content: bytes) -> Jar:
        """Offer a jar, and return how a lock would pin it."""
        coordinate = Coordinate("org.example", artifact, "1.0")
        jar = Jar(coordinate, hashlib.sha256(content).hexdigest(), len(content))
        self.files[self.path(jar)] = content
        return jar

    def path(self, jar: Jar) -> str:
        return f"/org/example/{jar.coordinate.artifact}/1.0/{jar.filename}"

    def fetched(self) -> list[str]:
        return [path for path in self.asked if path.endswith(".jar")]


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    offered = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offered.asked.append(self.path)
            content = offered.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in offered.truncated else content)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        offered.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield offered
        server.shutdown()
        thread.join()
