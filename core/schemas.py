"""JSON Schema of every event type, and the AsyncAPI document of the topics, made from the models in `core.wire`.

`python -m core.schemas --out docs` writes them to `docs/asyncapi.json` and `docs/schemas/`; a test holds the files
against this module, so a change of a model and its files are one commit.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from core.errors import InvalidError, NotFoundError
from core.kafka import (
    DEAD_LETTERS,
    EDGE_CHANGES,
    FEEDBACK_EVENTS,
    JOB_EVENTS,
    MODEL_CHANGES,
    PROFILE_EVENTS,
    TAXONOMY_CHANGES,
    TOPICS,
    Topic,
)
from core.version import CODE_VERSION
from core.wire import (
    DATA_MODELS,
    DEAD_LETTER,
    EDGES_CHANGED,
    JOB_DELETED,
    JOB_UPDATED,
    PROFILE_DELETED,
    PROFILE_UPDATED,
    SEQUENCE_HEADER,
    TAXONOMY_PUBLISHED,
    Choice,
    DeadLetterNotice,
    Deletion,
    EdgeChanges,
    EdgeState,
    Event,
    JobDocument,
    ProfileDocument,
    TaxonomyChange,
    _Envelope,
    encode_event,
)

TYPES_OF_TOPIC: Final[Mapping[str, tuple[str, ...]]] = {
    PROFILE_EVENTS: (PROFILE_UPDATED, PROFILE_DELETED),
    JOB_EVENTS: (JOB_UPDATED, JOB_DELETED),
    FEEDBACK_EVENTS: (),
    EDGE_CHANGES: (EDGES_CHANGED,),
    TAXONOMY_CHANGES: (TAXONOMY_PUBLISHED,),
    MODEL_CHANGES: (),
    DEAD_LETTERS: (DEAD_LETTER,),
}
"""The event types that stand in each topic; none where the topic is kept for later."""

TOPICS_WITH_TOMBSTONES: Final = frozenset({PROFILE_EVENTS, JOB_EVENTS})
"""Topics in which a null value deletes the subject that is the record's key."""

_TOMBSTONE: Final = "tombstone"
_SCHEMA_FOLDER: Final = "schemas"

EXAMPLES: Final[Mapping[str, Event]] = {
    event.type: event
    for event in (
        Event(
            event_id="e-1001",
            type=PROFILE_UPDATED,
            source="/profiles",
            subject="member-1",
            sequence=12,
            data=ProfileDocument(
                language="en",
                headline="Sr SWE @ Google",
                titles=("Senior Software Engineer",),
                companies=(Choice(text="Google", entity_id="company_ljujtogborwf"),),
                skills=("Python", "k8s"),
                locations=("Zurich, Switzerland",),
            ),
            time="2026-01-15T09:30:00+00:00",
        ),
        Event(
            event_id="e-1002",
            type=PROFILE_DELETED,
            source="/profiles",
            subject="member-1",
            sequence=13,
            data=Deletion(reason="account closed"),
        ),
        Event(
            event_id="e-2001",
            type=JOB_UPDATED,
            source="/jobs",
            subject="job-1",
            sequence=4,
            data=JobDocument(
                title="Data Engineer (m/f/d)",
                company="Acme GmbH",
                location="Berlin",
                description="You build pipelines in Python and SQL.",
                skills=("SQL", "Apache Spark"),
            ),
        ),
        Event(
            event_id="e-2002",
            type=JOB_DELETED,
            source="/jobs",
            subject="job-1",
            sequence=5,
            data=Deletion(reason="filled"),
        ),
        Event(
            event_id="edges-member-e-1001",
            type=EDGES_CHANGED,
            source="/stream/member",
            subject="member-1",
            sequence=12,
            data=EdgeChanges(
                added=(
                    EdgeState(
                        relation="member-skill",
                        entity_id="skill_s2im3ec3iqjs",
                        status="inferred",
                        confidence=0.9348,
                    ),
                ),
                taxonomy_version=1,
                model_version="1",
            ),
        ),
        Event(
            event_id="dead-letter-0b6f5f3e-6f0c-4a35-9d0e-2f6c1a7d9b11-2-417",
            type=DEAD_LETTER,
            source="/stream",
            subject="0b6f5f3e-6f0c-4a35-9d0e-2f6c1a7d9b11-2-417",
            sequence=417,
            data=DeadLetterNotice(
                topic=PROFILE_EVENTS,
                partition=2,
                offset=417,
                error_class="InvalidError",
                error="event is a JSON list, not an object",
            ),
        ),
        Event(
            event_id="taxonomy-version-2",
            type=TAXONOMY_PUBLISHED,
            source="/taxonomy",
            subject="taxonomy",
            sequence=2,
            data=TaxonomyChange(version=2, source="plain:acme", changelog={"entities_added": 3, "aliases_added": 8}),
        ),
    )
}
"""One event of each type, as the documentation shows it."""


def json_schema_of(event_type: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the events of one type: the CloudEvents envelope and its data.

    Raises:
        NotFoundError: where there is no such type.
    """
    if event_type not in DATA_MODELS:
        raise NotFoundError(f"no event type {event_type!r}; there are {', '.join(sorted(DATA_MODELS))}")
    model = DATA_MODELS[event_type]
    data = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {}) | {model.__name__: data}
    envelope = _Envelope.model_json_schema()
    properties = envelope["properties"] | {
        "type": {"const": event_type},
        "data": {"$ref": f"#/$defs/{model.__name__}"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"const": _schema_id(event_type)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _schema_id(event_type),
        "title": event_type,
        "description": "A CloudEvents 1.0 event in structured JSON. Unknown members are ignored.",
        "type": "object",
        "properties": properties,
        "required": [*envelope["required"], *(["data"] if data.get("required") else [])],
        "$defs": dict(sorted(definitions.items())),
    }


def asyncapi_document() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: what is in each topic, and who writes it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Canonym",
            "version": CODE_VERSION,
            "description": "Events that Canonym reads and writes. Every topic is keyed by the id of its subject.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {
            topic.name: {
                "action": "receive" if topic.direction == "in" else "send",
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "summary": topic.purpose,
            }
            for topic in TOPICS
        },
        "components": {
            "messages": {event_type: _message(event_type) for event_type in DATA_MODELS} | {_TOMBSTONE: _tombstone()}
        },
    }


def write_documents(folder: Path) -> list[Path]:
    """Write the AsyncAPI document and all schemas below a folder, and return the files.

    Raises:
        InvalidError: where the folder does not exist.
    """
    if not folder.is_dir():
        raise InvalidError(f"{folder} is not a folder")
    documents = documents_by_name()
    (folder / _SCHEMA_FOLDER).mkdir(exist_ok=True)
    for name, body in documents.items():
        (folder / name).write_bytes(body)
    return [folder / name for name in documents]


def documents_by_name() -> dict[str, bytes]:
    """Return the content of every generated file by its name below the folder."""
    documents = {"asyncapi.json": asyncapi_document()}
    documents |= {f"{_SCHEMA_FOLDER}/{event_type}.json": json_schema_of(event_type) for event_type in DATA_MODELS}
    return {name: orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n" for name, body in documents.items()}


def _schema_id(event_type: str) -> str:
    """Return the URI that `core.wire` puts into `dataschema`."""
    return f"urn:canonym:schema:{event_type}"


def _channel(topic: Topic) -> dict[str, Any]:
    """Return one topic with its messages."""
    names = [*TYPES_OF_TOPIC[topic.name], *([_TOMBSTONE] if topic.name in TOPICS_WITH_TOMBSTONES else [])]
    kept = "Compacted: the newest event of each key is kept." if topic.compacted else "Kept for 30 days."
    later = "" if names else " Kept for later: nothing reads or writes it yet."
    return {
        "address": topic.name,
        "description": f"{topic.purpose} {kept}{later}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _message(event_type: str) -> dict[str, Any]:
    """Return one event type as a message, with its example."""
    return {
        "name": event_type,
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": f"./{_SCHEMA_FOLDER}/{event_type}.json"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "The event's subject."}}},
        "examples": [{"payload": orjson.loads(encode_event(EXAMPLES[event_type]))}],
    }


def _tombstone() -> dict[str, Any]:
    """Return the record with a null value that deletes its key."""
    header = {"type": "string", "pattern": "^[0-9]{1,19}$", "description": "The subject's sequence number."}
    return {
        "name": _TOMBSTONE,
        "summary": "A null value: the subject that is the record's key is deleted.",
        "headers": {"type": "object", "properties": {SEQUENCE_HEADER: header}, "required": [SEQUENCE_HEADER]},
        "payload": {"type": "null"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "The subject that is deleted."}}},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files and print their names."""
    parser = argparse.ArgumentParser(prog="python -m core.schemas", description="Write the schemas of all events.")
    parser.add_argument("--out", type=Path, required=True, help="Folder for asyncapi.json and schemas/.")
    try:
        files = write_documents(parser.parse_args(arguments).out)
    except InvalidError as error:
        parser.error(str(error))
    for file in files:
        print(file)  # noqa: T201 - the answer of the command


if __name__ == "__main__":
    main()
