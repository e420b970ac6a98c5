"""Any sentence encoder from a folder: `model.safetensors` or `model.onnx`, with `tokenizer.json` beside it.

A folder as the usual libraries save it. Weights in safetensors are run in NumPy and must be of a model like BERT, whose
`config.json` says its shape; an ONNX model may be any that takes the numbers of tokens, and needs the extra `onnx`. How
the vectors of tokens become one of the text is said by `encoder.json`, else by `1_Pooling/config.json`, else it is
their mean. Nothing is downloaded, and nothing in a folder is executable.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from classifiers.encoder.bert import Bert, BertConfig, equal_lengths
from classifiers.encoder.linear import unit_rows
from classifiers.encoder.onnx import OnnxModel
from core.errors import EnvironmentFaultError, InvalidError

_WEIGHTS: Final = "model.safetensors"
_ONNX: Final = "model.onnx"
_TOKENIZER: Final = "tokenizer.json"
_SHAPE: Final = "config.json"
_OWN: Final = "encoder.json"
_POOLING: Final = "1_Pooling/config.json"
_FILES: Final = (_WEIGHTS, _ONNX, f"{_ONNX}_data", _TOKENIZER, _SHAPE, _OWN, _POOLING)
"""All that a vector may depend on."""
_PREFIX: Final = "bert."
"""What stands before the names of weights where the model had a head."""
_MISSING: Final = "an encoder in a folder needs two libraries: pip install 'canonym[semantic]'"
_Floats = NDArray[np.float32]
T = TypeVar("T", bound=BaseModel)


class EncoderSettings(BaseModel):
    """The content of `encoder.json`, all of it optional.

    `name` is the folder's name by default; `language` a code such as `en` where the encoder knows a single one;
    texts are cut after `max_tokens`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = Field(None, pattern=r"^[\w.-]+$")
    language: str | None = None
    pooling: Literal["mean", "cls"] | None = None
    max_tokens: int = Field(64, ge=3)


class _Pooling(BaseModel):
    pooling_mode_mean_tokens: bool = False
    pooling_mode_cls_token: bool = False


class _Shape(BaseModel):
    model_type: Literal["bert"]
    num_hidden_layers: int = Field(ge=1)
    num_attention_heads: int = Field(ge=1)
    hidden_act: Literal["gelu"] = "gelu"
    layer_norm_eps: float = Field(1e-12, gt=0)


class _Model(Protocol):
    def last_layer(self, ids: NDArray[np.int64]) -> _Floats: ...


class FolderEncoder:
    """Encodes texts by the model in a folder; fits `classifiers.encoder.protocol.Encoder`.

    `name` ends in a hash of the files, so that vectors kept under it are never those of other weights.

    Raises:
        InvalidError: where a file is missing, damaged, or of another shape or kind of model.
        EnvironmentFaultError: where a library is not installed.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InvalidError(f"{folder} is not a folder")
        settings = _read(folder / _OWN, EncoderSettings) if (folder / _OWN).is_file() else EncoderSettings()
        self.language = settings.language
        self._takes_first = (settings.pooling or _pooling(folder)) == "cls"
        self._tokenizer = _tokenizer(folder)
        self._model, positions = _model(folder)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(min(settings.max_tokens, positions or settings.max_tokens))
        # Read once at the start: what does not fit is told before a long work begins.
        self._width = self._vectors(np.array([self._tokenizer.encode("a").ids or [0]], dtype=np.int64)).shape[1]
        self.name = f"{settings.name or folder.resolve().name}-{_digest(folder)}"

    def encode(self, texts: Sequence[str], *, on_progress: Callable[[int], None] = lambda _n: None) -> _Floats:
        """Return an array of texts x dimensions; texts of equal length in tokens are encoded together.

        Raises:
            InvalidError: where the model does not know a token, or gives something else than vectors.
        """
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch([_whole(text) for text in texts])]
        vectors = np.zeros((len(texts), self._width), dtype=np.float32)
        done = 0
        for rows in equal_lengths(tokens):
            if tokens[rows[0]]:
                vectors[rows] = self._vectors(np.array([tokens[row] for row in rows], dtype=np.int64))
            done += len(rows)
            on_progress(done)
        return vectors

    def _vectors(self, ids: NDArray[np.int64]) -> _Floats:
        try:
            hidden = self._model.last_layer(ids)
        except IndexError as error:
            raise InvalidError(f"{_TOKENIZER} knows tokens that {_WEIGHTS} does not: {error}") from error
        if hidden.ndim == 3 and hidden.shape[:2] == ids.shape:
            hidden = hidden[:, 0] if self._takes_first else hidden.mean(axis=1)
        if hidden.ndim != 2 or len(hidden) != len(ids):
            given = " x ".join(map(str, hidden.shape))
            raise InvalidError(
                f"the model gave {given} for {ids.shape[0]} texts of {ids.shape[1]} tokens; needed is "
                "texts x tokens x dimensions or texts x dimensions"
            )
        return unit_rows(hidden)


def _whole(text: str) -> str:
    """Return a text without halves of surrogate pairs, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()


def _model(folder: Path) -> tuple[_Model, int | None]:
    """Return the model in a folder, and the most tokens that it takes where that is known."""
    if (folder / _WEIGHTS).is_file():
        shape = _read(folder / _SHAPE, _Shape)
        config = BertConfig(shape.num_hidden_layers, shape.num_attention_heads, shape.layer_norm_eps)
        model = Bert(_weights(folder / _WEIGHTS), config)
        return model, model.positions
    if (folder / _ONNX).is_file():
        return OnnxModel(folder / _ONNX), None
    raise InvalidError(f"{folder} has neither {_WEIGHTS} nor {_ONNX}")


def _weights(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the weights in a file, by names without the prefix of models with a head."""
    try:
        from safetensors import numpy as safetensors  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EnvironmentFaultError(_MISSING) from error
    try:
        weights = safetensors.load_file(path)
    except Exception as error:  # the library's errors have no common base
        raise InvalidError(f"{path} is damaged: {error}") from error
    return {name.removeprefix(_PREFIX): tensor for name, tensor in weights.items()}


def _tokenizer(folder: Path) -> Any:  # noqa: ANN401 - an extra without types
    """Return the tokenizer in a folder."""
    path = folder / _TOKENIZER
    if not path.is_file():
        raise InvalidError(f"{folder} has no {_TOKENIZER}")
    try:
        import tokenizers  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EnvironmentFaultError(_MISSING) from error
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise InvalidError(f"{path} is damaged: {error}") from error


def _pooling(folder: Path) -> str:
    """Return how sentence-transformers makes one vector of those of tokens; the mean where it does not say."""
    path = folder / _POOLING
    if not path.is_file():
        return "mean"
    pooling = _read(path, _Pooling)
    if pooling.pooling_mode_mean_tokens == pooling.pooling_mode_cls_token:
        raise InvalidError(f"{path} asks for neither mean nor cls alone; say one in {_OWN}")
    return "cls" if pooling.pooling_mode_cls_token else "mean"


def _read(path: Path, model: type[T]) -> T:
    """Return the content of a JSON file."""
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise InvalidError(f"{path.parent} has no {path.name}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidError(f"{path}: {f'{place}: ' if place else ''}{first['msg']}") from error


def _digest(folder: Path) -> str:
    """Return a hash of all that a vector depends on."""
    found = hashlib.sha256()
    for name in _FILES:
        if (path := folder / name).is_file():
            with path.open("rb") as file:
                found.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
    return found.hexdigest()[:12]
