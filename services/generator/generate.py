"""The stream of generated events: people and posts come, change and go, the same way for the same seed."""

import heapq
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from core.errors import InvalidError
from core.wire import JOB_DELETED, JOB_UPDATED, PROFILE_DELETED, PROFILE_UPDATED, Deletion, Event
from services.generator.model import GeneratedEvent, Noise, TruthMention
from services.generator.people import Member
from services.generator.posts import make_post
from services.generator.world import World
from services.generator.writing import Writer
from taxonomy.model import Snapshot

EVENT_SOURCE: Final = "urn:canonym:generator"
DEFAULT_START: Final = datetime(2024, 1, 1, tzinfo=UTC)

_NAMESPACE: Final = uuid.UUID("6f0c7c0e-2c7f-5d0b-9a43-3f3d0f6f4f57")
_LONGEST_DELAY_STEPS: Final = 2_000
"""Changes come at most this many newcomers later, which bounds how many members are held in memory."""
_MOST_EDITS: Final = 100
_MOST_MEMBERS: Final = 2**40


@dataclass(slots=True)
class _Life:
    """A subject with changes ahead of it; job posts have no member."""

    subject: str
    member: Member | None
    rng: random.Random
    edits_left: int
    will_go: bool
    sequence: int = 1

    @property
    def has_changes(self) -> bool:
        return self.edits_left > 0 or self.will_go


@dataclass(slots=True)
class _Clock:
    """Numbers the events and gives them their times."""

    seed: int
    start: datetime
    step: timedelta
    emitted: int = 0
    pending: list[tuple[int, int, _Life]] = field(default_factory=list)

    def event(self, life: _Life, event_type: str, data: object) -> Event:
        name = f"{self.seed}/{life.subject}/{life.sequence}"
        event = Event(
            event_id=str(uuid.uuid5(_NAMESPACE, name)),
            type=event_type,
            source=EVENT_SOURCE,
            subject=life.subject,
            sequence=life.sequence,
            data=data,  # type: ignore[arg-type]  # one of the documents of core.wire
            time=self.start + self.emitted * self.step,
        )
        self.emitted += 1
        return event


def generate(  # noqa: PLR0913 - the settings of one run, all of them keyword-only
    snapshot: Snapshot,
    *,
    seed: int,
    members: int,
    jobs: int = 0,
    noise: Noise | None = None,
    edits_per_member: float = 0.5,
    deletions: float = 0.01,
    start: datetime = DEFAULT_START,
    seconds_between_events: float = 1.0,
) -> Iterator[GeneratedEvent]:
    """Yield the events of a number of members and job posts over a taxonomy, with the truth about each.

    The same snapshot, seed and settings give the same events, byte for byte. What is held in memory does not
    grow with the number of members.

    Args:
        snapshot: the taxonomy that people write about.
        seed: any number from 0 on; another one gives other people.
        members: how many members come.
        jobs: how many job posts come, spread evenly between the members.
        noise: how people deviate from the labels of the taxonomy.
        edits_per_member: how often a profile changes after it came, on average.
        deletions: share of the members and posts that go again.
        start: time of the first event.
        seconds_between_events: time from one event to the next.

    Raises:
        InvalidError: for numbers out of their range and for a taxonomy without entities.
    """
    if seed < 0 or not 0 <= members <= _MOST_MEMBERS or not 0 <= jobs <= _MOST_MEMBERS:
        raise InvalidError("seed, members and jobs have to be 0 or more")
    if edits_per_member < 0 or not 0 <= deletions <= 1 or seconds_between_events < 0:
        raise InvalidError("edits and seconds have to be 0 or more, deletions a share from 0 to 1")
    world = World(snapshot, seed=seed)
    writer = Writer(world, noise or Noise())
    clock = _Clock(seed, start, timedelta(seconds=seconds_between_events))
    chance_of_next_edit = edits_per_member / (1 + edits_per_member)
    return _stream(
        world,
        writer,
        clock,
        members=members,
        jobs=jobs,
        chance_of_next_edit=chance_of_next_edit,
        deletions=deletions,
    )


def _stream(
    world: World,
    writer: Writer,
    clock: _Clock,
    *,
    members: int,
    jobs: int,
    chance_of_next_edit: float,
    deletions: float,
) -> Iterator[GeneratedEvent]:
    total = members + jobs
    for step in range(total):
        while clock.pending and clock.pending[0][0] <= step:
            yield _change(clock)
        jobs_before, jobs_after = step * jobs // total, (step + 1) * jobs // total
        if jobs_after > jobs_before:
            rng = _rng(clock.seed, number=jobs_before, salt=1)
            life = _Life(f"job-{jobs_before + 1}", None, rng, 0, rng.random() < deletions)
            document, truth = make_post(world, writer, rng)
            yield GeneratedEvent(clock.event(life, JOB_UPDATED, document), truth)
        else:
            number = step - jobs_before
            rng = _rng(clock.seed, number=number, salt=0)
            will_go = rng.random() < deletions
            edits = _edits(rng, chance_of_next_edit)
            member = Member(world, writer, rng)
            life = _Life(f"member-{number + 1}", member, rng, edits, will_go)
            yield _profile(clock, life, member)
        _plan(clock, life, step)
    while clock.pending:
        yield _change(clock)


def _rng(seed: int, *, number: int, salt: int) -> random.Random:
    """Return the generator of one subject: its life does not depend on how many others there are."""
    return random.Random((seed << 48) | (number << 1) | salt)  # noqa: S311 - repeatable, no secret


def _edits(rng: random.Random, chance: float) -> int:
    count = 0
    while count < _MOST_EDITS and rng.random() < chance:
        count += 1
    return count


def _plan(clock: _Clock, life: _Life, step: int) -> None:
    """Note the next change of a life, some newcomers from now."""
    if life.has_changes:
        due = step + 1 + int(life.rng.random() * _LONGEST_DELAY_STEPS)
        heapq.heappush(clock.pending, (due, clock.emitted, life))


def _change(clock: _Clock) -> GeneratedEvent:
    """Make the next change that is due."""
    due, _, life = heapq.heappop(clock.pending)
    life.sequence += 1
    if life.edits_left > 0 and life.member is not None:
        life.edits_left -= 1
        life.member.edit()
        changed = _profile(clock, life, life.member)
        _plan(clock, life, due)
        return changed
    event_type = JOB_DELETED if life.member is None else PROFILE_DELETED
    truth: tuple[TruthMention, ...] = ()
    return GeneratedEvent(clock.event(life, event_type, Deletion(reason="closed by its owner")), truth)


def _profile(clock: _Clock, life: _Life, member: Member) -> GeneratedEvent:
    return GeneratedEvent(clock.event(life, PROFILE_UPDATED, member.document()), member.truth())
