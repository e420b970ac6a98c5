"""The phrases that the tree of words finds are those that looking up every stretch of the text finds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.standardize.columns import write_parts
from classifiers.standardize.phrases import Phrases, phrase_marks, phrase_parts

WORDS = st.sampled_from(
    ["nurse", "nurses", "aide", "aides", "cook", "cooks", "a", "as", "s", "bus", "buss", "news", "new"]
)
KEYS = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), unique=True, max_size=12)


def plain(keys: dict[str, tuple[bool, bool]], words: list[str]) -> list[tuple[int, int, str]]:
    """Return the first word, the length and the key of each phrase, by looking up all of them, longest first."""
    lengths: dict[str, set[int]] = {}
    for key in keys:
        lengths.setdefault(key.split(" ")[0], set()).add(len(key.split(" ")))
    found, position = [], 0
    while position < len(words):
        length, key = longest(keys, lengths.get(words[position], set()), words[position:])
        if length:
            found.append((position, length, key))
        position += max(1, length)
    return found


def longest(keys: dict[str, tuple[bool, bool]], lengths: set[int], words: list[str]) -> tuple[int, str]:
    for length in sorted(lengths, reverse=True):
        key = " ".join(words[:length])
        if length <= len(words) and keys.get(key, (False, False))[0]:
            return length, key
        if length <= len(words) and key[-1] == "s" and all(keys.get(key[:-1], (False, False))):
            return length, key[:-1]
    alone = words[0]
    if not lengths and len(alone) > 4 and alone[-1] == "s" and all(keys.get(alone[:-1], (False, False))):
        return 1, alone[:-1]
    return 0, ""


@settings(deadline=None, max_examples=300)
@given(keys=KEYS, words=st.lists(WORDS, max_size=12), data=st.data())
def test_the_longest_phrases_are_found(keys: list[str], words: list[str], data: st.DataObject) -> None:
    marked = data.draw(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=len(keys), max_size=len(keys)))
    findable, titles = (np.array([pair[which] for pair in marked], dtype=np.bool_) for which in (0, 1))
    with TemporaryDirectory() as folder:
        write_parts(Path(folder), phrase_parts(keys, phrase_marks(findable, titles)))
        found = Phrases.load(Path(folder)).find(words)
    assert [(first, length, keys[place]) for first, length, place in found] == plain(
        dict(zip(keys, marked, strict=True)), words
    )


def test_what_is_marked_otherwise_is_found_otherwise(tmp_path: Path) -> None:
    keys = ["staff nurse", "nurse"]
    write_parts(tmp_path, phrase_parts(keys, phrase_marks(np.array([True, True]), np.array([True, True]))))
    whole = Phrases.load(tmp_path)
    assert list(whole.find(["staff", "nurses"])) == [(0, 2, 0)]
    narrow = whole.marked(phrase_marks(np.array([False, True]), np.array([True, True])))
    assert list(narrow.find(["staff", "nurses"])) == [(1, 1, 1)]
    assert list(whole.find(["staff", "nurses"])) == [(0, 2, 0)]
    assert list(whole.find([])) == []


def test_very_long_words_and_broken_characters_are_no_phrase(tmp_path: Path) -> None:
    write_parts(tmp_path, phrase_parts(["nurse"], np.array([3], dtype=np.uint8)))
    assert list(Phrases.load(tmp_path).find(["x" * 10_000, "\ud800", "nurse"])) == [(2, 1, 0)]
