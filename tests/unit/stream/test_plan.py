"""Which records of a batch are applied, whatever Faust delivers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import RetentionLossError
from stream.model import ProbeAnswer, Record, TopicPartition
from stream.plan import plan_partition

PLACE = TopicPartition("profile-events", "id-1", 2)


def records(*offsets: int) -> list[Record]:
    return [Record(PLACE, offset, b"k", b"v") for offset in offsets]


class Log:
    """A partition that holds records at some offsets and nothing, such as markers, at the others."""

    def __init__(self, offsets: frozenset[int], *, log_start: int = 0) -> None:
        self.offsets = offsets
        self.log_start = log_start
        self.questions: list[int] = []

    def ask(self, offset: int) -> ProbeAnswer:
        self.questions.append(offset)
        first = min((one for one in self.offsets if one >= max(offset, self.log_start)), default=None)
        return ProbeAnswer(self.log_start, first, max(self.offsets, default=-1) + 1)


def test_records_in_order_are_taken_without_a_question() -> None:
    log = Log(frozenset(range(5)))
    plan = plan_partition(records(0, 1, 2), 0, log.ask)
    assert ([r.offset for r in plan.take], plan.next_offset, plan.seek, plan.gaps) == ([0, 1, 2], 3, None, 0)
    assert log.questions == []


def test_records_below_the_ledger_and_doubles_are_counted_and_left_out() -> None:
    plan = plan_partition(records(4, 3, 5, 4, 6), 5, Log(frozenset(range(9))).ask)
    assert ([r.offset for r in plan.take], plan.next_offset, plan.already_applied) == ([5, 6], 7, 3)


def test_a_skipped_record_stops_the_batch_before_the_gap_and_is_read_again() -> None:
    plan = plan_partition(records(0, 3, 4), 0, Log(frozenset(range(5))).ask)
    assert ([r.offset for r in plan.take], plan.next_offset, plan.seek) == ([0], 1, 1)


def test_a_gap_without_a_record_is_stepped_over() -> None:
    plan = plan_partition(records(0, 3), 0, Log(frozenset({0, 3})).ask)
    assert ([r.offset for r in plan.take], plan.next_offset, plan.seek, plan.gaps) == ([0, 3], 4, None, 1)


def test_a_gap_of_which_a_part_was_skipped_goes_back_to_the_first_record_in_it() -> None:
    plan = plan_partition(records(0, 5), 0, Log(frozenset({0, 3, 5})).ask)
    assert ([r.offset for r in plan.take], plan.next_offset, plan.seek) == ([0], 1, 3)


def test_deleted_records_are_said_loudly_with_the_command_that_goes_on() -> None:
    with pytest.raises(RetentionLossError, match=r"records 2 to 6 of profile-events partition 2") as raised:
        plan_partition(records(9), 2, Log(frozenset({9}), log_start=7).ask)
    assert "python -m stream.accept_loss" in str(raised.value)


def test_no_records_change_nothing() -> None:
    plan = plan_partition([], 7, Log(frozenset()).ask)
    assert (plan.take, plan.next_offset, plan.seek) == ((), 7, None)


logs = st.frozensets(st.integers(0, 25), max_size=20)


@given(logs, st.integers(0, 26), st.data())
def test_whatever_is_delivered_nothing_is_skipped_doubled_or_invented(
    offsets: frozenset[int], ledger: int, data: st.DataObject
) -> None:
    delivered = data.draw(st.lists(st.sampled_from(sorted(offsets)), max_size=30)) if offsets else []
    plan = plan_partition(records(*delivered), ledger, Log(offsets).ask)
    taken = [record.offset for record in plan.take]
    assert taken == sorted(set(taken))
    assert set(taken) <= set(delivered)
    assert set(taken) == {offset for offset in offsets if ledger <= offset < plan.next_offset}
    if plan.seek is not None:
        assert plan.seek in offsets
        assert plan.seek >= plan.next_offset
        assert not any(plan.next_offset <= offset < plan.seek for offset in offsets)


@given(logs, st.data())
def test_any_interleaving_applies_every_record_once_when_reading_goes_on_where_it_is_told(
    offsets: frozenset[int], data: st.DataObject
) -> None:
    log = Log(offsets)
    ledger, applied = 0, list[int]()
    for _ in range(data.draw(st.integers(0, 8))):
        batch = data.draw(st.lists(st.sampled_from(sorted(offsets)), max_size=10)) if offsets else []
        plan = plan_partition(records(*batch), ledger, log.ask)
        applied += [record.offset for record in plan.take]
        ledger = plan.next_offset
    plan = plan_partition(records(*sorted(o for o in offsets if o >= ledger)), ledger, log.ask)
    applied += [record.offset for record in plan.take]
    assert plan.seek is None
    assert applied == sorted(offsets)
