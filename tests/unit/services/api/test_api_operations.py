import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import structlog
from api_client import ApiClient, FixedSource, OpenClient
from prometheus_client import CollectorRegistry

from classifiers.standardize.standardizer import Standardizer
from services.api.metrics import api_metrics
from services.api.problems import KINDS

DOCUMENT = Path(__file__).parents[4] / "docs" / "api.md"
OPERATIONS = {
    ("post", "/v1/standardize"),
    ("post", "/v1/standardize/batch"),
    ("post", "/v1/similar"),
    ("get", "/v1/entities/{entity_id}"),
    ("get", "/v1/members/{member_id}/edges"),
    ("get", "/v1/jobs/{job_id}/edges"),
    ("get", "/v1/taxonomy/versions"),
    ("get", "/v1/taxonomy/changes"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
}


@pytest.fixture(scope="module")
def openapi(client: ApiClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def operations_of(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, methods in document["paths"].items() for method in methods}


def test_readiness_names_what_is_missing(open_client: OpenClient) -> None:
    answer = open_client(FixedSource(None)).get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database", "taxonomy"])
    assert "still being loaded" in answer.json()["detail"]


def test_the_lifespan_starts_the_source(open_client: OpenClient) -> None:
    source = FixedSource(None)
    open_client(source)
    assert source.running


def test_metrics_are_a_closed_list(client: ApiClient) -> None:
    client.get("/v1/entities/skill_a")
    client.get("/made/up/path")
    lines = client.get("/metrics").text.splitlines()
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {name for name in names if not name.endswith("_created")} == {
        "canonym_api_requests_total",
        "canonym_api_request_seconds",
        "canonym_api_mentions_total",
        "canonym_api_taxonomy_version",
    }
    assert 'canonym_api_requests_total{method="GET",route="/v1/entities/{entity_id}",status="503"}' in "\n".join(lines)
    assert not any("made/up" in line for line in lines)


def test_mentions_are_counted_by_type_and_outcome(open_client: OpenClient, standardizer: Standardizer) -> None:
    opened = open_client(FixedSource(standardizer))
    opened.post("/v1/standardize", json={"text": "Python", "type": "skill"})
    opened.post("/v1/standardize", json={"text": "Zorblax wrangling", "type": "skill"})
    text = opened.get("/metrics").text
    assert 'canonym_api_mentions_total{outcome="linked",type="skill"} 1.0' in text
    assert 'canonym_api_mentions_total{outcome="nil",type="skill"} 1.0' in text
    assert "canonym_api_taxonomy_version 3.0" in text


def test_the_openapi_document_is_3_1_and_has_every_operation(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    assert operations_of(openapi) == OPERATIONS


def test_every_operation_documents_its_problems_and_every_reference_resolves(openapi: dict[str, Any]) -> None:
    for methods in openapi["paths"].values():
        for operation in methods.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert "422" not in operation["responses"]
    text = json.dumps(openapi)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(openapi["components"]["schemas"])


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"src", "href"}]
        assert tag != "script"


def test_the_documentation_page_loads_nothing_from_elsewhere_and_lists_every_operation(
    client: ApiClient,
) -> None:
    page = client.get("/docs")
    links = Links()
    links.feed(page.text)
    assert links.found == ["/openapi.json"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert all(f"<code>{path}</code>" in page.text for _, path in OPERATIONS)


@pytest.mark.parametrize("path", ["/redoc", "/docs/oauth2-redirect"])
def test_the_pages_of_the_framework_are_off(client: ApiClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_other_origins_are_allowed_nothing(client: ApiClient) -> None:
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    preflight = client.request("OPTIONS", "/v1/standardize", headers=headers)
    simple = client.get("/healthz", headers=headers)
    assert preflight.status_code == 405
    assert not [name for answer in (preflight, simple) for name in answer.headers if name.startswith("access-control")]


def test_a_request_id_that_is_given_comes_back(client: ApiClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "proxy-7.a_B"}).headers["x-request-id"] == "proxy-7.a_B"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", 'a"b'])
def test_a_request_id_that_could_do_harm_is_replaced(client: ApiClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] not in {"", given}


def test_the_log_has_one_line_a_request_and_nothing_of_its_body_or_query(client: ApiClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = client.post("/v1/standardize?q=private", json={"text": "private"})
    assert len(lines) == 1
    milliseconds = lines[0].pop("milliseconds")
    assert milliseconds > 0
    assert lines[0] == {
        "event": "request",
        "log_level": "info",
        "part": "services.api.access",
        "method": "POST",
        "route": "/v1/standardize",
        "path": "/v1/standardize",
        "status": 200,
        "request_id": answer.headers["x-request-id"],
    }


def test_a_path_cannot_forge_a_log_line(client: ApiClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/v1/%0Aevent=forged%1B")
    assert lines[-1]["path"] == "/v1/%0Aevent%3Dforged%1B"


def test_the_documentation_has_every_operation_problem_and_metric(openapi: dict[str, Any]) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    registry = CollectorRegistry()
    api_metrics(registry)
    assert all(f"`{method.upper()} {path}`" in text for method, path in operations_of(openapi))
    assert all(f"| {kind.status} | `{kind.name}` |" in text for kind in KINDS)
    assert all(f"`{metric.name}" in text for metric in registry.collect())
