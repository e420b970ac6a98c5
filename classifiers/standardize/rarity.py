"""How rare each word is among the entities of a type, and which words a text and an alias do not share. Pure.

University is in the names of thousands of schools and says little; Nagoya is in those of one. An alias that lacks a
rare word of the text is hardly what the text names, however alike the rest may be.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.rarity import BUCKETS, MOST, buckets_of, compare_words, slip_table
from classifiers.standardize.text import utf8_texts
from taxonomy.model import EntityType

_FEW: Final = 50
"""Of fewer entities no word can be called frequent: they are taken for so many."""
Rarities = NDArray[np.uint8]
NAMED: Final = frozenset(
    {EntityType.COMPANY, EntityType.SCHOOL, EntityType.DEGREE, EntityType.FIELD_OF_STUDY, EntityType.CERTIFICATE}
    | {EntityType.LANGUAGE, EntityType.INDUSTRY}
)
"""Types whose aliases are names: titles and skills are described in words, and another rare word may mean the same."""
NOTHING_RARE: Final[Rarities] = np.zeros(BUCKETS, dtype=np.uint8)
"""The rarities of other types."""
# As those that are mapped: loops are compiled anew for arrays that can be written.
NOTHING_RARE.setflags(write=False)


class Words(NamedTuple):
    """What a text and an alias have in common, word by word; all in [0, 1].

    `text_share` is the share of the text's words that the alias has too, `text_slip` how rare the rarest is that it
    spells otherwise, `text_unlike` how rare the rarest is of which it has nothing alike, 0 for none; the others are the
    same of the alias's words.
    """

    text_share: float = 1.0
    text_slip: float = 0.0
    text_unlike: float = 0.0
    alias_share: float = 1.0
    alias_slip: float = 0.0
    alias_unlike: float = 0.0


SAME_WORDS: Final = Words()
"""What a text and an alias have in common that are the same."""


def token_rarities(keys: Sequence[str], entities: NDArray[np.int32]) -> Rarities:
    """Return the rarity of every bucket of words in the folded aliases of these entities, in units of 1 / 255.

    It is the logarithm of the share of entities that have a word. One that a single entity has is as rare as one that
    none has: so an alias that is withheld leaves no trace.
    """
    texts, ends = utf8_texts(keys)
    most = len(texts) + len(ends)
    found, owners = np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
    count = buckets_of(texts, ends, found, owners)
    pairs = np.unique(np.stack([found[:count], entities[owners[:count]].astype(np.int64)]), axis=1)
    having = np.bincount(pairs[0], minlength=BUCKETS)
    size = max(_FEW, len(np.unique(entities))) + 1
    rarity = np.log(size / (1 + np.maximum(1, having))) / np.log(size / 2)
    rounded: Rarities = np.round(MOST * np.clip(rarity, 0, 1)).astype(np.uint8)
    return rounded


def compared_words(text: str, alias: str, rarities: Rarities) -> Words:
    """Return what two folded texts have in common."""
    one, other = (utf8_texts([side])[0] for side in (text, alias))
    table = slip_table()
    return Words(*compare_words(one, other, rarities, table), *compare_words(other, one, rarities, table))
