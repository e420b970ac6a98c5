"""Labels are cleaned before anything else sees them, and no alias stands twice."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.importers import labels
from taxonomy.importers.labels import AliasCollector, clean_label, label_problem
from taxonomy.model import AliasKind


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  two\t words\n", "two words"),
        ("\u200bpublic relations", "public relations"),
        ("cafe\u0301", "café"),
        ("no\u00a0break", "no break"),
        ("ن\u200cم", "ن\u200cم"),
    ],
)
def test_labels_are_cleaned(raw: str, clean: str) -> None:
    assert clean_label(raw) == clean


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ("", labels.EMPTY_LABEL),
        ("x" * 501, labels.LONG_LABEL),
        ("a\x07b", labels.CONTROL_CHARACTER),
        ("a\ufffdb", labels.CONTROL_CHARACTER),
        ("---", labels.NO_LETTER),
        ("x" * 500, None),
        ("C++", None),
        ("東京", None),
    ],
)
def test_unusable_labels_have_a_reason(label: str, problem: str | None) -> None:
    assert label_problem(label) == problem


@given(st.text())
def test_cleaning_is_done_once_and_for_all(text: str) -> None:
    clean = clean_label(text)
    assert clean_label(clean) == clean
    assert clean == clean.strip()
    assert unicodedata.is_normalized("NFC", clean)


def test_repetitions_are_left_out_and_counted_by_reason() -> None:
    collector = AliasCollector("Python", "en", source="test")
    for text in ("python", "Python 3", "PYTHON 3", "", "Py", "py"):
        collector.add(text)
    assert [alias.text for alias in collector.aliases] == ["Python 3", "Py"]
    found = {item.reason: item.detail for item in collector.rejections(file="f", line=3)}
    assert found == {
        labels.EQUALS_NAME: "'python'",
        labels.DUPLICATE_ALIAS: "'PYTHON 3', 'py'",
        labels.EMPTY_LABEL: "''",
    }


def test_the_same_text_may_serve_another_language_but_mul_covers_all() -> None:
    collector = AliasCollector("Haskell", "en", source="test")
    collector.add("Haskell", AliasKind.TRANSLATION, language="de")
    collector.add("Haskell", language="mul")
    collector.add("GHC", AliasKind.ABBREVIATION, language="mul")
    collector.add("GHC", language="de")
    assert [(alias.text, alias.language) for alias in collector.aliases] == [
        ("Haskell", "de"),
        ("GHC", "mul"),
    ]


def test_a_derived_alias_that_is_there_already_is_nobodys_mistake() -> None:
    collector = AliasCollector("cook", "en", source="test")
    collector.add("cook", derived=True)
    collector.add("chef", derived=True)
    assert [alias.text for alias in collector.aliases] == ["chef"]
    assert not list(collector.rejections(file="f", line=1))


def test_the_detail_of_a_rejection_stays_short() -> None:
    collector = AliasCollector("x", "en", source="test")
    for number in range(50):
        collector.leave_out(f"{number}" * 200, "reason")
    (rejection,) = collector.rejections(file="f", line=1)
    assert len(rejection.detail) < 300
    assert rejection.detail.endswith("and 47 more")
