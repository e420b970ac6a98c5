"""Definitions in two languages, sentence by sentence."""

import re
from typing import Final

_END: Final = re.compile(r"(?<=[.;!?])\s+")


def sentence_pairs(one: str, other: str) -> list[tuple[str, str]]:
    """Return the sentences of two texts side by side where there are as many, else both texts whole."""
    if not one.strip() or not other.strip():
        return []
    ones, others = _END.split(one.strip()), _END.split(other.strip())
    return list(zip(ones, others, strict=True)) if len(ones) == len(others) else [(one, other)]
