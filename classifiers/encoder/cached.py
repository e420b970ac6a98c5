"""Vectors of texts kept on disk, by a hash of the text: what a slow encoder has read once is never read again.

Vectors come in parts that are written whole, so work that was interrupted goes on where it stopped.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.encoder.protocol import Encoder

_PART: Final = 2_048
"""Texts of a part: what an interruption can lose."""
_KEY_BYTES: Final = 16


class CachedEncoder:
    """An encoder that keeps its vectors in a folder; fits `classifiers.encoder.protocol.Encoder`.

    The folder belongs to one encoder: give each a folder of its own. Vectors are kept in 16 bits.
    """

    def __init__(
        self,
        encoder: Encoder,
        folder: Path,
        *,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._folder = folder
        self._on_progress = on_progress
        self._parts: list[NDArray[np.float16]] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        for path in sorted(folder.glob("*.keys.npy")) if folder.is_dir() else []:
            self._read(path)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of texts x dimensions; texts that were never read before are read now, and kept."""
        keys = [
            hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest() for text in texts
        ]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._places}
        wanted = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            self._add([key for key, _ in part], self._encoder.encode([text for _, text in part]))
            self._on_progress(start + len(part), len(wanted))
        if not texts:
            return self._encoder.encode([])
        places = [self._places[key] for key in keys]
        return np.stack([self._parts[part][row] for part, row in places]).astype(np.float32)

    def _add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Write a part, its keys last: a part without keys does not count."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.blake2b(b"".join(keys), digest_size=_KEY_BYTES).hexdigest()
        np.save(self._folder / f"{name}.vectors.npy", vectors.astype(np.float16), allow_pickle=False)
        partial = self._folder / f".{name}.keys.npy"
        np.save(partial, np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY_BYTES), allow_pickle=False)
        partial.rename(self._folder / f"{name}.keys.npy")
        self._read(self._folder / f"{name}.keys.npy")

    def _read(self, path: Path) -> None:
        vectors = path.with_name(path.name.replace(".keys.npy", ".vectors.npy"))
        keys = np.load(path, allow_pickle=False)
        self._parts.append(np.load(vectors, mmap_mode="r", allow_pickle=False))
        for row, key in enumerate(keys):
            self._places[key.tobytes()] = (len(self._parts) - 1, row)
