"""A transformer like BERT in NumPy: from the numbers of tokens to the vectors of their last layer.

Devlin et al., "BERT", 2019. It runs the weights as the usual libraries save them, needs no framework, and is for short
texts: about 600 a second on one core with 6 layers of 384.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from core.errors import InvalidError

Floats = NDArray[np.float32]

_BATCH: Final = 128
_LAYER: Final = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_NORMS: Final = ("attention.output.LayerNorm", "output.LayerNorm")


@dataclass(frozen=True, slots=True)
class BertConfig:
    """The shape of a transformer; `epsilon` keeps the normalization of a layer from dividing by nothing."""

    layers: int
    heads: int
    epsilon: float = 1e-12


class Bert:
    """Runs the weights of a transformer, by their names in files of BERT.

    Raises:
        InvalidError: where weights are missing, or have shapes that do not fit each other.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.generic]], config: BertConfig) -> None:
        self._weights = {name: tensor.astype(np.float32) for name, tensor in weights.items()}
        self._config = config
        self._check()

    @property
    def width(self) -> int:
        """Length of the vectors."""
        return int(self._weights["embeddings.word_embeddings.weight"].shape[1])

    @property
    def positions(self) -> int:
        """Most tokens that a text may have."""
        return len(self._weights["embeddings.position_embeddings.weight"])

    def last_layer(self, ids: NDArray[np.int64]) -> Floats:
        """Return texts x tokens x width of texts x tokens."""
        w = self._weights
        hidden = w["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        hidden = self._normalised(hidden + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self._config.layers):
            prefix = f"encoder.layer.{layer}."
            attended = self._linear(self._attention(hidden, prefix), f"{prefix}attention.output.dense")
            hidden = self._normalised(hidden + attended, f"{prefix}attention.output.LayerNorm")
            inner = self._linear(hidden, f"{prefix}intermediate.dense")
            inner = 0.5 * inner * (1 + erf(inner * np.float32(np.sqrt(0.5))))
            hidden = self._normalised(
                hidden + self._linear(inner, f"{prefix}output.dense"), f"{prefix}output.LayerNorm"
            )
        return np.asarray(hidden)

    def _attention(self, hidden: Floats, prefix: str) -> Floats:
        """Return the attention of every token to the others of its text, heads side by side."""
        count, length, width = hidden.shape
        heads = self._config.heads
        query, key, value = (
            self._linear(hidden, f"{prefix}attention.self.{name}")
            .reshape(count, length, heads, width // heads)
            .transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // heads))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return np.asarray((scores @ value).transpose(0, 2, 1, 3).reshape(count, length, width))

    def _linear(self, rows: Floats, name: str) -> Floats:
        return np.asarray(rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _normalised(self, rows: Floats, name: str) -> Floats:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._config.epsilon))
        return np.asarray(centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])

    def _check(self) -> None:
        """See that all weights are there and fit."""
        width = self._shape("embeddings.word_embeddings.weight", (None, None))[1]
        for name in ("position", "token_type"):
            self._shape(f"embeddings.{name}_embeddings.weight", (None, width))
        if width % self._config.heads:
            raise InvalidError(f"{width} dimensions cannot be shared by {self._config.heads} heads")
        self._vector("embeddings.LayerNorm", width)
        for layer in range(self._config.layers):
            prefix = f"encoder.layer.{layer}."
            inner = self._shape(f"{prefix}intermediate.dense.weight", (None, width))[0]
            sizes = {"intermediate.dense": (inner, width), "output.dense": (width, inner)}
            for name in _LAYER:
                into, out_of = sizes.get(name, (width, width))
                self._shape(f"{prefix}{name}.weight", (into, out_of))
                self._shape(f"{prefix}{name}.bias", (into,))
            for name in _NORMS:
                self._vector(f"{prefix}{name}", width)

    def _vector(self, name: str, width: int) -> None:
        self._shape(f"{name}.weight", (width,))
        self._shape(f"{name}.bias", (width,))

    def _shape(self, name: str, expected: tuple[int | None, ...]) -> tuple[int, ...]:
        """Return the shape of a weight, which is the expected one as far as that is known."""
        if name not in self._weights:
            raise InvalidError(f"the weights have no {name}: they are none of a model like BERT")
        shape = self._weights[name].shape
        if len(shape) != len(expected) or any(e not in {None, s} for e, s in zip(expected, shape, strict=True)):
            wanted = " x ".join("any" if size is None else str(size) for size in expected)
            raise InvalidError(f"{name} is {' x '.join(map(str, shape))}; needed is {wanted}")
        return shape


def equal_lengths(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield rows of equal length, at most a batch at a time, shortest first: so nothing has to be filled up."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    batch: list[int] = []
    for row in order:
        if batch and (len(tokens[row]) != len(tokens[batch[0]]) or len(batch) == _BATCH):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
