"""Encoders by path, with tiny models that are made here."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifiers.encoder.folder import FolderEncoder
from core.errors import EnvironmentFaultError, InvalidError

tokenizers = pytest.importorskip("tokenizers")
safetensors = pytest.importorskip("safetensors.numpy")

WORDS = ["[UNK]", "[CLS]", "nurse", "cook", "senior"]
WIDTH, INNER, LAYERS = 8, 12, 2
SHAPE = {"model_type": "bert", "num_hidden_layers": LAYERS, "num_attention_heads": 2}
MEAN = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
CLS = {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}


def weights() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (6, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        sizes = {f"attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")}
        sizes |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (INNER, WIDTH)}
        for name, size in (sizes | {"output.dense": (WIDTH, INNER)}).items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = size
            shapes[f"encoder.layer.{layer}.{name}.bias"] = size[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{layer}.{name}.weight"] = (WIDTH,)
            shapes[f"encoder.layer.{layer}.{name}.bias"] = (WIDTH,)
    return {name: rng.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def write_tokenizer(folder: Path) -> None:
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token=WORDS[0]))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", 1)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    made.mkdir()
    safetensors.save_file(weights(), made / "model.safetensors")
    write_json(made / "config.json", SHAPE)
    write_tokenizer(made)
    return made


def test_texts_get_vectors_of_length_one_each_as_if_it_were_alone(folder: Path) -> None:
    encoder = FolderEncoder(folder)
    texts = ["nurse", "senior nurse", "cook", "", "nurse \ud800", "senior cook nurse"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (6, WIDTH)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=1e-5)
    assert not np.allclose(vectors[0], vectors[2], atol=1e-3)
    assert encoder.encode([]).shape == (0, WIDTH)


def test_progress_counts_texts(folder: Path) -> None:
    done: list[int] = []
    FolderEncoder(folder).encode(["nurse", "senior nurse", "cook"], on_progress=done.append)
    assert done == [2, 3]


def test_pooling_is_what_the_folder_says_and_its_own_file_comes_first(folder: Path) -> None:
    text = ["senior nurse"]
    by_default = FolderEncoder(folder).encode(text)
    write_json(folder / "1_Pooling/config.json", CLS)
    by_cls = FolderEncoder(folder).encode(text)
    assert not np.allclose(by_default, by_cls)
    write_json(folder / "encoder.json", {"pooling": "mean", "language": "en", "name": "mine"})
    encoder = FolderEncoder(folder)
    np.testing.assert_allclose(encoder.encode(text), by_default)
    assert encoder.language == "en"
    assert encoder.name.startswith("mine-")


def test_the_name_tells_weights_and_pooling_apart(folder: Path) -> None:
    first = FolderEncoder(folder).name
    assert first.startswith("tiny-")
    write_json(folder / "1_Pooling/config.json", MEAN)
    second = FolderEncoder(folder).name
    changed = weights()
    changed["embeddings.word_embeddings.weight"] *= 2
    safetensors.save_file(changed, folder / "model.safetensors")
    assert len({first, second, FolderEncoder(folder).name}) == 3


def test_a_long_text_is_cut_to_what_the_model_takes(folder: Path) -> None:
    encoder = FolderEncoder(folder)
    long = ["nurse " * 5, "nurse " * 500]
    np.testing.assert_allclose(*encoder.encode(long))


def test_weights_of_a_model_with_a_head_are_the_same_without_their_prefix(folder: Path) -> None:
    plain = FolderEncoder(folder).encode(["nurse"])
    safetensors.save_file({f"bert.{name}": one for name, one in weights().items()}, folder / "model.safetensors")
    np.testing.assert_allclose(FolderEncoder(folder).encode(["nurse"]), plain)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.safetensors", "neither model.safetensors nor model.onnx"),
        ("config.json", "has no config.json"),
        ("tokenizer.json", "has no tokenizer.json"),
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str, message: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InvalidError, match=message):
        FolderEncoder(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{nonsense")
    with pytest.raises(InvalidError, match=name):
        FolderEncoder(folder)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", SHAPE | {"model_type": "roberta"}, "model_type"),
        ("config.json", SHAPE | {"num_attention_heads": 3}, "8 dimensions cannot be shared by 3 heads"),
        ("config.json", SHAPE | {"num_hidden_layers": 3}, "no encoder.layer.2"),
        ("encoder.json", {"pooling": "max"}, "pooling"),
        ("encoder.json", {"polling": "cls"}, "polling"),
        ("1_Pooling/config.json", {}, "neither mean nor cls"),
    ],
)
def test_what_a_file_cannot_mean_is_told(folder: Path, name: str, content: object, message: str) -> None:
    write_json(folder / name, content)
    with pytest.raises(InvalidError, match=message):
        FolderEncoder(folder)


def test_a_weight_of_another_shape_is_named(folder: Path) -> None:
    changed = weights()
    changed["encoder.layer.1.output.dense.weight"] = np.zeros((WIDTH, INNER + 1), dtype=np.float32)
    safetensors.save_file(changed, folder / "model.safetensors")
    with pytest.raises(InvalidError, match=r"encoder.layer.1.output.dense.weight is 8 x 13; needed is 8 x 12"):
        FolderEncoder(folder)


def test_tokens_that_the_weights_do_not_have_are_told(folder: Path) -> None:
    changed = weights()
    changed["embeddings.word_embeddings.weight"] = changed["embeddings.word_embeddings.weight"][:3]
    safetensors.save_file(changed, folder / "model.safetensors")
    encoder = FolderEncoder(folder)
    with pytest.raises(InvalidError, match=r"knows tokens that model.safetensors does not"):
        encoder.encode(["senior"])


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="is not a folder"):
        FolderEncoder(tmp_path / "nothing")


def test_without_the_library_of_onnx_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "model.safetensors").rename(folder / "model.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EnvironmentFaultError, match=r"canonym\[onnx\]"):
        FolderEncoder(folder)


def onnx_model(path: Path, *, pooled: bool = False, first_input: str = "input_ids") -> NDArray[np.float32]:
    """Write a model that looks tokens up in a table, and return the table."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, kinds = onnx.helper, onnx.TensorProto
    table = weights()["embeddings.word_embeddings.weight"]
    nodes = [helper.make_node("Gather", ["table", first_input], ["tokens"])]
    shape: list[Any] = ["texts", "length", WIDTH]
    if pooled:
        nodes.append(helper.make_node("ReduceMax", ["tokens"], ["text"], axes=[1], keepdims=0))
        shape = ["texts", WIDTH]
    inputs = [
        helper.make_tensor_value_info(name, kinds.INT64, ["texts", "length"])
        for name in (first_input, "attention_mask")
    ]
    nodes.append(helper.make_node("Identity", ["attention_mask"], ["mask"]))
    outputs = [
        helper.make_tensor_value_info("text" if pooled else "tokens", kinds.FLOAT, shape),
        helper.make_tensor_value_info("mask", kinds.INT64, ["texts", "length"]),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [onnx.numpy_helper.from_array(table, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return table


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def test_an_onnx_model_gives_vectors_of_tokens_that_are_pooled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    table = onnx_model(folder / "model.onnx")
    (mean,) = FolderEncoder(folder).encode(["senior nurse"])
    np.testing.assert_allclose(mean, unit(table[[1, 4, 2]].mean(axis=0)), atol=1e-6)
    write_json(folder / "encoder.json", {"pooling": "cls"})
    (first,) = FolderEncoder(folder).encode(["senior nurse"])
    np.testing.assert_allclose(first, unit(table[1]), atol=1e-6)


def test_an_onnx_model_may_give_one_vector_a_text(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    table = onnx_model(folder / "model.onnx", pooled=True)
    (vector,) = FolderEncoder(folder).encode(["senior nurse"])
    np.testing.assert_allclose(vector, unit(table[[1, 4, 2]].max(axis=0)), atol=1e-6)


def test_an_onnx_model_that_takes_something_else_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    onnx_model(folder / "model.onnx", first_input="pixels")
    with pytest.raises(InvalidError, match="takes pixels, attention_mask; known are input_ids"):
        FolderEncoder(folder)


def test_a_damaged_onnx_model_is_named(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    (folder / "model.safetensors").unlink()
    (folder / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(InvalidError, match=r"model.onnx cannot be loaded"):
        FolderEncoder(folder)
