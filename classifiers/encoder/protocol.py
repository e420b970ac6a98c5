"""What an encoder is: texts in, vectors of length one out, so that a product of two is how alike they are."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Name and version, for manifests and answers."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of texts x dimensions; rows have length 1, or 0 where a text says nothing."""
        ...
