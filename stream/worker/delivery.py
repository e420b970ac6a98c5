"""Handing messages from Faust's fetcher to its streams without a task for each.

Faust waits for "delivered, or the flow is suspended" with four tasks a message, which costs more than all the rest that
it does. A delivery hardly ever waits: it puts an event into a queue that has room. So it is begun at once, and only
one that has to wait is waited for in Faust's way.
"""

from collections.abc import Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any

from mode.services import WaitResults

_TWO = 2


class DirectDelivery:
    """A mixin for a consumer: `wait_first` of a delivery and the suspension of the flow."""

    async def wait_first(self, *waited: Any, timeout: Any = None) -> Any:  # noqa: ANN401, ASYNC109 - Faust's signature
        """Wait for what comes first, as Faust's services do."""
        me: Any = self
        if len(waited) != _TWO or timeout is not None or me.should_stop or me.suspend_flow.is_set():
            return await me.wait_first_by_tasks(*waited, timeout=timeout)
        delivery, suspension = waited
        try:
            step = delivery.send(None)
        except StopIteration as end:
            suspension.close()
            return WaitResults([delivery], [end.value], False)
        except BaseException:
            suspension.close()
            raise
        return await me.wait_first_by_tasks(_rest(delivery, step), suspension)


async def _rest(begun: Coroutine[Any, Any, Any], step: object) -> object:
    """Go on with a coroutine that has been begun and waits for what its first step gave."""
    return await _steps(begun, step)


@coroutine
def _steps(begun: Coroutine[Any, Any, Any], step: object) -> Generator[object, object, object]:
    while True:
        try:
            sent = yield step
        except GeneratorExit:
            begun.close()
            raise
        except BaseException as error:  # noqa: BLE001 - a cancellation too belongs to the coroutine
            resume = partial(begun.throw, error)
        else:
            resume = partial(begun.send, sent)
        try:
            step = resume()
        except StopIteration as end:
            return end.value
