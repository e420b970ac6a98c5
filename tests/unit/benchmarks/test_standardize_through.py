from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.standardize.ours import WholeMatcher, our_matchers
from benchmarks.standardize.ranking import labels_of
from benchmarks.standardize.through import Surroundings, ThroughTaxonomy
from classifiers.encoder.linear import load_encoder, unit_rows

LABELS = labels_of([
    ["registered nurse", "staff nurse", "hospital nurse"],
    ["software developer", "programmer", "application developer"],
    ["truck driver", "lorry driver"],
])  # fmt: skip


def whole() -> WholeMatcher:
    return next(one for one in our_matchers(Path(), with_pretrained=False) if isinstance(one, WholeMatcher))


def test_surroundings_are_the_entities_that_a_text_means() -> None:
    encoder = load_encoder()
    centres = unit_rows(np.add.reduceat(encoder.encode(LABELS.texts), LABELS.starts, axis=0))
    (around,) = Surroundings(LABELS, encoder, [encoder]).of(["ward nurse", "java programmer"])
    assert (around @ centres.T).argmax(axis=1).tolist() == [0, 1]
    assert np.linalg.norm(around, axis=1) == pytest.approx([1, 1], abs=1e-5)
    # Nearly all of it is the entity's own centre: the others are far away.
    assert (around * centres[:2]).sum(axis=1) == pytest.approx([1, 1], abs=0.02)


def test_a_text_that_says_nothing_stands_nowhere() -> None:
    encoder = load_encoder()
    (around,) = Surroundings(LABELS, encoder, [encoder]).of(["", "nurse"])
    assert not around[0].any()
    assert around[1].any()


def test_every_view_has_the_surroundings_in_its_own_space() -> None:
    encoder = load_encoder()

    class Half:
        name = "half"

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return unit_rows(encoder.encode(texts)[:, :96])

    learned, half = Surroundings(LABELS, encoder, [encoder, Half()]).of(["lorry driver"])
    assert learned.shape == (1, 192)
    assert half.shape == (1, 96)
    assert float((half @ Half().encode(["truck driver"]).T)[0, 0]) > 0.5


def test_two_names_of_one_entity_come_nearer_than_the_whole_alone_says() -> None:
    encoder = load_encoder()
    plain = whole()
    through = ThroughTaxonomy("through", plain, Surroundings(LABELS, encoder, [encoder]))
    corpus = ["hospital nurse", "lorry driver"]
    languages = {"query_language": "en", "corpus_language": "en"}
    added = through.score(["staff nurse"], corpus, **languages) - plain.score(["staff nurse"], corpus, **languages)
    assert added[0, 0] == pytest.approx(0.4, abs=0.02)
    assert added[0, 1] < 0.2


def test_sentences_are_scored_as_the_whole_does() -> None:
    encoder = load_encoder()
    plain = whole()
    through = ThroughTaxonomy("through", plain, Surroundings(LABELS, encoder, [encoder]))
    sentence = "we look for a nurse who drives a truck and writes software on long winter nights"
    languages = {"query_language": "en", "corpus_language": "en"}
    corpus = ["hospital nurse", "lorry driver"]
    scores = through.score([sentence, "nurse"], corpus, **languages)
    assert np.array_equal(scores[0], plain.score([sentence, "nurse"], corpus, **languages)[0])
    assert scores[1, 0] > scores[1, 1]
