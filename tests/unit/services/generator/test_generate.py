"""Generated people and posts: repeatable, valid, and true."""

import itertools
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidError
from core.wire import (
    JOB_DELETED,
    JOB_UPDATED,
    PROFILE_DELETED,
    PROFILE_UPDATED,
    Choice,
    JobDocument,
    ProfileDocument,
    decode_event,
    encode_event,
)
from services.generator.files import write_jsonl
from services.generator.generate import generate
from services.generator.model import CLEAN, GeneratedEvent, Noise
from taxonomy.model import (
    Alias,
    AliasKind,
    Entity,
    EntityRelation,
    EntityType,
    Snapshot,
    SourceId,
    make_entity_id,
)

TYPES = (
    EntityType.COMPANY,
    EntityType.SCHOOL,
    EntityType.DEGREE,
    EntityType.FIELD_OF_STUDY,
    EntityType.LOCATION,
    EntityType.LANGUAGE,
    EntityType.CERTIFICATE,
    EntityType.INDUSTRY,
)


def make(entity_type: EntityType, number: int, parents: tuple[tuple[EntityRelation, str], ...] = ()) -> Entity:
    source_id = SourceId("test", f"{entity_type}/{number}")
    name = f"{entity_type.replace('_', ' ')} number{number}"
    aliases = (
        Alias(f"{name} auf Deutsch", "de", AliasKind.TRANSLATION, "test"),
        Alias(f"other {name}", "en", AliasKind.SYNONYM, "test"),
        Alias(f"{entity_type[:2].upper()}{number % 5}", "mul", AliasKind.ABBREVIATION, "test"),
    )
    return Entity(make_entity_id(entity_type, source_id), entity_type, name, (source_id,), aliases, parents)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    skills = [make(EntityType.SKILL, number) for number in range(80)]
    parents = [make(EntityType.SUPERTITLE, number) for number in range(4)]
    titles = []
    for number in range(40):
        needed = [(EntityRelation.NEEDS, skills[(number * 7 + step) % 80].entity_id) for step in range(6)]
        broader = (EntityRelation.BROADER, parents[number % 4].entity_id)
        titles.append(make(EntityType.TITLE, number, (broader, *needed)))
    others = [make(entity_type, number) for entity_type in TYPES for number in range(15)]
    return Snapshot(7, (*skills, *parents, *titles, *others))


def run(snapshot: Snapshot, **settings_: object) -> list[GeneratedEvent]:
    values: dict[str, object] = {"seed": 1, "members": 300, "jobs": 60, **settings_}
    return list(generate(snapshot, **values))  # type: ignore[arg-type]


def as_bytes(events: list[GeneratedEvent]) -> list[bytes]:
    return [encode_event(item.event) for item in events]


def test_the_same_seed_gives_the_same_bytes_and_truth(snapshot: Snapshot) -> None:
    first, second = run(snapshot), run(snapshot)
    assert as_bytes(first) == as_bytes(second)
    assert [item.truth for item in first] == [item.truth for item in second]


def test_another_seed_gives_other_people(snapshot: Snapshot) -> None:
    first, second = run(snapshot), run(snapshot, seed=2)
    assert not set(as_bytes(first)) & set(as_bytes(second))
    assert not {item.event.event_id for item in first} & {item.event.event_id for item in second}


def test_the_life_of_a_member_does_not_depend_on_how_many_others_come(snapshot: Snapshot) -> None:
    few = {(item.event.subject, item.event.sequence): item.event.data for item in run(snapshot, members=50, jobs=0)}
    many = {(item.event.subject, item.event.sequence): item.event.data for item in run(snapshot, members=200)}
    assert few.items() <= many.items()


def test_every_event_is_valid_on_the_wire(snapshot: Snapshot) -> None:
    for item in run(snapshot):
        assert decode_event(encode_event(item.event), max_bytes=1_000_000) == item.event


def test_sequences_of_a_subject_count_from_one_without_a_gap(snapshot: Snapshot) -> None:
    sequences: dict[str, list[int]] = defaultdict(list)
    for item in run(snapshot, edits_per_member=2, deletions=0.3):
        sequences[item.event.subject].append(item.event.sequence)
    assert all(found == list(range(1, len(found) + 1)) for found in sequences.values())


def test_events_are_ordered_in_time_and_have_ids_of_their_own(snapshot: Snapshot) -> None:
    start = datetime(2020, 2, 2, tzinfo=UTC)
    events = run(snapshot, start=start, seconds_between_events=60)
    assert [item.event.time for item in events[:3]] == [
        (start + timedelta(minutes=minutes)).isoformat() for minutes in range(3)
    ]
    assert len({item.event.event_id for item in events}) == len(events)


def test_numbers_are_as_asked(snapshot: Snapshot) -> None:
    events = run(snapshot, members=1000, jobs=200, edits_per_member=0.5, deletions=0.1)
    counts = Counter(item.event.type for item in events)
    subjects = {item.event.subject for item in events}
    assert sum(subject.startswith("member-") for subject in subjects) == 1000
    assert counts[JOB_UPDATED] == 200
    assert 400 < counts[PROFILE_UPDATED] - 1000 < 600
    assert 60 < counts[PROFILE_DELETED] < 140
    assert 8 < counts[JOB_DELETED] < 35


def test_a_deletion_is_the_end_of_a_subject(snapshot: Snapshot) -> None:
    last = {item.event.subject: item.event.type for item in run(snapshot, edits_per_member=1, deletions=1)}
    assert set(last.values()) == {PROFILE_DELETED, JOB_DELETED}


def values_of(item: GeneratedEvent) -> dict[tuple[str, int], str | Choice]:
    found: dict[tuple[str, int], str | Choice] = {}
    data = item.event.data
    if isinstance(data, ProfileDocument | JobDocument):
        for field, value in data:
            if field in {"language", "headline", "summary", "description"} or value is None:
                continue
            column = value if isinstance(value, tuple) else (value,)
            found.update({(field, position): one for position, one in enumerate(column)})
    return found


def test_the_truth_names_every_value_where_it_stands(snapshot: Snapshot) -> None:
    texts = {"headline", "summary", "description"}
    for item in run(snapshot):
        values = values_of(item)
        truth = {(mention.field, mention.position): mention for mention in item.truth}
        assert {key for key in truth if key[0] not in texts} == values.keys()
        for key, value in values.items():
            assert truth[key].text == (value if isinstance(value, str) else value.text)
        for mention in item.truth:
            if mention.field in texts:
                assert mention.text in getattr(item.event.data, mention.field)


def test_without_noise_every_value_is_a_name_of_its_entity(snapshot: Snapshot) -> None:
    names = {
        entity.entity_id: {
            entity.name,
            *(alias.text for alias in entity.aliases if alias.kind is AliasKind.TRANSLATION),
        }
        for entity in snapshot.entities
    }
    for item in run(snapshot, noise=CLEAN):
        assert all(mention.entity_id and mention.text in names[mention.entity_id] for mention in item.truth)
        assert all(not mention.noise for mention in item.truth)


@pytest.mark.parametrize("rate", [name for name in Noise.__dataclass_fields__ if name != "wrong_pick"])
def test_each_kind_of_noise_is_in_the_truth(snapshot: Snapshot, rate: str) -> None:
    noise = replace(CLEAN, **{rate: 1.0})
    truth = list(itertools.chain.from_iterable(item.truth for item in run(snapshot, members=60, noise=noise)))
    touched = [mention for mention in truth if mention.noise]
    assert len(touched) > 20
    assert {name for mention in touched for name in mention.noise} == {rate}
    if rate == "outside":
        known = {entity.name.casefold() for entity in snapshot.entities}
        assert all(mention.entity_id is None and mention.text.casefold() not in known for mention in truth)


def test_a_wrong_pick_carries_the_id_of_another_entity(snapshot: Snapshot) -> None:
    noise = replace(CLEAN, picked=1.0, wrong_pick=1.0)
    wrong = 0
    for item in run(snapshot, members=60, noise=noise):
        values = values_of(item)
        for mention in item.truth:
            value = values.get((mention.field, mention.position))
            if isinstance(value, Choice) and "wrong_pick" in mention.noise:
                wrong += 1
                assert value.entity_id != mention.entity_id
                assert value.entity_id.startswith(f"{mention.type}_")
    assert wrong > 100


def test_ambiguous_phrases_have_several_owners(snapshot: Snapshot) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for entity in snapshot.entities:
        for text in (entity.name, *(alias.text for alias in entity.aliases)):
            owners[text].add(entity.entity_id)
    for item in run(snapshot, members=60, noise=replace(CLEAN, ambiguous=1.0)):
        for mention in item.truth:
            if "ambiguous" in mention.noise:
                assert len(owners[mention.text]) > 1
                assert mention.entity_id in owners[mention.text]


def test_careers_go_on_among_related_titles_and_use_the_skills_of_the_work(snapshot: Snapshot) -> None:
    parents = {entity.entity_id: entity.parents for entity in snapshot.entities}
    related = needed = all_pairs = all_skills = 0
    for item in run(snapshot, jobs=0, noise=CLEAN, edits_per_member=0, deletions=0):
        titles = [mention.entity_id for mention in item.truth if mention.field == "titles"]
        skills = [mention.entity_id for mention in item.truth if mention.field == "skills"]
        for one, other in itertools.pairwise(titles):
            assert one is not None
            assert other is not None
            all_pairs += 1
            related += parents[one][0] == parents[other][0]
        assert titles[0] is not None
        wanted = {parent for relation, parent in parents[titles[0]] if relation is EntityRelation.NEEDS}
        all_skills += len(skills)
        needed += sum(skill in wanted for skill in skills)
    assert related / all_pairs > 0.7
    assert needed / all_skills > 0.6


def test_frequencies_fall_like_a_zipf_law(snapshot: Snapshot) -> None:
    counts = Counter(
        mention.entity_id
        for item in run(snapshot, members=2000, jobs=0, noise=CLEAN, edits_per_member=0)
        for mention in item.truth
        if mention.field == "companies"
    )
    ordered = [count for _, count in counts.most_common()]
    assert len(ordered) == 15
    assert ordered[0] > 2 * ordered[-1]


def test_a_profile_holds_about_fifteen_values(snapshot: Snapshot) -> None:
    events = run(snapshot, jobs=0)
    assert 12 < sum(len(values_of(item)) for item in events) / len(events) < 20


def test_a_taxonomy_of_skills_alone_is_enough(snapshot: Snapshot) -> None:
    skills = tuple(entity for entity in snapshot.entities if entity.type is EntityType.SKILL)
    events = run(Snapshot(1, skills), members=30, jobs=10)
    assert {mention.type for item in events for mention in item.truth} == {EntityType.SKILL}


@given(
    members=st.integers(0, 12),
    jobs=st.integers(0, 12),
    seed=st.integers(0, 2**32),
    edits=st.floats(0, 5),
    deletions=st.floats(0, 1),
)
@settings(max_examples=25, deadline=None)
def test_every_subject_comes_once(
    snapshot: Snapshot, members: int, jobs: int, seed: int, edits: float, deletions: float
) -> None:
    events = run(snapshot, members=members, jobs=jobs, seed=seed, edits_per_member=edits, deletions=deletions)
    first = [item.event.subject for item in events if item.event.sequence == 1]
    assert sorted(first) == sorted(
        [f"member-{number + 1}" for number in range(members)] + [f"job-{number + 1}" for number in range(jobs)]
    )


@pytest.mark.parametrize(
    "settings_",
    [
        {"seed": -1},
        {"members": -1},
        {"jobs": -1},
        {"edits_per_member": -0.5},
        {"deletions": 1.5},
        {"seconds_between_events": -1},
    ],
)
def test_numbers_out_of_range_are_refused(snapshot: Snapshot, settings_: dict[str, float]) -> None:
    with pytest.raises(InvalidError):
        run(snapshot, **settings_)


def test_an_empty_taxonomy_and_a_rate_over_one_are_refused() -> None:
    with pytest.raises(InvalidError, match="import one first"):
        run(Snapshot(0, ()))
    with pytest.raises(InvalidError, match="noise rate typo is 2"):
        Noise(typo=2)


def test_files_hold_events_and_truth_line_by_line(snapshot: Snapshot, tmp_path: Path) -> None:
    steps: list[int] = []
    written = write_jsonl(generate(snapshot, seed=3, members=20, jobs=5), tmp_path / "out", advance=steps.append)
    events = (tmp_path / "out" / "events.jsonl").read_bytes().splitlines()
    truth = [orjson.loads(line) for line in (tmp_path / "out" / "truth.jsonl").read_bytes().splitlines()]
    assert written.events == len(events) == len(truth) == sum(steps)
    assert written.mentions == sum(len(line["mentions"]) for line in truth)
    for line, expected in zip(events, truth, strict=True):
        event = decode_event(line, max_bytes=1_000_000)
        assert (event.event_id, event.subject, event.sequence) == (
            expected["event_id"],
            expected["subject"],
            expected["sequence"],
        )
    assert set(truth[0]["mentions"][0]) == {"field", "position", "text", "type", "entity_id", "noise"}
