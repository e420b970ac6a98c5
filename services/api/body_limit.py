"""A limit on request bodies, counted in the bytes that arrive: a header may be wrong or missing."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.problems import TOO_LARGE, problem_response


class BodyLimitMiddleware:
    """Receives a body up to the limit, then hands the request on; a larger one is refused unparsed."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared_length(scope) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the client left
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                await self._refuse(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        await self._app(scope, _replay(bytes(body), receive), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"A body may have {self._max_bytes} bytes; cut the batch, or raise CANONYM_MAX_REQUEST_BYTES."
        await problem_response(scope, TOO_LARGE, detail)(scope, receive, send)


def _declared_length(scope: Scope) -> int:
    """Return the Content-Length; 0 where there is none, or none that is a number."""
    for name, value in scope["headers"]:
        # More digits than any length has: Python refuses to convert thousands of them.
        if name == b"content-length" and value.isdigit() and len(value) <= 20:
            return int(value)
    return 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the whole body first."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
