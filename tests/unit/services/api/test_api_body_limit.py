import json
from collections.abc import Sequence

import pytest
from anyio.from_thread import BlockingPortal
from api_client import ApiClient
from starlette.types import Message, Receive, Scope, Send

from services.api.body_limit import BodyLimitMiddleware

LIMIT = 1_000


async def echo_length(_scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(message["body"])).encode()})


def ask(
    portal: BlockingPortal, chunks: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]] = ()
) -> tuple[int | None, bytes, int]:
    """Send chunks as from a socket; return the status, the body, and how many chunks were read."""
    pending = list(chunks)
    sent = []

    async def receive() -> Message:
        if not pending:
            return {"type": "http.disconnect"}
        body = pending.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(pending)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    portal.call(BodyLimitMiddleware(echo_length, max_bytes=LIMIT), scope, receive, send)
    status = sent[0]["status"] if sent else None
    return status, b"".join(message.get("body", b"") for message in sent[1:]), len(chunks) - len(pending)


def test_a_body_of_just_the_limit_passes_whole(portal: BlockingPortal) -> None:
    assert ask(portal, [b"x" * 400, b"x" * 600])[:2] == (200, b"1000")


def test_a_chunked_body_is_refused_at_the_first_byte_over_the_limit_and_read_no_further(
    portal: BlockingPortal,
) -> None:
    status, body, read = ask(portal, [b"x" * 600, b"x" * 401, b"x" * 600, b"x"])
    assert (status, json.loads(body)["title"], read) == (413, "The body is larger than allowed", 2)


@pytest.mark.parametrize("declared", [b"10", b"0", b"-5", b"many", b"9" * 5_000])
def test_a_content_length_that_lies_does_not_lift_the_limit(portal: BlockingPortal, declared: bytes) -> None:
    assert ask(portal, [b"x" * 1_001], [(b"content-length", declared)])[0] == 413


def test_a_declared_length_over_the_limit_is_refused_before_anything_is_read(portal: BlockingPortal) -> None:
    assert ask(portal, [b"x"], [(b"content-length", b"1001")])[::2] == (413, 0)


def test_a_client_that_leaves_in_the_middle_gets_no_answer(portal: BlockingPortal) -> None:
    async def leaves() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    portal.call(BodyLimitMiddleware(echo_length, max_bytes=LIMIT), scope, leaves, send)


def test_the_app_refuses_a_body_over_its_limit(client: ApiClient) -> None:
    answer = client.post("/v1/standardize", content=b" " * 262_145)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
