"""Values of disambiguation: the company of a mention, the senses of a phrase, and how they are looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Context = tuple[str, ...]
"""The company of one mention: the phrases and words around it, each once, without the phrase itself."""

Contexts = Mapping[str, Sequence[Context]]
"""The contexts of each phrase."""


@dataclass(frozen=True, slots=True)
class SensePolicy:
    """How senses are looked for.

    `window` tokens to each side are the company of a mention, which says something from `min_company` known tokens on.
    A phrase is looked at from `min_contexts` mentions on; of more than `max_contexts`, so many are drawn. A sense has
    `min_share` of the contexts of its phrase at least and `min_sense` of them, a phrase `max_senses` at most. A split
    is made where it is likelier than `certain` to separate two meanings. `label_words` name a sense.
    """

    window: int = 15
    min_company: int = 3
    min_contexts: int = 40
    max_contexts: int = 150
    min_sense: int = 10
    min_share: float = 0.05
    max_senses: int = 6
    certain: float = 0.5
    label_words: int = 5
    trials: int = 4


@dataclass(frozen=True, slots=True)
class Company:
    """A token that is typical of a sense; `likelihood` is Dunning's G squared against the other senses."""

    token: str
    likelihood: float


@dataclass(frozen=True, slots=True)
class Sense:
    """One sense: its place among the senses, share of the contexts, typical company, and a few whole contexts."""

    number: int
    share: float
    company: tuple[Company, ...]
    examples: tuple[Context, ...]

    @property
    def head(self) -> str:
        """The most typical token, which tells the sense from the others; empty where there is none."""
        return self.company[0].token if self.company else ""

    @property
    def label(self) -> str:
        """The most typical company."""
        return ", ".join(one.token for one in self.company)


@dataclass(frozen=True, slots=True)
class PhraseSenses:
    """The senses of a phrase, the most frequent first; one of all where it was not split.

    `confidence` is the calibrated probability that the phrase has several meanings; `assigned` the sense of each
    context; `centres` senses x dimensions, rows of length 1.
    """

    phrase: str
    senses: tuple[Sense, ...]
    confidence: float
    assigned: tuple[int, ...]
    centres: Floats
