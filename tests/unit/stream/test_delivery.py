"""Deliveries that need not wait take no task; others end with what they wait for, a suspension, or a cancellation."""

import asyncio
from typing import Any, cast

import pytest
from mode import Service

from stream.worker.delivery import DirectDelivery


class Fetching(DirectDelivery, Service):  # type: ignore[misc] # mode is untyped
    """A service with a flow that can be suspended, which counts how often it needed tasks."""

    by_tasks = 0

    def __post_init__(self) -> None:
        self.suspend_flow = asyncio.Event()

    async def wait_first_by_tasks(self, *waited: Any, timeout: Any = None) -> Any:  # noqa: ANN401, ASYNC109
        self.by_tasks += 1
        return await cast("Any", Service).wait_first(self, *waited, timeout=timeout)


async def deliver(queue: "asyncio.Queue[str]", value: str) -> str:
    await queue.put(value)
    return value


def test_a_delivery_that_need_not_wait_is_done_without_tasks() -> None:
    async def act() -> None:
        fetching, queue = Fetching(), asyncio.Queue[str]()
        results = await fetching.wait_first(deliver(queue, "a"), fetching.suspend_flow.wait())
        assert (results.results, results.stopped) == (["a"], False)
        assert (queue.get_nowait(), fetching.by_tasks) == ("a", 0)

    asyncio.run(act())


def test_a_delivery_that_waits_goes_on_where_it_stopped() -> None:
    async def act() -> None:
        fetching, queue = Fetching(), asyncio.Queue[str](maxsize=1)
        await queue.put("before")
        waiting = asyncio.ensure_future(fetching.wait_first(deliver(queue, "a"), fetching.suspend_flow.wait()))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        assert queue.get_nowait() == "before"
        assert "a" in (await waiting).results
        assert (queue.get_nowait(), fetching.by_tasks) == ("a", 1)

    asyncio.run(act())


def test_a_suspended_flow_ends_the_wait() -> None:
    async def act() -> None:
        fetching, queue = Fetching(), asyncio.Queue[str](maxsize=1)
        await queue.put("before")
        waiting = asyncio.ensure_future(fetching.wait_first(deliver(queue, "a"), fetching.suspend_flow.wait()))
        await asyncio.sleep(0.01)
        fetching.suspend_flow.set()
        assert "a" not in (await waiting).results
        await asyncio.sleep(0.01)
        assert queue.qsize() == 1

    asyncio.run(act())


def test_a_wait_that_is_cancelled_cancels_the_delivery() -> None:
    async def act() -> None:
        fetching, queue = Fetching(), asyncio.Queue[str](maxsize=1)
        await queue.put("before")
        waiting = asyncio.ensure_future(fetching.wait_first(deliver(queue, "a"), fetching.suspend_flow.wait()))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0.01)
        assert [queue.get_nowait(), queue.qsize()] == ["before", 0]

    asyncio.run(act())


@pytest.mark.parametrize("is_full", [False, True])
def test_an_error_of_the_delivery_is_raised(*, is_full: bool) -> None:
    async def fail() -> None:
        if is_full:
            await asyncio.sleep(0.001)
        raise LookupError("no such channel")

    async def act() -> None:
        fetching = Fetching()
        with pytest.raises(LookupError):
            await fetching.wait_first(fail(), fetching.suspend_flow.wait())

    asyncio.run(act())
