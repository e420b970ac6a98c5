import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Never

import httpx
import pytest
from sqlalchemy import Engine

from core.database import transaction
from core.errors import NotFoundError
from graph.model import SubjectKind
from graph.reader import EdgeFilter, read_edge_page, read_subject
from services.api.reading import read_only
from services.api.source import CurrentStandardizer
from taxonomy.model import EntityDraft, EntityType, SourceId
from taxonomy.publish import publish

pytestmark = pytest.mark.integration


def id_of(entity_type: str, key: str) -> str:
    return EntityDraft(EntityType(entity_type), "", "en", (SourceId("test", key),)).entity_id


PYTHON, PYTHON_3, RUST = id_of("skill", "python"), id_of("skill", "python-3"), id_of("skill", "rust")
ENGINEER, GOOGLE = id_of("title", "software-engineer"), id_of("company", "google")


def test_a_ready_process_says_so(client: httpx.Client) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}


def test_a_text_is_standardized_with_the_newest_version(client: httpx.Client) -> None:
    answer = client.post("/v1/standardize", json={"text": "rust", "type": "skill"}).json()
    assert answer["mentions"][0]["candidates"][0]["entity_id"] == RUST
    assert answer["taxonomy_version"] >= 2


def test_an_entity_is_shown_with_all_that_is_known_of_it(client: httpx.Client) -> None:
    entity = client.get(f"/v1/entities/{PYTHON}?version=2").json()
    assert entity == {
        "entity_id": PYTHON,
        "requested_id": PYTHON,
        "type": "skill",
        "name": "Python",
        "names": {"de": "Python-Programmierung", "en": "Python"},
        "aliases": {
            "de": [{"text": "Python-Programmierung", "kind": "translation", "source": "test", "confidence": 0.9}],
            "en": [
                {"text": "Python", "kind": "canonical", "source": "test", "confidence": 1.0},
                {"text": "Python programming", "kind": "synonym", "source": "test", "confidence": 1.0},
            ],
        },
        "parents": [{"relation": "broader", "entity_id": id_of("skill_group", "programming"), "name": "Programming"}],
        "source_ids": [{"source": "test", "id": "python"}, {"source": "test", "id": "python-3"}],
        "attributes": {"key": "python"},
        "taxonomy_version": 2,
        "versions": [{"since_version": 1, "until_version": None}],
    }


def test_a_merged_id_answers_with_the_entity_that_replaced_it(client: httpx.Client) -> None:
    entity = client.get(f"/v1/entities/{PYTHON_3}").json()
    assert (entity["entity_id"], entity["requested_id"], entity["name"]) == (PYTHON, PYTHON_3, "Python")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/entities/skill_nothing",
        f"/v1/entities/{RUST}?version=1",
        f"/v1/entities/{PYTHON}?version=999",
        "/v1/members/nobody/edges",
        "/v1/members/gone/edges",
        "/v1/jobs/m1/edges",
    ],
)
def test_what_never_was_or_is_no_more_is_a_404_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:canonym:problem:not-found")


@pytest.mark.parametrize("entity_id", ["x" * 200, "ü", "%F0%9F%A6%80", "%FF", "'%3B--", "%25s", "%5C"])
def test_odd_ids_are_not_found(client: httpx.Client, entity_id: str) -> None:
    paths = (f"/v1/entities/{entity_id}", f"/v1/members/{entity_id}/edges", f"/v1/jobs/{entity_id}/edges")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


def test_an_entity_that_the_client_has_costs_no_body(client: httpx.Client) -> None:
    first = client.get(f"/v1/entities/{PYTHON}")
    etag = first.headers["etag"]
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get(f"/v1/entities/{PYTHON}", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(f"/v1/entities/{PYTHON}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_edges_of_a_member_come_with_names_evidence_and_versions(client: httpx.Client) -> None:
    page = client.get("/v1/members/m1/edges").json()
    assert (page["subject_id"], page["sequence"], page["next_cursor"]) == ("m1", 7, None)
    assert datetime.now(UTC) - datetime.fromisoformat(page["updated_at"]) < timedelta(minutes=10)
    assert [edge["relation"] for edge in page["edges"]] == [
        "member-company",
        "member-skill",
        "member-skill",
        "member-title",
    ]
    company = page["edges"][0]
    del company["updated_at"]
    assert company == {
        "relation": "member-company",
        "entity_id": GOOGLE,
        "entity_name": "Google",
        "status": "inferred",
        "confidence": 0.8314,
        "field": "companies",
        "evidence": "Google 🦀",
        "taxonomy_version": 2,
        "model_version": "1",
        "event_sequence": 7,
    }


def test_an_id_may_hold_slashes(client: httpx.Client) -> None:
    for path in ("/v1/jobs/urn:job/9/edges", "/v1/jobs/urn%3Ajob%2F9/edges"):
        assert client.get(path).json()["subject_id"] == "urn:job/9"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("relation=member-skill", {PYTHON, RUST}),
        ("relation=member-school", set()),
        ("min_confidence=0.9", {PYTHON, ENGINEER}),
        ("min_confidence=0.8314", {PYTHON, ENGINEER, GOOGLE}),
        ("min_confidence=0.8315", {PYTHON, ENGINEER}),
        ("relation=member-skill&min_confidence=1", {PYTHON}),
    ],
)
def test_edges_are_filtered_by_relation_and_confidence(client: httpx.Client, query: str, expected: set[str]) -> None:
    assert {edge["entity_id"] for edge in client.get(f"/v1/members/m1/edges?{query}").json()["edges"]} == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_together_are_all_edges_once_and_in_order(client: httpx.Client, limit: int) -> None:
    everything = client.get("/v1/members/m1/edges").json()["edges"]
    collected, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        parameters = {"limit": limit} | ({} if cursor is None else {"cursor": cursor})
        page = client.get("/v1/members/m1/edges", params=parameters).json()
        collected += page["edges"]
        cursor, pages = page["next_cursor"], pages + 1
    assert collected == everything
    assert pages == -(-len(everything) // limit)


@pytest.mark.parametrize("cursor", ["", "x", "!", "e30", base64.urlsafe_b64encode(b'["a\\u0000","b"]').decode()])
def test_a_cursor_that_was_made_up_is_invalid(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/v1/members/m1/edges", params={"cursor": cursor})
    assert (answer.status_code, "next_cursor" in answer.json()["detail"]) == (422, True)


def test_the_reader_takes_a_read_only_view_of_one_moment(engine: Engine) -> None:
    with read_only(engine) as reading:
        before = read_subject(reading, SubjectKind.MEMBER, "m1")
        edges = read_edge_page(reading, SubjectKind.MEMBER, "m1", EdgeFilter(), after=None, limit=10)
        with transaction(engine) as writing:
            writing.exec_driver_sql("UPDATE member SET sequence = 70 WHERE subject_id = 'm1'")
        try:
            assert read_subject(reading, SubjectKind.MEMBER, "m1") == before
        finally:
            with transaction(engine) as writing:
                writing.exec_driver_sql("UPDATE member SET sequence = 7 WHERE subject_id = 'm1'")
    assert len(edges) == 4
    with read_only(engine) as reading, pytest.raises(NotFoundError):
        read_subject(reading, SubjectKind.JOB, "m1")


def test_versions_are_listed_oldest_first(client: httpx.Client) -> None:
    answer = client.get("/v1/taxonomy/versions").json()
    assert [item["version"] for item in answer["versions"]][:2] == [1, 2]
    assert answer["versions"][0]["changelog"]["entities_added"] == 5
    assert answer["loaded_version"] == answer["versions"][-1]["version"]


def test_a_body_without_a_length_is_counted_as_it_arrives(client: httpx.Client) -> None:
    answer = client.post("/v1/standardize", content=(b" " * 50_000 for _ in range(8)))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    chunked = client.post(
        "/v1/standardize",
        content=iter([b'{"text": ', b'"rust"}']),
        headers={"Content-Type": "application/json"},
    )
    assert chunked.status_code == 200


def test_a_newer_version_is_taken_over_without_a_restart(client: httpx.Client, engine: Engine) -> None:
    with transaction(engine) as connection:
        drafts = [EntityDraft(EntityType.SKILL, "Zymurgy", "en", (SourceId("later", "zymurgy"),))]
        version = publish(connection, "later", drafts).version
    body = {"text": "zymurgy", "type": "skill"}
    deadline = datetime.now(UTC) + timedelta(seconds=15)
    answer = client.post("/v1/standardize", json=body).json()
    while answer["taxonomy_version"] != version and datetime.now(UTC) < deadline:
        answer = client.post("/v1/standardize", json=body).json()
    assert answer["taxonomy_version"] == version
    assert answer["mentions"][0]["linked"]


def test_a_source_keeps_what_it_has_where_a_newer_version_does_not_load(
    engine: Engine, open_source: Callable[..., CurrentStandardizer]
) -> None:
    source = open_source()
    source.refresh()
    kept = source.current()

    def broken(_version: int) -> Never:
        raise OSError(28, "No space left on device")

    source._open_standardizer = broken
    with transaction(engine) as connection:
        drafts = [EntityDraft(EntityType.SKILL, "Quipu reading", "en", (SourceId("last", "quipu"),))]
        publish(connection, "last", drafts)
    source.refresh()
    assert source.current() is kept


def test_what_changed_since_a_version_comes_in_pages(client: httpx.Client) -> None:
    first = client.get("/v1/taxonomy/changes?since=1&until=2&limit=1").json()
    rest = client.get(f"/v1/taxonomy/changes?since=1&limit=1&cursor={first['next_cursor']}").json()
    changes = {change["entity_id"]: change for change in first["changes"] + rest["changes"]}
    assert {one: change["kinds"] for one, change in changes.items()} == {PYTHON_3: ["merged"], RUST: ["added"]}
    assert changes[PYTHON_3]["into"] == PYTHON
    assert (rest["until_version"], rest["next_cursor"]) == (2, None)
    assert client.get("/v1/taxonomy/changes?since=2&until=1").status_code == 422
    assert client.get("/v1/taxonomy/changes?since=1&cursor=WyJ4IiwgIngiXQ").status_code == 422
    assert client.get("/v1/taxonomy/changes?since=99").status_code == 404
