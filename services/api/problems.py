"""Errors as the API answers them: `application/problem+json` (RFC 9457), from one table of error classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from core.errors import (
    CanonymError,
    ConflictError,
    EnvironmentFaultError,
    InvalidError,
    NotFoundError,
    RetryError,
)
from core.logs import get_logger

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_AFTER_SECONDS: Final = "1"
_MAX_FIELD_ERRORS: Final = 20
_MAX_TEXT: Final = 300


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(description="Where it stands, for example `body.items.3.text`.")
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description="What kind of problem it is; never changes.")
    title: str
    status: int
    detail: str | None = Field(default=None, description="What is wrong here, and what to do.")
    request_id: str | None = Field(default=None, description="The same as in the header X-Request-Id.")
    errors: list[FieldError] | None = Field(default=None, description="What is wrong, field by field.")
    missing: list[str] | None = Field(default=None, description="What the process lacks to answer (`/readyz`).")


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: its status, the end of its type URI, its title."""

    status: int
    name: str
    title: str

    @property
    def type_uri(self) -> str:
        """The URI that names the kind."""
        return f"urn:canonym:problem:{self.name}"


INVALID: Final = ProblemKind(422, "invalid", "The request cannot be processed as it is")
NOT_FOUND: Final = ProblemKind(404, "not-found", "What was asked for does not exist")
CONFLICT: Final = ProblemKind(409, "conflict", "The request clashes with what is there")
UNAVAILABLE: Final = ProblemKind(503, "unavailable", "Try again later")
INTERNAL: Final = ProblemKind(500, "internal", "Something went wrong on this side")
MALFORMED: Final = ProblemKind(400, "malformed", "The body is not JSON in UTF-8")
NO_SUCH_METHOD: Final = ProblemKind(405, "method-not-allowed", "This path does not answer to this method")
TOO_LARGE: Final = ProblemKind(413, "too-large", "The body is larger than allowed")
NOT_JSON: Final = ProblemKind(415, "unsupported-media-type", "The body has to be application/json")

KIND_BY_ERROR: Final[Mapping[type[CanonymError], ProblemKind]] = MappingProxyType(
    {
        InvalidError: INVALID,
        NotFoundError: NOT_FOUND,
        ConflictError: CONFLICT,
        RetryError: UNAVAILABLE,
        EnvironmentFaultError: UNAVAILABLE,
        CanonymError: INTERNAL,
    }
)
"""The one table from error class to answer."""

KINDS: Final = (
    MALFORMED,
    NOT_FOUND,
    NO_SUCH_METHOD,
    CONFLICT,
    TOO_LARGE,
    NOT_JSON,
    INVALID,
    INTERNAL,
    UNAVAILABLE,
)
"""Every kind of problem that the API answers with."""

_SILENT: Final = (EnvironmentFaultError,)
"""Errors whose message is about this machine: it is logged, and no client's business."""


def kind_of(error: CanonymError) -> ProblemKind:
    """Return the kind of the closest class in the table."""
    return next(KIND_BY_ERROR[cls] for cls in type(error).__mro__ if cls in KIND_BY_ERROR)


def problem_response(
    scope: Scope,
    kind: ProblemKind,
    detail: str | None = None,
    *,
    errors: Sequence[FieldError] | None = None,
    missing: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as a response."""
    problem = Problem(
        type=kind.type_uri,
        title=kind.title,
        status=kind.status,
        detail=None if detail is None else _printable(detail),
        request_id=scope.get("state", {}).get("request_id"),
        errors=None if errors is None else list(errors),
        missing=None if missing is None else list(missing),
    )
    all_headers = dict(headers or {})
    if kind is UNAVAILABLE:
        all_headers.setdefault("Retry-After", _RETRY_AFTER_SECONDS)
    return Response(
        orjson.dumps(problem.model_dump(exclude_none=True)),
        status_code=kind.status,
        headers=all_headers,
        media_type=MEDIA_TYPE,
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error that a route or the framework raises a problem."""
    app.add_exception_handler(CanonymError, _on_canonym_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_canonym_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, CanonymError):  # the framework's signature is wider than what it calls this with
        raise error
    kind = kind_of(error)
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        get_logger("services.api").warning("request_not_served", error=type(error).__name__, reason=str(error))
    hidden = isinstance(error, _SILENT) or kind is INTERNAL
    return problem_response(request.scope, kind, None if hidden else str(error))


async def _on_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem_response(request.scope, MALFORMED, "The body does not parse as JSON.")
    if any(item["loc"] == ("body",) for item in found) and not _says_json(request):
        return problem_response(request.scope, NOT_JSON, "Send the header Content-Type: application/json.")
    errors = [_field_error(item) for item in found[:_MAX_FIELD_ERRORS]]
    detail = "; ".join(f"{item.field}: {item.message}" for item in errors[:3])
    return problem_response(request.scope, INVALID, detail, errors=errors)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    kind = next((kind for kind in KINDS if kind.status == error.status_code), None)
    if kind is None:
        phrase = HTTPStatus(error.status_code).phrase
        kind = ProblemKind(error.status_code, phrase.lower().replace(" ", "-"), phrase)
    detail = {
        MALFORMED: "The body does not parse as JSON.",
        NOT_FOUND: "There is nothing at this path; /docs lists every operation.",
    }.get(kind)
    return problem_response(request.scope, kind, detail, headers=error.headers)


def _field_error(item: Mapping[str, Any]) -> FieldError:
    """Return one validation error without the value: it may be huge, private, or no valid text."""
    message = str(item["msg"]).removeprefix("Value error, ")
    return FieldError(field=_printable(".".join(map(str, item["loc"]))), message=_printable(message))


def _says_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _printable(value: str) -> str:
    """Return a text that UTF-8 can carry, cut where it is long."""
    shown = value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}..."
    return shown.encode("utf-8", "replace").decode()
