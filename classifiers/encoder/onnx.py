"""An ONNX model as a transformer: from the numbers of tokens to the vectors of their last layer, or of texts."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import EnvironmentFaultError, InvalidError

_IDS: Final = "input_ids"
_FILLED: Final = {"attention_mask": 1, "token_type_ids": 0}
"""Further inputs, and what they say of every token: texts are of equal length, so none is padding."""
_MISSING: Final = "an encoder in ONNX needs a library: pip install 'canonym[onnx]'"


class OnnxModel:
    """Runs a model that takes the numbers of tokens; its first output is texts x tokens x width, or texts x width.

    Raises:
        EnvironmentFaultError: where the library is not installed.
        InvalidError: where the file is damaged, or wants or gives something else.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        runtime = _library()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors have no name of their own
            raise InvalidError(f"{path.name} cannot be loaded: {error}") from error
        self._inputs = [one.name for one in self._session.get_inputs()]
        self._output = self._session.get_outputs()[0].name
        unknown = sorted(set(self._inputs) - {_IDS, *_FILLED})
        if unknown or _IDS not in self._inputs:
            raise InvalidError(f"{path.name} takes {', '.join(self._inputs)}; known are {', '.join((_IDS, *_FILLED))}")

    def last_layer(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the first output for texts x tokens."""
        filled = {name: np.full_like(ids, value) for name, value in _FILLED.items()}
        feeds = {name: array for name, array in ({_IDS: ids} | filled).items() if name in self._inputs}
        try:
            (output,) = self._session.run([self._output], feeds)
        except Exception as error:  # as above
            raise InvalidError(
                f"the ONNX model failed on {ids.shape[0]} texts of {ids.shape[1]} tokens: {error}"
            ) from error
        return np.asarray(output, dtype=np.float32)


def _library() -> Any:  # noqa: ANN401 - an extra without types
    try:
        import onnxruntime  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EnvironmentFaultError(_MISSING) from error
    return onnxruntime
