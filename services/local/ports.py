"""Free ports on the loopback address, the same ones again at the next start where they are still free."""

import random
import socket
from typing import Final

from core.errors import EnvironmentFaultError

LOOPBACK: Final = "127.0.0.1"

# Below the range that systems hand out for outgoing connections (32768 and up on Linux, 49152 on macOS).
# In that range a client that polls a port nobody listens on can connect to itself and so occupy it.
FIRST_PORT: Final = 17_000
LAST_PORT: Final = 31_999
_TRIES: Final = 200


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As Java does it, so that a port whose last connections still linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(*, remembered: int | None, taken: frozenset[int] = frozenset()) -> int:
    """Return the remembered port where it is free, else a random free one.

    Raises:
        EnvironmentFaultError: where no free port was found.
    """
    if remembered is not None and remembered not in taken and is_free(remembered):
        return remembered
    for port in random.SystemRandom().sample(range(FIRST_PORT, LAST_PORT + 1), _TRIES):
        if port not in taken and is_free(port):
            return port
    raise EnvironmentFaultError(
        f"No free port on {LOOPBACK} between {FIRST_PORT} and {LAST_PORT}; end some of the programs that listen there."
    )


def accepts(port: int, *, timeout_seconds: float = 1.0) -> bool:
    """Tell whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False
