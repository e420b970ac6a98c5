import numpy as np

from classifiers.encoder.linear import load_encoder
from classifiers.learning.evidence import EVIDENCE, EntityLabels, KnownTexts, candidates, membership
from classifiers.learning.views import centres, cosines, views_of

TEXTS = ("night nurse", "staff nurse", "bread baker")
LABELS = EntityLabels(("nurse", "ward nurse", "baker", "pilot"), np.array([0, 0, 1, 2], dtype=np.int32))


def evidence_of(text: str, *, usable: list[bool]) -> dict[str, list[float]]:
    views = views_of(TEXTS, load_encoder())
    own, labels, asked = views.vectors(TEXTS), views.vectors(LABELS.texts), views.vectors([text])
    middle = centres(labels, membership(LABELS.entities, LABELS.count).T.tocsr())
    known = KnownTexts(np.array([0, 0, 1]), labels, LABELS.starts, middle.meaning)
    names = ("blend", "meaning", "words", "job", "confused", "reliability")
    learned = {name: np.zeros((1, 3), dtype=np.float32) for name in names}
    found = known.evidence(asked, cosines(asked, own), learned, np.array([usable]))
    return {name: values[0].tolist() for name, values in found.items()}


def test_every_kind_of_evidence_is_described_and_in_order() -> None:
    assert list(evidence_of("nurse", usable=[True] * 3)) == list(EVIDENCE)
    assert all(EVIDENCE.values())


def test_the_nearest_text_of_each_entity_counts() -> None:
    found = evidence_of("night nurse", usable=[True] * 3)
    assert found["nearest"][0] > 0.99
    assert found["nearest"][2] == 0  # the pilot has no text
    assert found["vote"][0] > found["vote"][1]


def test_texts_that_may_not_be_looked_at_leave_no_trace() -> None:
    found = evidence_of("night nurse", usable=[False, True, True])
    assert found["nearest"][0] < 0.99
    assert np.allclose(np.exp(found["frequency"]), [1.3, 1.3, 0.3], atol=1e-4)


def test_the_best_label_of_each_entity_counts() -> None:
    found = evidence_of("pilot", usable=[True] * 3)
    assert int(np.argmax(found["label"])) == 2
    assert int(np.argmax(found["centre"])) == 2


def test_the_labels_of_each_entity_are_counted() -> None:
    assert evidence_of("pilot", usable=[True] * 3)["label_count"] == [2, 1, 1]


def test_candidates_stand_by_text_and_tell_how_far_they_lie_below_the_best() -> None:
    values = np.array([[0.9, 0.4], [0.1, 0.3]], dtype=np.float32)
    found = candidates(dict.fromkeys(EVIDENCE, values))
    assert found.texts.tolist() == [0, 0, 1, 1]
    assert found.entities.tolist() == [0, 1, 0, 1]
    assert np.allclose(found.columns[:, 0], [0.9, 0.4, 0.1, 0.3])
    assert np.allclose(found.columns[:, 2 * len(EVIDENCE) - 1], [0, -0.5, -0.2, 0])


def test_candidates_tell_their_rank_among_those_of_their_text_and_the_best_two_scores() -> None:
    values = np.array([[0.9, 0.4, 0.4], [0.1, 0.2, 0.3]], dtype=np.float32)
    columns = candidates(dict.fromkeys(EVIDENCE, values)).columns
    assert np.allclose(np.expm1(columns[:, 2 * len(EVIDENCE)]), [0, 1, 2, 2, 1, 0])
    assert np.allclose(columns[:, -2:], [[0.9, 0.4]] * 3 + [[0.3, 0.2]] * 3)


def test_where_there_is_one_entity_it_is_the_best_two() -> None:
    columns = candidates(dict.fromkeys(EVIDENCE, np.array([[0.7]], dtype=np.float32))).columns
    assert np.allclose(columns[:, -2:], 0.7)
