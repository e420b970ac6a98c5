"""A build writes its proposals step by step, goes on after an interruption, and repeats nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from threadpoolctl import threadpool_info, threadpool_limits

from core.database import transaction
from taxonomy.building.model import BuildInput, BuildPolicy, Step
from taxonomy.building.run import StepReport, build_key, done_steps, run_build
from taxonomy.model import Snapshot
from taxonomy.proposals.deciding import Verdict, decide
from taxonomy.proposals.model import Proposal, ProposalKind
from taxonomy.proposals.store import ProposalFilter, list_proposals
from taxonomy.repository import VersionKey

pytestmark = pytest.mark.integration

BASE = VersionKey(1, "test", datetime(2026, 1, 1, tzinfo=UTC))


def entity(name: str, members: int = 5) -> Proposal:
    return Proposal(ProposalKind.NEW_ENTITY, name, {"name": name}, 0.9, members, (), {"type": "skill"})


def given(tmp_path: Path, said: list[str]) -> BuildInput:
    return BuildInput(list, Snapshot(1, ()), BuildPolicy(), date(2026, 1, 1), tmp_path, on_step=said.append)


class World:
    """Two steps, of which the second is interrupted when asked."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.interrupted = False

    def first(self, _build: BuildInput) -> list[Proposal]:
        self.runs.append("first")
        return [entity("dbt"), entity("spark"), entity("dbt")]

    def second(self, build: BuildInput) -> Iterator[Proposal]:
        self.runs.append("second")
        yield entity("kafka")
        build.on_step("half way")
        if self.interrupted:
            raise KeyboardInterrupt
        yield entity("flink")

    @property
    def steps(self) -> list[Step]:
        return [Step("first", "the first", self.first), Step("second", "the second", self.second)]


def subjects(connection: Connection) -> list[str]:
    return sorted(one.proposal.subject for one in list_proposals(connection, ProposalFilter(status=None)))


def short(reports: list[StepReport]) -> list[tuple[str, int, int, bool]]:
    return [(report.step, report.proposals, report.written, report.done_before) for report in reports]


def test_an_interrupted_build_goes_on_after_the_last_step_that_is_done(engine: Engine, tmp_path: Path) -> None:
    world, said = World(), list[str]()
    world.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        run_build(engine, "key", given(tmp_path, said), world.steps)
    with engine.connect() as connection:
        assert subjects(connection) == ["dbt", "spark"]
    world.interrupted = False
    reports = run_build(engine, "key", given(tmp_path, said), world.steps)
    assert short(reports) == [("first", 2, 2, True), ("second", 2, 2, False)]
    assert world.runs == ["first", "second", "second"]
    assert said == [
        "step 1 of 2: the first",
        "step 2 of 2: the second",
        "  half way",
        "step 1 of 2: the first: done before",
        "step 2 of 2: the second",
        "  half way",
    ]
    with engine.connect() as connection:
        assert subjects(connection) == ["dbt", "flink", "kafka", "spark"]


def test_another_build_suggests_nothing_that_is_there_or_was_decided(engine: Engine, tmp_path: Path) -> None:
    world = World()
    run_build(engine, "key", given(tmp_path, []), world.steps)
    with transaction(engine) as connection:
        wanted = ProposalFilter(fingerprints=(entity("dbt").fingerprint,))
        decide(connection, wanted, Verdict(accept=False, decided_by="Ada"), lambda _c, _ids: {})
    reports = run_build(engine, "other key", given(tmp_path, []), world.steps)
    assert short(reports) == [("first", 2, 0, False), ("second", 2, 0, False)]
    with engine.connect() as connection:
        open_ones = [one.proposal.subject for one in list_proposals(connection, ProposalFilter())]
        assert sorted(open_ones) == ["flink", "kafka", "spark"]
        assert connection.execute(text("SELECT count(*) FROM build_step")).scalar_one() == 4


def test_the_key_of_a_build_names_base_files_and_configuration() -> None:
    key = build_key(BASE, ["a", "b"], BuildPolicy())
    assert key == build_key(BASE, ["a", "b"], BuildPolicy())
    others = [
        build_key(VersionKey(2, BASE.source, BASE.created_at), ["a", "b"], BuildPolicy()),
        build_key(BASE, ["b", "a"], BuildPolicy()),
        build_key(BASE, ["a", "b"], BuildPolicy(seed=8)),
    ]
    assert len({key, *others}) == 4


def test_only_the_steps_that_are_meant_run_under_their_numbers(engine: Engine, tmp_path: Path) -> None:
    world, said = World(), list[str]()
    reports = run_build(engine, "key", given(tmp_path, said), world.steps, only={"second"})
    assert (short(reports), said[0]) == ([("second", 2, 2, False)], "step 2 of 2: the second")
    with engine.connect() as connection:
        assert done_steps(connection, "key").keys() == {"second"}


def test_libraries_keep_to_one_thread_inside_a_step(engine: Engine, tmp_path: Path) -> None:
    seen = list[set[int]]()

    def look(_build: BuildInput) -> list[Proposal]:
        seen.append({library["num_threads"] for library in threadpool_info()})
        return []

    with threadpool_limits(limits=2):
        look(given(tmp_path, []))
        run_build(engine, "key", given(tmp_path, []), [Step("look", "looking", look)])
        look(given(tmp_path, []))
    assert seen == [{2}, {1}, {2}]
