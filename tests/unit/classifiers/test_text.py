import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.text import fold, running_words, tokenize, without_references


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Machine learning", "machine learning"),
        ("MACHINE-LEARNING", "machine learning"),
        ("B.Sc.", "bsc"),
        ("b.sc.engineer", "bsc engineer"),
        ("e.g2", "e g2"),
        (".net.net", ".net net"),
        ("M.B.A", "mba"),
        ("C++", "c++"),
        ("C#", "c#"),
        (".NET", ".net"),
        ("Node.js", "node js"),
        ("Technische Universität München", "technische universitat munchen"),
        ("Straße", "strasse"),
        ("ﬁnance", "finance"),
        ("a\u200bb", "ab"),
        ("😀 Python 😀", "python"),
        ("数据", "数 据"),
        ("", ""),
        ("\x00\x01 -- //", ""),
    ],
)
def test_folding_keeps_what_tells_aliases_apart_and_drops_the_rest(text: str, key: str) -> None:
    assert fold(text) == key


@given(st.text())
def test_tokens_stand_in_order_within_the_text_and_never_overlap(text: str) -> None:
    position = 0
    for token in tokenize(text):
        assert position <= token.start < token.end <= len(text)
        assert token.folded
        position = token.end


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd", "Zs", "Pd"], max_codepoint=0x24F)))
def test_folding_twice_changes_nothing(text: str) -> None:
    key = fold(text)
    assert fold(key) == key


@given(st.text(alphabet="abcXYZ äöü-_/", max_size=60))
def test_case_never_changes_the_key(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower())


@given(st.one_of(st.text(), st.text(alphabet="aB9 _+#.é\n-"), st.text(alphabet="aB9 ")))
def test_words_of_a_running_text_are_its_tokens(text: str) -> None:
    assert [*zip(*running_words(text), strict=True)] == [tuple(token) for token in tokenize(text)]


def test_words_of_a_running_text_are_no_objects_that_the_collector_looks_at() -> None:
    before = len(gc.get_objects())
    words = running_words("no a, not required " * 1_000)
    assert len(words.folded) == 4_000
    assert len(gc.get_objects()) - before < 100


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("R&amp;D", "R&    D"),
        ("Bachelor&#39;s", "Bachelor'    s"),
        ("a&nbsp;b &quot;c&quot;", 'a\xa0     b "     c"     '),
        ("AT&T; caf&#233;", "AT&T; caf&#233;"),
    ],
)
def test_references_of_html_are_signs_and_offsets_stay(text: str, plain: str) -> None:
    assert without_references(text) == plain
    assert len(plain) == len(text)
