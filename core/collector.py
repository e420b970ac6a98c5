"""What long-lived processes tell the collector of garbage."""

import gc
from typing import Final

_COLLECT_AFTER: Final = (50_000, 20, 50)
"""A batch of events or a long text makes tens of thousands of objects and hardly any cycle: it may look seldom."""


def settle() -> None:
    """Leave all that there is out of what the collector looks through, to be called when a taxonomy was loaded.

    A taxonomy is many objects that live as long as the process: looking through them again and again would stop
    everything for a third of a second each time, in the middle of some request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
