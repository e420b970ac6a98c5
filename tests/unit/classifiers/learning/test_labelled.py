from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from classifiers.encoder.linear import load_encoder
from classifiers.encoder.protocol import Encoder
from classifiers.learning.evidence import CANDIDATES, EVIDENCE, EntityLabels
from classifiers.learning.labelled import LabelledConfig, fit_labelled

OCCUPATIONS = (
    ("software engineer", "software developer", "programmer"),
    ("registered nurse", "hospital nurse"),
    ("primary school teacher", "schoolteacher"),
    ("data analyst",),
    ("baker", "pastry baker"),
)
PLACES = ("Oslo", "Turin", "Leeds", "Ghent", "Porto", "Bonn", "Graz", "Lyon")
HOUSE_NAMES = {"code wizard": 0, "ward angel": 1, "class guide": 2, "bread artist": 4}
"""What a made-up company calls its jobs: no label says so."""


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def labels() -> EntityLabels:
    texts = tuple(text for group in OCCUPATIONS for text in group)
    entities = np.repeat(np.arange(len(OCCUPATIONS), dtype=np.int32), [len(group) for group in OCCUPATIONS])
    return EntityLabels(texts, entities)


def posts(levels: Sequence[str]) -> tuple[list[str], list[int]]:
    rows = [
        (f"{level} {name} ({place})", entity)
        for level in levels
        for name, entity in HOUSE_NAMES.items()
        for place in PLACES
    ]
    return [text for text, _ in rows], [entity for _, entity in rows]


def best(scores: NDArray[np.float32]) -> list[int]:
    return [int(entity) for entity in scores.argmax(axis=1)]


def test_names_that_no_label_has_are_learned_from_few_texts(encoder: Encoder) -> None:
    texts, entities = posts(["senior"])
    ranker = fit_labelled(texts, entities, labels(), encoder)
    assert best(ranker.scores(["junior code wizard", "ward angel, nights", "bread artist"])) == [0, 1, 4]


def test_an_entity_that_no_text_was_labelled_with_is_found_by_its_labels(encoder: Encoder) -> None:
    texts, entities = posts(["senior"])
    assert best(fit_labelled(texts, entities, labels(), encoder).scores(["data analyst", "analyst of data"])) == [3, 3]


def test_with_enough_texts_trees_weigh_the_evidence(encoder: Encoder) -> None:
    texts, entities = posts(["senior", "junior", "lead", "chief", "head", "assistant", "night"])
    steps: list[str] = []
    ranker = fit_labelled(texts, entities, labels(), encoder, on_step=steps.append)
    assert any(step.startswith("trees over") for step in steps)
    scores = ranker.scores(["code wizard", "ward angel wanted", "class guide"])
    assert best(scores) == [0, 1, 2]
    assert scores.shape == (3, len(OCCUPATIONS))
    assert scores.max() <= 1


def test_the_same_texts_give_the_same_scores(encoder: Encoder) -> None:
    texts, entities = posts(["senior", "junior", "lead", "chief", "head", "assistant", "night"])
    first, second = (fit_labelled(texts, entities, labels(), encoder).scores(["code angel"]) for _ in range(2))
    assert np.array_equal(first, second)


def test_more_texts_than_the_limit_are_sampled(encoder: Encoder) -> None:
    texts, entities = posts(["senior", "junior"])
    steps: list[str] = []
    config = replace(LabelledConfig(), most_texts=40)
    ranker = fit_labelled(texts, entities, labels(), encoder, config=config, on_step=steps.append)
    assert steps == ["ridge over 40 texts and 5 entities: blend"]
    assert best(ranker.scores(["code wizard"])) == [0]


def test_a_few_wrong_labels_are_outvoted(encoder: Encoder) -> None:
    texts, entities = posts(["senior"])
    noisy = [(entity + 1) % 5 if place % 5 == 0 else entity for place, entity in enumerate(entities)]
    assert best(fit_labelled(texts, noisy, labels(), encoder).scores(["code wizard", "bread artist"])) == [0, 4]


def test_texts_without_words_and_no_texts_at_all_are_scored(encoder: Encoder) -> None:
    texts, entities = posts(["senior"])
    ranker = fit_labelled(texts, entities, labels(), encoder)
    assert np.isfinite(ranker.scores(["", "!!!"])).all()
    assert ranker.scores([]).shape == (0, len(OCCUPATIONS))


def test_no_labelled_text_at_all_leaves_the_labels(encoder: Encoder) -> None:
    assert best(fit_labelled([], [], labels(), encoder).scores(["hospital nurse"])) == [1]


def test_what_proposes_candidates_is_evidence() -> None:
    assert set(CANDIDATES) <= set(EVIDENCE)
    assert {ridge.name for ridge in LabelledConfig().ridges} <= set(EVIDENCE)
