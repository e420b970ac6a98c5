from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from classifiers.encoder.linear import LinearEncoder, load_encoder, save_encoder, unit_rows
from classifiers.training.contrast import Contrast, sharpen
from classifiers.training.encoder import EncoderConfig, Words, fit_encoder, label_targets
from classifiers.training.labels import LabelledTexts, labels_of
from classifiers.training.split import is_held_out
from core.errors import InvalidError
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

SMALL = EncoderConfig(
    features=1 << 12, dimensions=4, iterations=30, held_out_share=0.0, contrast=Contrast(epochs=5, batch_size=8)
)
GERMAN = {"nurse": "Krankenpflegerin", "developer": "Softwareentwickler", "driver": "Lastwagenfahrer"}
FRENCH = {"nurse": "infirmière", "developer": "programmeuse", "driver": "camionneur"}


def snapshot() -> Snapshot:
    groups = [
        ("nurse", ["registered nurse", "staff nurse", "clinical nurse"]),
        ("developer", ["software developer", "programmer", "software engineer"]),
        ("driver", ["truck driver", "lorry driver", "van driver"]),
    ]
    return Snapshot(
        1,
        tuple(
            Entity(
                f"title_{name}",
                EntityType.TITLE,
                name,
                (SourceId("test", name),),
                (
                    *(Alias(text, "en", AliasKind.SYNONYM, "test") for text in labels),
                    Alias(GERMAN[name], "de", AliasKind.SYNONYM, "test"),
                ),
            )
            for name, labels in groups
        ),
    )


def small_labels(share: float = 0.0) -> LabelledTexts:
    return labels_of(snapshot(), [EntityType.TITLE], teacher_languages=("en",), share=share)


def meanings(labels: LabelledTexts, *, noise: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """What a teacher says of all labels that knows the groups, up to noise."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(labels.membership.shape[1], 16))
    return np.asarray(labels.membership @ centres + noise * rng.normal(size=(len(labels.texts), 16)), dtype=np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = small_labels()
    known = meanings(labels, noise=0.1)
    of_group = {name: known[labels.texts.index(text)] for name, text in GERMAN.items()}
    words = Words(tuple(FRENCH.values()), known, np.array([of_group[name] for name in FRENCH]))
    weights, idf = fit_encoder(labels, meanings(labels, noise=0.4)[labels.taught], words, SMALL)
    path = tmp_path_factory.mktemp("encoder")
    save_encoder(weights, idf, path, details={"name": "test", "types": ["title"], "languages": ["de", "en"]})
    return path


def test_labels_of_one_entity_lie_together(folder: Path) -> None:
    encoder = load_encoder(folder)
    programmer, engineer, lorry = encoder.encode(["programmer", "software engineer", "lorry driver"])
    assert programmer @ engineer > 0.9
    assert programmer @ lorry < 0.5


def test_labels_of_other_languages_and_words_without_labels_lie_with_their_translations(folder: Path) -> None:
    encoder = load_encoder(folder)
    german = encoder.encode(list(GERMAN.values()))
    french = encoder.encode(list(FRENCH.values()))
    english = encoder.encode(["staff nurse", "software developer", "van driver"])
    assert (german @ english.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert (french @ english.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_pull_of_one_puts_synonyms_on_one_point() -> None:
    labels = small_labels()
    targets = label_targets(labels, meanings(labels, noise=0.4)[labels.taught], pull=1.0)
    for column in range(labels.membership.shape[1]):
        rows = labels.membership[:, column].nonzero()[0]
        assert np.allclose(targets[rows], targets[rows[0]], atol=1e-5)


def test_held_out_labels_take_no_part_in_a_centre() -> None:
    labels = small_labels(share=0.4)
    assert 0 < labels.held_out.sum() < len(labels.texts)
    teacher = meanings(labels, noise=0.4)
    teacher -= teacher[labels.taught].mean(axis=0)
    moved = teacher.copy()
    # Two held-out labels change places: the middle of all stays, and no centre may change.
    first, second = np.flatnonzero(labels.held_out & labels.taught)[:2]
    moved[[first, second]] = moved[[second, first]]
    before, after = (label_targets(labels, one[labels.taught], pull=1.0) for one in (teacher, moved))
    assert np.allclose(before, after, atol=1e-5)


def test_entities_of_one_type_and_source_are_of_one_group() -> None:
    places = [("a", EntityType.TITLE), ("b", EntityType.TITLE), ("a", EntityType.SKILL), ("a", EntityType.TITLE)]
    entities = tuple(
        Entity(f"e{n}", kind, str(n), (SourceId(source, str(n)),), (Alias(f"x{n}", "en", AliasKind.SYNONYM, source),))
        for n, (source, kind) in enumerate(places)
    )
    kinds = [EntityType.TITLE, EntityType.SKILL]
    labels = labels_of(Snapshot(1, entities), kinds, teacher_languages=("en",), share=0.0)
    assert labels.groups.tolist() == [0, 1, 2, 0]


def test_contrast_drives_entities_of_one_source_further_apart_than_those_of_two() -> None:
    vectors = sparse.csr_matrix(np.array([[2, 1, 0], [2, 1, 0], [2, 0, 1], [2, 0, 1]], dtype=np.float32))
    membership = sparse.csr_matrix(np.repeat(np.eye(2, dtype=np.float32), 2, axis=0))
    weights = np.eye(3, dtype=np.float32)
    targets = np.asarray(vectors @ weights)
    config = Contrast(epochs=30, batch_size=4, target_weight=0.1, learning_rate=0.01, dropout=0.0)

    def cosine(groups: list[int]) -> float:
        entities = (membership, np.array(groups, dtype=np.int32))
        placed = unit_rows(
            np.asarray(vectors @ sharpen(weights, vectors, entities, targets, (vectors[:0], targets[:0]), config))
        )
        return float(placed[0] @ placed[2])

    assert cosine([0, 0]) < cosine([0, 1]) - 0.1


def test_the_held_out_share_is_kept_and_is_the_same_everywhere() -> None:
    keys = [f"title {number}" for number in range(20_000)]
    held = [is_held_out(key) for key in keys]
    assert sum(held) / len(keys) == pytest.approx(0.1, abs=0.01)
    assert held == [is_held_out(key) for key in keys]
    assert not any(is_held_out(key, share=0.0) for key in keys)


def test_an_encoder_knows_what_it_has_learned(folder: Path) -> None:
    encoder = load_encoder(folder)
    assert encoder.types == {EntityType.TITLE}
    assert encoder.languages == {"de", "en"}
    assert encoder.digest == load_encoder(folder).digest != ""


def test_a_damaged_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "scales.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(InvalidError, match=r"scales\.npy does not match"):
        load_encoder(tmp_path)


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_has_a_vector_of_length_one_or_says_nothing(folder: Path, texts: list[str]) -> None:
    vectors = load_encoder(folder).encode(texts)
    assert vectors.shape == (len(texts), 4)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))


def test_the_encoder_that_comes_with_the_package_knows_titles_in_several_languages() -> None:
    encoder: LinearEncoder = load_encoder()
    developer, german, french, nurse, infirmiere = encoder.encode([
        "software developer", "Softwareentwickler", "développeur informatique", "registered nurse", "infirmière"
    ])  # fmt: skip
    assert developer @ german > 0.7
    assert developer @ french > nurse @ french + 0.1
    assert nurse @ infirmiere > developer @ infirmiere
