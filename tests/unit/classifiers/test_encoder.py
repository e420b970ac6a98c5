from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.encoder.linear import LinearEncoder, load_encoder, save_encoder
from classifiers.training.encoder import EncoderConfig, LabelledTexts, fit_encoder, labels_of, synonym_targets
from core.errors import InvalidError
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

SMALL = EncoderConfig(features=1 << 12, dimensions=4, iterations=30)


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
                tuple(Alias(text, "en", AliasKind.SYNONYM, "test") for text in labels),
            )
            for name, labels in groups
        ),
    )


def teacher_of(labels: LabelledTexts) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A teacher that knows the groups, up to noise."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(labels.membership.shape[1], 16))
    return np.asarray(labels.membership @ centres + 0.4 * rng.normal(size=(len(labels.texts), 16)), dtype=np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = labels_of(snapshot(), EntityType.TITLE, SMALL)
    weights, idf = fit_encoder(labels, teacher_of(labels), SMALL)
    path = tmp_path_factory.mktemp("encoder")
    save_encoder(weights, idf, path, details={"name": "test"})
    return path


def test_labels_of_one_entity_lie_together(folder: Path) -> None:
    encoder = load_encoder(folder)
    programmer, engineer, lorry = encoder.encode(["programmer", "software engineer", "lorry driver"])
    assert programmer @ engineer > 0.9
    assert programmer @ lorry < 0.5


def test_a_pull_of_one_puts_synonyms_on_one_point() -> None:
    labels = labels_of(snapshot(), EntityType.TITLE, SMALL)
    targets = synonym_targets(labels, teacher_of(labels), pull=1.0)
    for column in range(labels.membership.shape[1]):
        rows = labels.membership[:, column].nonzero()[0]
        assert np.allclose(targets[rows], targets[rows[0]], atol=1e-5)


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


def test_the_encoder_that_comes_with_the_package_knows_titles() -> None:
    encoder: LinearEncoder = load_encoder()
    swe, developer, nurse = encoder.encode(["software engineer", "programmer", "registered nurse"])
    assert swe @ developer > 0.5 > swe @ nurse
