"""The learned encoder: a linear map from hashed features to a small space where synonyms lie together.

It costs one sparse product a text: microseconds, no network, no library beyond NumPy and SciPy. The map is learned
by `classifiers.training.encoder` and kept as 8-bit integers with one scale for each dimension.
"""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.hashing import FeatureScheme, code_points, scheme_arguments
from classifiers.kernels.whole import EncoderArrays, encoded
from classifiers.standardize.text import fold
from core.artefact import read_manifest, verify_files, write_manifest
from core.mapped import mapped_array
from taxonomy.model import EntityType

KIND: Final = "linear-encoder"
FORMAT: Final = 1
SHIPPED: Final = Path(__file__).parent / "labels"
"""The encoder of titles and skills that comes with the package; `canonym train encoder` makes it again."""


def encoder_scheme(features: int) -> FeatureScheme:
    """Return the features that the encoder looks at: words, pairs of words, n-grams of 2 to 5 characters."""
    return FeatureScheme(features, ngram_lengths=(2, 3, 4, 5), word_pairs=True)


class LinearEncoder:
    """Encodes texts by a linear map; fits `classifiers.encoder.protocol.Encoder`.

    `weights` is features x dimensions in int8, `scales` one float a dimension, `idf` one a feature. `types` and
    `languages` are those of the labels that it has learned; `digest` tells encoders of one name apart.
    """

    def __init__(
        self,
        weights: NDArray[np.int8],
        scales: NDArray[np.float32],
        idf: NDArray[np.float32],
        *,
        name: str,
        types: Collection[EntityType] = (),
        languages: Collection[str] = (),
        digest: str = "",
    ) -> None:
        self._weights = weights
        self._scales = scales
        self.types = frozenset(types)
        self.languages = frozenset(languages)
        self.digest = digest
        self._idf = idf
        self._scheme = encoder_scheme(len(idf))
        self.name = name

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self._weights.shape[1])

    @property
    def arrays(self) -> EncoderArrays:
        """What `classifiers.kernels.whole.search_rows` encodes by: features, their weights, the map and its scales."""
        return scheme_arguments(self._scheme), self._idf, self._weights, self._scales

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of texts x dimensions; rows have length 1, or 0 where a text says nothing."""
        return self.encode_folded([fold(text) for text in texts])

    def encode_folded(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return the same for texts that are folded already."""
        return np.asarray(encoded(code_points(keys), self.arrays))


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def save_encoder(
    weights: NDArray[np.float32], idf: NDArray[np.float32], folder: Path, *, details: dict[str, Any]
) -> None:
    """Write an encoder with 8-bit weights, and the manifest that says what it was learned from."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-12) / 127
    np.save(folder / "weights.npy", np.round(weights / scales).astype(np.int8), allow_pickle=False)
    np.save(folder / "scales.npy", scales.astype(np.float32), allow_pickle=False)
    np.save(folder / "idf.npy", idf.astype(np.float32), allow_pickle=False)
    write_manifest(folder, kind=KIND, format=FORMAT, details=details)


def load_encoder(folder: Path = SHIPPED) -> LinearEncoder:
    """Return the encoder in a folder.

    Raises:
        InvalidError: where a file is missing, damaged, or of another format.
    """
    manifest = read_manifest(folder, kind=KIND, format=FORMAT)
    verify_files(folder, manifest)
    # Plain views of the mapped files: only the rows that texts need are read, and all processes share them.
    weights, scales, idf = (mapped_array(folder / f"{name}.npy") for name in ("weights", "scales", "idf"))
    return LinearEncoder(
        weights,
        scales,
        idf,
        name=str(manifest.details["name"]),
        types=[EntityType(name) for name in manifest.details.get("types", ())],
        languages=manifest.details.get("languages", ()),
        digest=hashlib.sha256("".join(sorted(manifest.files.values())).encode()).hexdigest()[:12],
    )
