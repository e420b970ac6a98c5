"""Entity tags (RFC 9110): an answer that the client has already costs no body."""

import hashlib

from fastapi import Request, Response


def tagged_json(request: Request, body: str) -> Response:
    """Return a JSON body with its entity tag, or 304 where the client has just this."""
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]
