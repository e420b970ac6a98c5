"""What a request may ask for beside the plain answer."""

import math

import pytest
from api_client import ApiClient

from services.api.model import MAX_EXPLAINED_ITEMS, MAX_EXPLAINED_TOP, MAX_LIMITING_IDS

GERMAN: dict[str, object] = {"text": "Machine learning", "type": "skill", "output_language": "de"}


def test_names_come_in_the_language_that_is_asked_for(client: ApiClient) -> None:
    candidate = client.post("/v1/standardize", json=GERMAN).json()["mentions"][0]["candidates"][0]
    assert (candidate["name"], candidate["matched_alias"]) == ("maschinelles Lernen", "Machine learning")


def test_a_place_says_what_it_lies_in(client: ApiClient) -> None:
    mentions = [client.post("/v1/standardize", json={"text": text}).json()["mentions"] for text in ("Berlin", "Google")]
    assert mentions[0][0]["candidates"][0]["lies_in"] == ["Germany"]
    assert "lies_in" not in mentions[1][0]["candidates"][0]


def test_within_and_exclude_limit_the_candidates(client: ApiClient) -> None:
    body = {"text": "Python at Google in Berlin, and plenty of machine learning for everybody"}
    names = [
        [m["candidates"][0]["name"] for m in client.post("/v1/standardize", json=body | limits).json()["mentions"]]
        for limits in ({}, {"exclude": ["skill_python"]}, {"within": ["skill_python", "company_google"]})
    ]
    assert names == [
        ["Python", "Google", "Berlin", "Machine learning"],
        ["Google", "Berlin", "Machine learning"],
        ["Python", "Google"],
    ]


@pytest.mark.parametrize("option", ["within", "exclude"])
def test_an_id_that_the_taxonomy_does_not_have_is_named(client: ApiClient, option: str) -> None:
    item = {"text": "Python", option: ["skill_python", "skill_of_yesterday"]}
    one = client.post("/v1/standardize", json=item)
    assert (one.status_code, one.headers["content-type"]) == (422, "application/problem+json")
    assert one.json()["detail"] == f"{option}: taxonomy version 3 has no entity 'skill_of_yesterday'"
    many = client.post("/v1/standardize/batch", json={"items": [{"text": "Python"}, item]})
    assert (many.status_code, many.json()["detail"]) == (422, f"items.1: {one.json()['detail']}")


def test_an_explanation_adds_up_and_stands_only_where_it_is_asked_for(client: ApiClient) -> None:
    body = {"text": "Python programing", "type": "skill", "top": 2}
    plain = client.post("/v1/standardize", json=body).json()["mentions"][0]["candidates"]
    explained = client.post("/v1/standardize", json=body | {"explain": True}).json()["mentions"][0]["candidates"]
    for candidate, bare in zip(explained, plain, strict=True):
        explanation = candidate.pop("explanation")
        assert candidate == bare
        assert sum(item["log_odds"] for item in explanation["contributions"]) == pytest.approx(explanation["log_odds"])
        probability = min(0.99, 1 / (1 + math.exp(-explanation["log_odds"])))
        assert candidate["confidence"] == pytest.approx(probability, abs=1e-4)
        assert set(explanation) == {
            "exact",
            "alias_language",
            "alias_kind",
            "ngrams",
            "meaning",
            "centre",
            "margin",
            "rivals",
            "context_words",
            "contributions",
            "log_odds",
        }
        assert all(item["documentation"] for item in explanation["contributions"])


def test_the_items_of_a_batch_keep_their_own_wishes(client: ApiClient) -> None:
    bodies: list[dict[str, object]] = [
        GERMAN,
        {"text": "Machine learning", "type": "skill"},
        {"text": "Machine learning", "type": "skill", "explain": True},
        {"text": "Machine learning", "type": "skill", "exclude": ["skill_machine-learning"]},
        {"text": "Machine learning", "type": "skill", "language": "de", "context": "Statistics", "top": 1},
    ]
    batch = client.post("/v1/standardize/batch", json={"items": bodies}).json()["results"]
    assert [result["mentions"] for result in batch] == [
        client.post("/v1/standardize", json=body).json()["mentions"] for body in bodies
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"within": ["a b"]}, "body.within.0"),
        ({"exclude": ["x" * 201]}, "body.exclude.0"),
        ({"within": ["skill_python"] * (MAX_LIMITING_IDS + 1)}, "body.within"),
        ({"within": "skill_python"}, "body.within"),
        ({"output_language": "Deutsch!"}, "body.output_language"),
        ({"output_language": "d" * 36}, "body.output_language"),
        ({"explain": True, "top": MAX_EXPLAINED_TOP + 1}, "body.explain"),
        ({"explain": "perhaps"}, "body.explain"),
    ],
)
def test_an_option_out_of_its_bounds_is_named(client: ApiClient, wrong: dict[str, object], field: str) -> None:
    answer = client.post("/v1/standardize", json={"text": "Python", **wrong})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


def test_a_batch_explains_a_bounded_number_of_items(client: ApiClient) -> None:
    items: list[dict[str, object]] = [{"text": "Python", "explain": True}] * MAX_EXPLAINED_ITEMS
    assert client.post("/v1/standardize/batch", json={"items": [*items, {"text": "Python"}]}).status_code == 200
    answer = client.post("/v1/standardize/batch", json={"items": [*items, items[0]]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.items")
