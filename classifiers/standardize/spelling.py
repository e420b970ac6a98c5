"""Words that nothing knows, read as those that they are slips of: *sofware* as software. Pure.

A slip is a letter left out, added or changed, but not the first one, or two neighbours swapped. Words are found by
what is left of them without one of their letters (symmetric deletion, the method of SymSpell). Which words there are,
the labels and descriptions of the taxonomy say, and a list that comes with the package. A word that nothing knows may
also be two without the blank between them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from classifiers.kernels.spelling import CODE_BITS, alike_words
from classifiers.standardize.columns import Parts, Texts, hash_slots, mapped, numbers, text_parts
from classifiers.standardize.text import fold
from taxonomy.model import DESCRIPTION, MENTIONABLE_TYPES, UNUSABLE, AliasKind, Entity, EntityType

SHIPPED: Final = Path(__file__).parent / "words.txt"
"""The words that come with the package; `canonym train words` lists them again."""

SHORTEST: Final = 5
"""Letters of a word that may be a slip."""
_NOT_SHORT: Final = 6
"""Letters of a word that may be a slip of one that is not frequent: too many shorter ones are names (*Rugby*)."""
_LONGEST: Final = 40
_LONG: Final = 8
"""Letters of a word that may be a slip of one that a single entity has; of a shorter one more entities must tell."""
_FEW: Final = 2
_SOME: Final = 10
"""Entities that a shorter one must have where it stands alone: nothing beside it says what it may mean."""
_SPOKEN: Final = 2
"""Entities whose labels or descriptions have a word that is one, and no slip of theirs."""
_FREQUENT_SHARE: Final = 0.01
_FREQUENT: Final = 50
"""A word that so many entities of a type have, and this share of them, is what a word may be a slip of that exists:
*office manger*."""
_OFTENER: Final = 20
"""So many times as many entities have a word as have the one that is a slip of it, where any has."""
_MOST_TOKENS: Final = 12
_MOST_SLIPS: Final = 3
_EACH: Final = 3
"""Words that one may be a slip of, the most frequent ones."""
_LEAST_OF_JOINED: Final = 3
"""Letters of a word that may be joined with another one."""

_TYPES: Final = MENTIONABLE_TYPES
_BITS: Final = {kind: 1 << place for place, kind in enumerate(_TYPES)}
_NAME: Final = "spelling"
_ARRAYS: Final = ("settled", "sizes", "entities", "buckets", "codes", "meant")
_MASK: Final = (1 << CODE_BITS) - 1
_MOST_ALIKE: Final = 200
"""Words that are looked at for one that may be a slip; a few have that many letters in common with it."""


class WordCounts(NamedTuple):
    """How many entities have each word: in a label or a description, and by type in a label."""

    anywhere: Counter[str]
    by_type: Mapping[EntityType, Counter[str]]
    entities: Counter[EntityType]


class Doubtful(NamedTuple):
    """A token of a folded text that may be no word, where it stands, and whether it is known as a word all the same."""

    place: int
    word: str
    known: bool


def may_slip(word: str) -> bool:
    """Whether a folded token is a word that is looked at: long enough, and of nothing but ASCII letters."""
    return SHORTEST <= len(word) <= _LONGEST and word.isascii() and word.isalpha()


def count_words(entities: Iterable[Entity], folded: Callable[[str], str] = fold) -> WordCounts:
    """Return how many entities have each word that may be a slip, or have slips; their misspellings are no words.

    `folded` folds a text, or remembers how it was folded before.
    """
    anywhere, by_type, sizes = Counter[str](), {kind: Counter[str]() for kind in _TYPES}, Counter[EntityType]()
    for entity in entities:
        attributes = dict(entity.attributes)
        labels = _words(folded(alias.text) for alias in entity.aliases if alias.kind is not AliasKind.MISSPELLING)
        anywhere.update(labels | _words([fold(attributes.get(DESCRIPTION, ""))]))
        if entity.type in by_type and UNUSABLE not in attributes:
            by_type[entity.type].update(labels)
            sizes[entity.type] += 1
    return WordCounts(anywhere, by_type, sizes)


def _words(keys: Iterable[str]) -> set[str]:
    return {word for key in keys for word in key.split(" ") if may_slip(word)}


def spoken_words(counts: WordCounts) -> list[str]:
    """Return the words that several entities have, in order."""
    return sorted(word for word, entities in counts.anywhere.items() if entities >= _SPOKEN)


def listed_words() -> list[str]:
    """Return the words that come with the package."""
    return SHIPPED.read_text(encoding="ascii").split()


def spelling_parts(counts: WordCounts, listed: Iterable[str]) -> Parts:
    """Return what `Spelling` is made of; the `listed` words are known too."""
    named = sorted({word for of_type in counts.by_type.values() for word in of_type})
    place_of = {word: place for place, word in enumerate(named)}
    entities = np.zeros((len(named), len(_TYPES)), dtype=np.int64)
    for column, kind in enumerate(_TYPES):
        of_type = counts.by_type[kind]
        entities[[place_of[word] for word in of_type], column] = list(of_type.values())
    most = entities.max(axis=1, initial=0).tolist()
    # Of a slip of so many letters or more a word that a single entity has may have one letter less.
    meant = [place for place, n in enumerate(most) if n >= _FEW or (n and len(named[place]) >= _LONG - 1)]
    pairs = np.array([(code, place) for place in meant for code in _codes(named[place])], dtype=np.int64).reshape(-1, 2)
    codes, places = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T
    return {
        **text_parts(f"{_NAME}.words", named),
        f"{_NAME}.settled": _settled({*listed, *spoken_words(counts)}, counts),
        f"{_NAME}.sizes": np.array([counts.entities[kind] for kind in _TYPES], dtype=np.int32),
        f"{_NAME}.entities": np.minimum(entities, np.iinfo(np.uint16).max).astype(np.uint16),
        f"{_NAME}.buckets": _buckets(codes),
        f"{_NAME}.codes": codes.astype(np.uint32),
        f"{_NAME}.meant": places.astype(np.int32),
    }


def _buckets(codes: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return where the codes of each bucket start, and the last one ends: about two codes a bucket."""
    bits = max(0, len(codes).bit_length() - 1)
    firsts = np.arange((1 << bits) + 1, dtype=np.int64) << (CODE_BITS - bits)
    return np.searchsorted(codes, firsts).astype(np.int32)


def _settled(known: Collection[str], counts: WordCounts) -> NDArray[np.uint64]:
    """Return the known words in a hash table, and of which types each is no slip: a bit a type."""
    types = dict.fromkeys(sorted(known), _MASK)
    alike: dict[tuple[str, int], list[str]] = {}
    for word in types:
        alike.setdefault((word[0], len(word)), []).append(word)
    for kind, of_type in counts.by_type.items():
        least = _least_of_frequent(counts.entities[kind])
        for word, entities in of_type.items():
            if entities < least:
                continue
            lengths = range(len(word) - 1, len(word) + 2)
            near = chain.from_iterable(alike.get((start, n), ()) for start in {*word[:2]} for n in lengths)
            for slip in [one for one in near if one != word and _is_slip(one, word)]:
                if entities >= _OFTENER * of_type[slip]:
                    types[slip] &= ~_BITS[kind]
    return hash_slots(types.items())


def _least_of_frequent(entities: int) -> int:
    """Return how many entities have a frequent word at least, of a type with so many."""
    return max(_FREQUENT, int(_FREQUENT_SHARE * entities))


def _codes(word: str) -> set[int]:
    """Return the hashes of a word and of what is left of it without each of its letters but the first."""
    shorter = (word[:place] + word[place + 1 :] for place in range(1, len(word)))
    return {crc32(text.encode()) for text in (word, *shorter)}


class Spelling:
    """Reads texts as others that they may be slips of, by the words of a taxonomy.

    `words` are those of labels, `entities` how many of each type have each, words x types, and `sizes` how many of each
    type there are. `settled` are the known words: see `_settled`. `codes` are the hashes of words and of what is left
    of them without a letter, in order, `meant` the word of each, and `buckets` where those start that agree in their
    upper bits.
    """

    def __init__(self, words: Texts, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._words = words
        self._settled = numbers(arrays["settled"])
        self._mask = len(self._settled) - 1
        self._index = arrays["buckets"], arrays["codes"], arrays["meant"]
        self._entities = arrays["entities"]
        sizes = zip(_TYPES, arrays["sizes"].tolist(), strict=True)
        self._frequent = {kind: _least_of_frequent(size) for kind, size in sizes}

    @classmethod
    def load(cls, folder: Path) -> "Spelling":
        """Return the spelling in a folder, memory-mapped."""
        arrays = {name: mapped(folder, f"{_NAME}.{name}") for name in _ARRAYS}
        return cls(Texts.load(folder, f"{_NAME}.words"), arrays)

    def doubtful(self, key: str, kind: EntityType) -> list[Doubtful]:
        """Return the tokens of a folded text that may be no words: what `respelt` and `apart` read otherwise."""
        tokens = key.encode("utf-8", "surrogatepass").split(b" ")
        if kind not in _BITS or len(tokens) > _MOST_TOKENS:
            return []
        settled, mask, bit = self._settled, self._mask, _BITS[kind]
        doubtful = []
        for place, token in enumerate(tokens):
            # Nearly all words are short or settled. No function: each text comes here, and a call takes as long.
            if len(token) < SHORTEST:
                continue
            code = crc32(token)
            at = code & mask
            while (slot := settled[at]) and slot >> CODE_BITS != code:
                at = (at + 1) & mask
            if not slot & bit and may_slip(word := token.decode("utf-8", "surrogatepass")):
                doubtful.append(Doubtful(place, word, slot > 0))
        return doubtful

    def respelt(self, key: str, kind: EntityType, doubtful: Sequence[Doubtful]) -> list[str]:
        """Return what a folded text may be a slip of, the most frequent words first; nothing where it may be none."""
        alone = " " not in key
        meant = {one.place: words for one in doubtful if (words := self._meant_by(one, kind, alone=alone))}
        if not 0 < len(meant) <= _MOST_SLIPS:
            return []
        tokens = key.split(" ")
        chosen = (dict(zip(meant, some, strict=True)) for some in product(*meant.values()))
        return [" ".join([some.get(place, token) for place, token in enumerate(tokens)]) for some in chosen]

    def apart(self, key: str, doubtful: Iterable[Doubtful]) -> Iterator[str]:
        """Yield a folded text with one of the words that nothing knows cut in two: *webdeveloper*, at each letter."""
        tokens = key.split(" ")
        for place, word, known in doubtful:
            if known or len(word) < _LONG:
                continue
            before, after = tokens[:place], tokens[place + 1 :]
            for cut in range(_LEAST_OF_JOINED, len(word) - _LEAST_OF_JOINED + 1):
                yield " ".join([*before, word[:cut], word[cut:], *after])

    def _meant_by(self, doubtful: Doubtful, kind: EntityType, *, alone: bool) -> list[str]:
        """Return the words of a type that a token may be a slip of, the most frequent first."""
        word, found = doubtful.word, np.empty(_MOST_ALIKE, dtype=np.int32)
        count = alike_words(np.frombuffer(word.encode(), dtype=np.uint8), *self._index, found)
        if not count:
            return []
        column = self._entities[:, _TYPES.index(kind)]
        alike = {self._words[place]: int(column[place]) for place in set(found[:count].tolist())}
        least = 1 if len(word) >= _LONG else _SOME if alone else _FEW
        if doubtful.known or len(word) < _NOT_SHORT:
            least = self._frequent[kind]
        least = max(least, _OFTENER * alike.pop(word, 0))
        slips = ((entities, other) for other, entities in alike.items() if entities >= least and _is_slip(word, other))
        return [other for _, other in islice(sorted(slips, reverse=True), _EACH)]


def _is_slip(token: str, word: str) -> bool:
    """Whether a token is one slip from a word, which is not that of its first letter alone."""
    starts_alike = token[0] == word[0] or token[:2] == word[1::-1]
    return starts_alike and OSA.distance(token, word, score_cutoff=1) <= 1


class _AsItStands(Spelling):
    """Takes every word as it stands."""

    def __init__(self) -> None:
        """Know no words."""

    def doubtful(self, key: str, kind: EntityType) -> list[Doubtful]:  # noqa: ARG002 - whatever is asked for
        return []


AS_IT_STANDS: Final = _AsItStands()
"""Takes no word for a slip, whatever the taxonomy."""
