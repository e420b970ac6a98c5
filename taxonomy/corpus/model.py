"""Documents of a corpus: profiles, postings, lists of skills. Frozen values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""From texts to a row of length 1 each, or of zeros where nothing is known of a text; texts x dimensions."""


@dataclass(frozen=True, slots=True)
class Document:
    """A profile or posting.

    `fields` are delimited values by the name of the field, each as typed (`titles`, `companies`, `schools`,
    `degrees`, `locations`, `skills`); `text` is running text, empty where there is none.
    """

    document_id: str
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that is no document, and why; `line` counts from 1."""

    file: str
    line: int
    reason: str
