import pytest
from api_client import ApiClient, FixedSource, OpenClient

from classifiers.standardize.calibration import load_calibration

EVERY_TYPE = (
    "skill",
    "title",
    "company",
    "school",
    "degree",
    "field_of_study",
    "location",
    "language",
    "certificate",
    "industry",
)


def test_running_text_answers_with_mentions_where_they_stand(client: ApiClient) -> None:
    text = "I am a Software engineer at Google and do machine learning every day"
    answer = client.post("/v1/standardize", json={"text": text}).json()
    assert [(m["text"], m["type"], m["linked"]) for m in answer["mentions"]] == [
        ("Software engineer", "title", True),
        ("Google", "company", True),
        ("machine learning", "skill", True),
    ]
    assert all(text[m["start"] : m["end"]] == m["text"] for m in answer["mentions"])
    assert answer["taxonomy_version"] == 3
    assert answer["model_version"]


def test_a_candidate_says_which_entity_it_is_and_why(client: ApiClient) -> None:
    answer = client.post("/v1/standardize", json={"text": "maschinelles Lernen", "type": "skill"}).json()
    candidate = answer["mentions"][0]["candidates"][0]
    assert 0.5 < candidate.pop("confidence") < 1
    assert candidate == {
        "entity_id": "skill_machine-learning",
        "source_ids": [{"source": "test", "id": "machine-learning"}],
        "name": "Machine learning",
        "type": "skill",
        "matched_alias": "maschinelles Lernen",
    }


def test_a_title_is_answered_with_its_seniority(client: ApiClient) -> None:
    mention = client.post("/v1/standardize", json={"text": "Sr. SWE", "type": "title"}).json()["mentions"][0]
    assert (mention["seniority"], mention["candidates"][0]["name"]) == ("senior", "Software engineer")


def test_what_the_taxonomy_does_not_know_is_a_mention_without_a_link(client: ApiClient) -> None:
    mentions = client.post("/v1/standardize", json={"text": "Zorblax wrangling", "type": "skill"}).json()["mentions"]
    assert [mention["linked"] for mention in mentions] == [False]


def test_top_bounds_the_candidates(client: ApiClient) -> None:
    body = {"text": "Python programing", "type": "skill", "top": 1}
    mentions = client.post("/v1/standardize", json=body).json()["mentions"]
    assert [len(mention["candidates"]) for mention in mentions] == [1]


def test_a_batch_answers_in_the_order_of_its_items_whatever_their_top(client: ApiClient) -> None:
    texts = ["Berlin", "Python", "nothing of note", "Google"]
    items = [{"text": text, "top": 1 + i % 2} for i, text in enumerate(texts)]
    batch = client.post("/v1/standardize/batch", json={"items": items}).json()
    single = [client.post("/v1/standardize", json=item).json()["mentions"] for item in items]
    assert [result["mentions"] for result in batch["results"]] == single
    assert (batch["taxonomy_version"], batch["model_version"]) == (3, load_calibration().model_version)


@pytest.mark.parametrize("entity_type", EVERY_TYPE)
def test_every_type_is_answered_also_where_the_taxonomy_has_none_of_it(client: ApiClient, entity_type: str) -> None:
    assert client.post("/v1/standardize", json={"text": "Python", "type": entity_type}).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "\0\x01\x1b[31m",
        "\u202e\u200f",
        "🦀" * 10_000,
        "a" * 100_000,
        "(" * 20_000,
        "a." * 50_000,
    ],
)
def test_a_text_that_names_nothing_has_no_linked_mention(client: ApiClient, text: str) -> None:
    answer = client.post("/v1/standardize", json={"text": text})
    assert answer.status_code == 200
    assert not any(mention["linked"] for mention in answer.json()["mentions"])


def test_control_characters_do_not_hide_what_stands_beside_them(client: ApiClient) -> None:
    mentions = client.post(
        "/v1/standardize", json={"text": "\0 Python \x07 is what I wrote for years at\x1bGoogle\x00"}
    ).json()["mentions"]
    assert [mention["candidates"][0]["name"] for mention in mentions] == ["Python", "Google"]


def test_offsets_count_code_points_after_emoji_too(client: ApiClient) -> None:
    mention = client.post("/v1/standardize", json={"text": "🦀👩‍💻 machine learning is what we do here"}).json()[
        "mentions"
    ][0]
    assert mention["start"] == len("🦀👩‍💻 ")


def test_a_right_to_left_alias_is_found(client: ApiClient) -> None:
    mentions = client.post("/v1/standardize", json={"text": "أعمل في مجال تعلم الآلة كل يوم"}).json()["mentions"]
    assert [mention["candidates"][0]["name"] for mention in mentions] == ["تعلم الآلة"]


def test_an_unknown_language_and_any_context_are_taken(client: ApiClient) -> None:
    body = {"text": "Python", "type": "skill", "language": "tlh-Latn", "context": "\0🦀"}
    assert client.post("/v1/standardize", json=body).json()["mentions"][0]["linked"]


def test_while_the_taxonomy_is_loading_the_client_is_told_to_try_again(open_client: OpenClient) -> None:
    answer = open_client(FixedSource(None)).post("/v1/standardize", json={"text": "Python"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "the taxonomy is still being loaded"
