import inspect
from collections.abc import Awaitable, Callable

import pytest
from api_client import ApiClient, FixedSource, OpenClient
from fastapi import Request
from pydantic import TypeAdapter

import core.errors
from classifiers.standardize.standardizer import Standardizer
from core.errors import (
    CanonymError,
    ConflictError,
    EnvironmentFaultError,
    InvalidError,
    NotFoundError,
    RetryError,
)
from services.api.problems import KIND_BY_ERROR, Problem, kind_of

JSON = {"Content-Type": "application/json"}


class UnheardOfConflictError(ConflictError):
    pass


def raising(error: Exception) -> Callable[[Request], Awaitable[None]]:
    async def route(_request: Request) -> None:
        raise error

    return route


@pytest.fixture(scope="module")
def failing(open_client: OpenClient, standardizer: Standardizer) -> ApiClient:
    """Ask an app whose extra routes raise."""
    opened = open_client(FixedSource(standardizer))
    for name, error in {
        "invalid": InvalidError("row 3 has no name"),
        "gone": NotFoundError("no such thing"),
        "conflict": UnheardOfConflictError("version 2 is not the newest"),
        "retry": RetryError("a lock is held"),
        "environment": EnvironmentFaultError("/secret/folder is full"),
        "bug": ZeroDivisionError("secret"),
    }.items():
        opened.app.add_api_route(f"/raise/{name}", raising(error))
    return opened


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidError, 422),
        (NotFoundError, 404),
        (ConflictError, 409),
        (RetryError, 503),
        (EnvironmentFaultError, 503),
    ],
)
def test_each_error_class_has_its_status(error: type[CanonymError], status: int) -> None:
    assert kind_of(error("because")).status == status


def test_the_table_has_every_error_class_of_the_product() -> None:
    classes = {c for _, c in inspect.getmembers(core.errors, inspect.isclass) if issubclass(c, CanonymError)}
    assert set(KIND_BY_ERROR) == classes


@pytest.mark.parametrize(
    ("name", "status", "detail"),
    [
        ("invalid", 422, "row 3 has no name"),
        ("gone", 404, "no such thing"),
        ("conflict", 409, "version 2 is not the newest"),
        ("retry", 503, "a lock is held"),
        ("environment", 503, None),
        ("bug", 500, None),
    ],
)
def test_an_error_answers_with_its_problem_and_never_with_internals(
    failing: ApiClient, name: str, status: int, detail: str | None
) -> None:
    answer = failing.get(f"/raise/{name}")
    problem = TypeAdapter(Problem).validate_json(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem.status, problem.detail) == (status, status, detail)
    assert problem.request_id == answer.headers["x-request-id"]
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"", 422, "body"),
        (b'{"text": "\xff"}', 400, None),
        (b"[" * 100_000, 400, None),
        (b"1" * 10_000, 400, None),
        (b'{"text": "\\ud83d"}', 422, "body.text"),
        (b'{"text": NaN}', 422, "body.text"),
        (b"{}", 422, "body.text"),
        (b"[]", 422, "body"),
        (b"null", 422, "body"),
        (b'{"text": "a", "txet": "b"}', 422, "body.txet"),
        (b'{"text": "a", "\\ud800": "b"}', 422, "body"),
        (b'{"text": "a", "top": 0}', 422, "body.top"),
        (b'{"text": "a", "top": 51}', 422, "body.top"),
        (b'{"text": "a", "type": "supertitle"}', 422, "body.type"),
        (b'{"text": "a", "language": "%s"}' % (b"x" * 36), 422, "body.language"),
        (b'{"text": "%s"}' % (b"x" * 100_001), 422, "body.text"),
    ],
)
def test_a_wrong_body_names_what_is_wrong(client: ApiClient, body: bytes, status: int, field: str | None) -> None:
    answer = client.post("/v1/standardize", content=body, headers=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert [error["field"] for error in problem.get("errors", ())] == ([] if field is None else [field])
    assert len(answer.content) < 2_000


def test_a_wrong_item_of_a_batch_is_named_by_its_place(client: ApiClient) -> None:
    items = [{"text": "a"}, {"text": "b" * 100_001}]
    answer = client.post("/v1/standardize/batch", json={"items": items})
    assert [error["field"] for error in answer.json()["errors"]] == ["body.items.1.text"]


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_has_1_to_500_items(client: ApiClient, count: int) -> None:
    answer = client.post("/v1/standardize/batch", json={"items": [{"text": "a"}] * count})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.items")


def test_a_body_that_is_not_said_to_be_json_is_415(client: ApiClient) -> None:
    answer = client.post("/v1/standardize", content=b'{"text": "a"}', headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:canonym:problem:unsupported-media-type")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nope", 404), ("PUT", "/healthz", 405)])
def test_an_unknown_path_or_method_is_a_problem(client: ApiClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers.get("allow") == ("GET" if status == 405 else None)


@pytest.mark.parametrize("path", ["/v1/entities/a%00b", "/v1/members/a%20b/edges", "/v1/jobs/a%09b/edges"])
def test_an_id_that_no_entity_or_subject_can_have_is_invalid(client: ApiClient, path: str) -> None:
    assert client.get(path).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "min_confidence=1.1",
        "min_confidence=nan",
        "relation=%00",
        "cursor=%00",
        "cursor=e30",
    ],
)
def test_a_query_out_of_its_bounds_is_invalid(client: ApiClient, query: str) -> None:
    assert client.get(f"/v1/members/m1/edges?{query}").status_code == 422


def test_a_database_that_does_not_answer_is_said_to_be_so(client: ApiClient) -> None:
    answer = client.get("/v1/entities/skill_a")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the database does not answer")
