from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.standardize import served
from benchmarks.standardize.ours import EncoderMatcher
from benchmarks.standardize.rows import PRETRAINED, SERVED, WHOLE, Figures, Reference, compare
from benchmarks.standardize.served import ServedMatcher
from benchmarks.standardize.taxonomies import compiled_snapshot
from classifiers.encoder.linear import unit_rows
from classifiers.standardize.likeness import Likeness
from taxonomy.model import EntityType, Snapshot

LANGUAGES = {"query_language": "en", "corpus_language": "en"}
CORPUS = ("hospital nurse", "lorry driver", "staff nurse")


class Lengths:
    name = "lengths"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return unit_rows(np.array([[len(text), 9] for text in texts], dtype=np.float32))


@pytest.fixture(scope="module")
def likeness(tmp_path_factory: pytest.TempPathFactory, titles_of: Callable[..., Snapshot]) -> Likeness:
    names = {"nurse": ("hospital nurse", "staff nurse"), "driver": ("lorry driver", "truck driver")}
    folder: Path = tmp_path_factory.mktemp("served") / "v1"
    return Likeness(compiled_snapshot(titles_of(names), folder), EntityType.TITLE)


def test_it_scores_as_the_product_does_a_part_at_a_time(likeness: Likeness, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = ["ward nurse", "staff nurse", "truck driver"]
    expected = likeness.compare(queries, likeness.read(CORPUS), language="en", others_language="en").scores
    monkeypatch.setattr(served, "_CELLS", 4)
    matcher = ServedMatcher(likeness)
    assert matcher.name == SERVED
    assert matcher.score(queries, CORPUS, **LANGUAGES) == pytest.approx(expected)
    assert matcher.score(queries[:1], CORPUS, **LANGUAGES) == pytest.approx(expected[:1])


def test_pretrained_encoders_are_added_to_short_texts(likeness: Likeness) -> None:
    encoder = EncoderMatcher(Lengths())
    assert encoder.pretrained
    sentence = "we look for a nurse who drives a truck and writes software on long winter nights"
    queries = ["ward nurse", sentence]
    plain = ServedMatcher(likeness).score(queries, CORPUS, **LANGUAGES)
    more = ServedMatcher(likeness, PRETRAINED, [encoder]).score(queries, CORPUS, **LANGUAGES)
    added = 0.2 * encoder.score(queries[:1], CORPUS, **LANGUAGES)[0]
    assert more[0] == pytest.approx(plain[0] + added, abs=1e-5)
    assert more[1] == pytest.approx(plain[1])


def test_what_is_served_is_the_row_beside_the_target() -> None:
    values = np.array([0.5, 0.7])
    figures = Figures({"floor": values - 0.4}, {WHOLE: values - 0.2, PRETRAINED: values - 0.1})
    rows = compare("case", "MAP", figures.served({SERVED: values, PRETRAINED: values + 0.1}), Reference(0.1, 0.5, 0.6))
    assert [(row.case, row.ours, row.target) for row in rows[:2]] == [
        ("case", 0.6, 0.5),
        ("case, with pretrained encoders", 0.7, 0.6),
    ]
    assert {row.case: row.ours for row in rows[2:]} == {
        "case / floor": 0.2,
        f"case / {WHOLE}": 0.4,
        f"case / {PRETRAINED}": 0.7,
        f"case / {SERVED}": 0.6,
    }
