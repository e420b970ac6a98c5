"""Which labels no model may learn, so that every figure can be measured on labels that none has seen. Pure.

The split goes by a hash of the folded text alone: it is the same on every machine, for every source, in every
language, and for an encoder, a calibration and a benchmark that know nothing of each other.
"""

import hashlib
from typing import Final

HELD_OUT_SHARE: Final = 0.1
_STEPS: Final = 1 << 32


def is_held_out(key: str, *, share: float = HELD_OUT_SHARE) -> bool:
    """Whether a folded text is kept from all training; about `share` of all texts are."""
    digest = hashlib.blake2b(key.encode(), digest_size=4, person=b"held-out").digest()
    return int.from_bytes(digest, "big") < share * _STEPS
