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


Marks = tuple[bool, bool, bool]
NO_MARKS = (False, False, False)


def plain(keys: dict[str, Marks], words: list[str], cuts: list[bool]) -> list[tuple[int, int, str]]:
    """Return the first word, the length and the key of each phrase, by looking up all of them, longest first."""
    lengths: dict[str, set[int]] = {}
    for key in keys:
        lengths.setdefault(key.split(" ")[0], set()).add(len(key.split(" ")))
    found, position = [], 0
    while position < len(words):
        length, key = longest(keys, lengths.get(words[position], set()), words[position:], cuts[position:])
        if length:
            found.append((position, length, key))
        position += max(1, length)
    return found


def longest(keys: dict[str, Marks], lengths: set[int], words: list[str], cuts: list[bool]) -> tuple[int, str]:
    for length in sorted(lengths, reverse=True):
        if length <= len(words) and (key := found_as(keys, lengths, words[:length], cuts)):
            return length, key
    alone = words[0]
    if not lengths and len(alone) > 4 and alone[-1] == "s" and all(keys.get(alone[:-1], NO_MARKS)[:2]):
        return 1, alone[:-1]
    return 0, ""


def found_as(keys: dict[str, Marks], lengths: set[int], words: list[str], cuts: list[bool]) -> str:
    """Return the phrase that some words are, `""` where they are none or reach over a sign that it lacks."""
    text = " ".join(words)
    singular = text[:-1] if text[-1] == "s" else ""
    key = text if keys.get(text, NO_MARKS)[0] else singular if all(keys.get(singular, NO_MARKS)[:2]) else ""
    ends = [one for one in range(1, len(words)) if cuts[one] and one in lengths]
    if key and not keys[key][2] and any(found_as(keys, lengths, words[:one], cuts) for one in ends):
        return ""
    return key


@settings(deadline=None, max_examples=300)
@given(keys=KEYS, words=st.lists(WORDS, max_size=12), data=st.data())
def test_the_longest_phrases_are_found(keys: list[str], words: list[str], data: st.DataObject) -> None:
    yes_or_no = st.booleans()
    marked = data.draw(st.lists(st.tuples(*[yes_or_no] * 3), min_size=len(keys), max_size=len(keys)))
    cuts = data.draw(st.lists(yes_or_no, min_size=len(words), max_size=len(words)))
    findable, titles, with_signs = (np.array([one[which] for one in marked], dtype=np.bool_) for which in range(3))
    with TemporaryDirectory() as folder:
        write_parts(Path(folder), phrase_parts(keys, phrase_marks(findable, titles, with_signs)))
        found = Phrases.load(Path(folder)).find(words, np.array(cuts, dtype=np.bool_))
    assert [(first, length, keys[place]) for first, length, place in found] == plain(
        dict(zip(keys, marked, strict=True)), words, cuts
    )


def test_what_is_marked_otherwise_is_found_otherwise(tmp_path: Path) -> None:
    keys = ["staff nurse", "nurse"]
    yes, none = np.array([True, True]), np.array([False, False])
    write_parts(tmp_path, phrase_parts(keys, phrase_marks(yes, yes, none)))
    whole = Phrases.load(tmp_path)
    assert list(whole.find(["staff", "nurses"], none)) == [(0, 2, 0)]
    narrow = whole.marked(phrase_marks(np.array([False, True]), yes, none))
    assert list(narrow.find(["staff", "nurses"], none)) == [(1, 1, 1)]
    assert list(whole.find(["staff", "nurses"], none)) == [(0, 2, 0)]
    assert list(whole.find([], none[:0])) == []


def test_very_long_words_and_broken_characters_are_no_phrase(tmp_path: Path) -> None:
    write_parts(tmp_path, phrase_parts(["nurse"], np.array([3], dtype=np.uint8)))
    assert list(Phrases.load(tmp_path).find(["x" * 10_000, "\ud800", "nurse"], np.zeros(3, np.bool_))) == [(2, 1, 0)]
