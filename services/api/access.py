"""What happens around every request: an id, a log line, the metrics, an answer where all else failed."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import quote

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.logs import get_logger
from services.api.metrics import ApiMetrics
from services.api.problems import INTERNAL, problem_response

REQUEST_ID_HEADER = "X-Request-Id"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LOGGED_PATH_CHARACTERS = 200
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"
"""The route of a request that reached no operation, so that made-up paths make no new time series."""


class AccessMiddleware:
    """Gives a request its id, logs and counts it, and turns what nobody caught into a problem."""

    def __init__(self, app: ASGIApp, *, metrics: ApiMetrics, read_seconds: Callable[[], float]) -> None:
        self._app = app
        self._metrics = metrics
        self._read_seconds = read_seconds
        self._log = get_logger("services.api.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        started = self._read_seconds()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except Exception:
                self._log.exception("request_failed")
                if status:
                    raise  # half an answer is sent: only a closed connection tells the client
                await problem_response(scope, INTERNAL)(scope, receive, send_with_id)
            finally:
                self._record(scope, status, self._read_seconds() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route_template(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.observe_request(method=method, route=route, status=status, seconds=seconds)
        self._log.info(
            "request",
            method=method,
            route=route,
            path=_printable_path(scope),
            status=status,
            milliseconds=round(1000 * seconds, 2),
        )


def _request_id(scope: Scope) -> str:
    """Return the id that the client or a proxy gave, where it is harmless, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return str(value, "ascii")
    return uuid.uuid4().hex


def _route_template(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path_format", NO_ROUTE))


def _printable_path(scope: Scope) -> str:
    """Return the path percent-encoded, so that it forges no log line; the query may be private."""
    return quote(scope["path"], safe="/:", errors="replace")[:_LOGGED_PATH_CHARACTERS]
