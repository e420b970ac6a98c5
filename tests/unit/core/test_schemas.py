"""The published schemas: what the models say, on disk as generated, and true of real events."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from core.errors import NotFoundError
from core.kafka import TOPICS
from core.schemas import EXAMPLES, TYPES_OF_TOPIC, asyncapi_document, documents_by_name, json_schema_of, main
from core.wire import DATA_MODELS, PROFILE_UPDATED, decode_event, encode_event

DOCS = Path(__file__).parents[3] / "docs"


def example(event_type: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_event(EXAMPLES[event_type]))
    return body


@pytest.mark.parametrize("name", documents_by_name())
def test_a_file_in_docs_is_what_the_models_say_now(name: str) -> None:
    written = (DOCS / name).read_bytes()
    assert written == documents_by_name()[name], "run `python -m core.schemas --out docs`"


def test_docs_hold_no_schema_of_a_type_that_is_gone() -> None:
    assert {path.name for path in (DOCS / "schemas").iterdir()} == {f"{name}.json" for name in DATA_MODELS}


@pytest.mark.parametrize("event_type", DATA_MODELS)
def test_a_schema_allows_its_example_and_the_decoder_reads_it(event_type: str) -> None:
    Draft202012Validator.check_schema(json_schema_of(event_type))
    Draft202012Validator(json_schema_of(event_type)).validate(example(event_type))
    assert decode_event(encode_event(EXAMPLES[event_type]), max_bytes=100_000) == EXAMPLES[event_type]


@pytest.mark.parametrize("event_type", DATA_MODELS)
def test_the_events_page_shows_the_example_of_each_type(event_type: str) -> None:
    shown = (DOCS / "events.md").read_text(encoding="utf-8").splitlines()
    assert json.dumps(example(event_type), separators=(",", ":"), ensure_ascii=False) in shown


@pytest.mark.parametrize(
    "change",
    [
        {"type": "canonym.profile.updated.v2"},
        {"sequence": 12},
        {"sequence": "-1"},
        {"subject": "has a space"},
        {"data": {"titles": "not a list"}},
        {"data": {"skills": [{"text": "no entity id"}]}},
    ],
)
def test_a_schema_refuses_what_the_decoder_refuses(change: dict[str, Any]) -> None:
    body = example(PROFILE_UPDATED) | change
    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema_of(PROFILE_UPDATED)).validate(body)


def test_a_schema_is_additive() -> None:
    body = example(PROFILE_UPDATED) | {"traceparent": "00-1"}
    body["data"]["pronouns"] = "they"
    Draft202012Validator(json_schema_of(PROFILE_UPDATED)).validate(body)


def test_an_unknown_type_is_said_with_those_that_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"canonym\.profile\.updated\.v1"):
        json_schema_of("canonym.profile.updated.v9")


def test_the_asyncapi_document_lists_every_topic_and_every_type() -> None:
    document = asyncapi_document()
    assert set(document["channels"]) == {topic.name for topic in TOPICS} == set(TYPES_OF_TOPIC)
    assert {name for names in TYPES_OF_TOPIC.values() for name in names} == set(DATA_MODELS)
    assert set(DATA_MODELS) < set(document["components"]["messages"])


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document()
    for reference in references(document):
        if reference.startswith("./"):
            assert reference.removeprefix("./") in documents_by_name()
            continue
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in references(child)]
    return [found for child in value for found in references(child)] if isinstance(value, list) else []


def test_the_command_writes_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--out", str(tmp_path)])
    assert len(capsys.readouterr().out.splitlines()) == len(documents_by_name())
    assert (tmp_path / "asyncapi.json").read_bytes() == documents_by_name()["asyncapi.json"]


def test_a_missing_folder_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path / "nowhere")])
    assert stopped.value.code == 2
    assert "nowhere is not a folder" in capsys.readouterr().err
