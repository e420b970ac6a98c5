"""A taxonomy that compiles at once, and events about it."""

import random
from collections.abc import Sequence

from sqlalchemy import Engine

from core.database import transaction
from core.wire import JOB_DELETED, JOB_UPDATED, PROFILE_DELETED, PROFILE_UPDATED, Event, ProfileDocument
from graph.model import SubjectKind
from services.generator.generate import generate
from taxonomy.model import Alias, AliasKind, EntityDraft, EntityType, SourceId
from taxonomy.publish import publish
from taxonomy.repository import read_snapshot

SOURCE = "small"

_NAMES: dict[EntityType, tuple[str, ...]] = {
    EntityType.SKILL: (
        "Python", "Java", "Machine Learning", "Project Management", "Welding", "Bookkeeping", "Nursing Care",
        "Public Speaking", "Data Analysis", "Graphic Design", "Negotiation", "Carpentry",
    ),
    EntityType.TITLE: (
        "Software Engineer", "Data Scientist", "Registered Nurse", "Accountant", "Welder", "Project Manager",
        "Graphic Designer", "Sales Manager",
    ),
    EntityType.COMPANY: ("Acme Corporation", "Globex", "Initech", "Umbrella Logistics"),
    EntityType.SCHOOL: ("Springfield University", "Shelbyville College"),
    EntityType.DEGREE: ("Bachelor of Science", "Master of Arts"),
    EntityType.FIELD_OF_STUDY: ("Computer Science", "Economics"),
    EntityType.LOCATION: ("Berlin", "Lyon", "Porto", "Osaka"),
    EntityType.LANGUAGE: ("German", "French", "Portuguese"),
    EntityType.CERTIFICATE: ("Certified Public Accountant", "First Aid"),
    EntityType.INDUSTRY: ("Construction", "Health Care"),
}  # fmt: skip

_SYNONYMS = {
    "Python": ("Python programming", "py3"),
    "Machine Learning": ("ML", "statistical learning"),
    "Software Engineer": ("Software Developer", "SWE"),
    "Registered Nurse": ("RN",),
    "Acme Corporation": ("Acme",),
}


def drafts(
    *, without: Sequence[str] = (), extra_aliases: dict[str, tuple[str, ...]] | None = None
) -> list[EntityDraft]:
    """Return the entities of the small taxonomy."""
    aliases = _SYNONYMS | (extra_aliases or {})
    return [
        EntityDraft(
            type=entity_type,
            name=name,
            language="en",
            source_ids=(SourceId(SOURCE, f"{entity_type}:{name}"),),
            aliases=tuple(Alias(text, "en", AliasKind.SYNONYM, SOURCE, 0.9) for text in aliases.get(name, ())),
        )
        for entity_type, names in _NAMES.items()
        for name in names
        if name not in without
    ]


def publish_small(engine: Engine, *, without: Sequence[str] = ()) -> int:
    """Publish the small taxonomy and return the newest version."""
    with transaction(engine) as connection:
        report = publish(connection, SOURCE, drafts(without=without))
    assert report.version is not None
    return report.version


def make_events(
    engine: Engine, *, seed: int, members: int, jobs: int = 0, edits: float = 1.0, deletions: float = 0.05
) -> list[Event]:
    """Return the events of some members and jobs, in the order in which they happened."""
    with engine.connect() as connection:
        snapshot = read_snapshot(connection)
    generated = generate(snapshot, seed=seed, members=members, jobs=jobs, edits_per_member=edits, deletions=deletions)
    return [one.event for one in generated]


def profile(subject: str, sequence: int, *skills: str, event_id: str | None = None) -> Event:
    """Return an event with some skills typed."""
    return Event(
        event_id=event_id or f"{subject}-{sequence}",
        type=PROFILE_UPDATED,
        source="/test",
        subject=subject,
        sequence=sequence,
        data=ProfileDocument(skills=skills),
    )


def kind_of(event: Event) -> SubjectKind:
    """Return what kind of subject an event is about."""
    kinds = {
        PROFILE_UPDATED: SubjectKind.MEMBER,
        PROFILE_DELETED: SubjectKind.MEMBER,
        JOB_UPDATED: SubjectKind.JOB,
        JOB_DELETED: SubjectKind.JOB,
    }
    return kinds[event.type]


def with_duplicates(events: Sequence[Event], *, share: float, rng: random.Random) -> list[Event]:
    """Return the events and, again somewhere, a share of them."""
    mixed = [*events, *rng.sample(list(events), int(share * len(events)))]
    rng.shuffle(mixed)
    return mixed
