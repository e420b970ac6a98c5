import pytest
from api_client import ApiClient


def test_texts_come_most_alike_first(client: ApiClient) -> None:
    body = {"text": "data scientists", "others": ["Berlin", "Data Scientist", "data scientists"]}
    answer = client.post("/v1/similar", json=body).json()
    assert [one["place"] for one in answer["similar"]] == [2, 1, 0]
    assert answer["similar"][0] == {"place": 2, "text": "data scientists", "score": 1.0}
    assert answer["taxonomy_version"] == 3


def test_views_come_where_they_are_asked_for(client: ApiClient) -> None:
    body = {"text": "Python", "others": ["python programming"], "type": "skill", "explain": True}
    (found,) = client.post("/v1/similar", json=body).json()["similar"]
    assert found["views"] == {"letters": found["score"]}


def test_top_bounds_the_answers(client: ApiClient) -> None:
    body = {"text": "nurse", "others": ["nurse"] * 5, "top": 2}
    assert [one["place"] for one in client.post("/v1/similar", json=body).json()["similar"]] == [0, 1]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"text": "nurse"}, "others"),
        ({"text": "nurse", "others": []}, "others"),
        ({"text": "nurse", "others": ["x"] * 1_001}, "others"),
        ({"text": "x" * 1_001, "others": ["x"]}, "text"),
        ({"text": "nurse", "others": ["x" * 1_001]}, "others.0"),
        ({"text": "nurse", "others": ["x"], "type": "supertitle"}, "type"),
        ({"text": "nurse", "others": ["x"], "top": 0}, "top"),
        ({"text": "nurse", "others": ["x"], "languag": "en"}, "languag"),
    ],
)
def test_a_bad_request_names_what_is_wrong(client: ApiClient, body: dict[str, object], names: str) -> None:
    answer = client.post("/v1/similar", json=body)
    assert answer.status_code == 422
    assert names in answer.text
