"""p(sense | context) for the standardizer: a small frozen model of the phrases that have several senses.

The senses of a phrase are a mixture on the sphere with one concentration for all (von Mises-Fisher, Banerjee et al.
2005): p(sense | context) is in proportion to the sense's share times exp(concentration x cosine). The concentration is
fitted on pseudo-words, where the truth is known, so that the probabilities are calibrated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from core.artefact import read_manifest, verify_files, write_manifest
from core.errors import InvalidError
from taxonomy.senses.contexts import ContextSpace
from taxonomy.senses.model import Context, Floats, PhraseSenses

_KIND: Final = "senses"
_FORMAT: Final = 2
_ARRAYS: Final = ("rarity", "matrix", "centre", "centres", "shares")
_TEXTS: Final = "texts.json"


@dataclass(frozen=True)
class SenseModel:
    """The senses of some phrases: those of phrase n are rows `starts[n]` to `starts[n + 1]` of `centres`.

    `centres` is senses x dimensions, `shares` how frequent each sense is among those of its phrase, `heads` the most
    typical token of each, which names it in proposals; empty where it has none.
    """

    space: ContextSpace
    phrases: tuple[str, ...]
    starts: tuple[int, ...]
    heads: tuple[str, ...]
    centres: Floats
    shares: Floats
    concentration: float
    index: dict[str, int] = field(repr=False)

    def probabilities(self, phrase: str, context: Context) -> NDArray[np.float64]:
        """Return p(sense | context) over the senses of a folded phrase, summing to 1; their shares if nothing is known.

        A phrase of one sense, or that was never looked at, has one sense of probability 1.
        """
        row = self.index.get(phrase)
        if row is None:
            return np.ones(1)
        senses = slice(self.starts[row], self.starts[row + 1])
        vector = self.space.vectors([tuple(token for token in dict.fromkeys(context) if token != phrase)])[0]
        scores = np.log(self.shares[senses]) + self.concentration * (self.centres[senses] @ vector)
        odds = np.exp(scores.astype(np.float64) - scores.max())
        return np.asarray(odds / odds.sum())

    def heads_of(self, phrase: str) -> tuple[str, ...]:
        """Return the heads of the senses of a folded phrase, in the order of `probabilities`; none if unknown."""
        row = self.index.get(phrase)
        return () if row is None else self.heads[self.starts[row] : self.starts[row + 1]]


def make_sense_model(found: Iterable[PhraseSenses], space: ContextSpace, concentration: float) -> SenseModel:
    """Return the model of the phrases that have several senses."""
    several = sorted((one for one in found if len(one.senses) > 1), key=lambda one: one.phrase)
    starts = np.cumsum([0, *(len(one.senses) for one in several)])
    centres = [one.centres for one in several] or [np.zeros((0, space.matrix.shape[1]), np.float32)]
    shares = [sense.share for one in several for sense in one.senses]
    phrases = tuple(one.phrase for one in several)
    return SenseModel(
        space,
        phrases,
        tuple(starts.tolist()),
        tuple(sense.head for one in several for sense in one.senses),
        np.concatenate(centres),
        np.array(shares, np.float32),
        concentration,
        {phrase: row for row, phrase in enumerate(phrases)},
    )


def save_sense_model(model: SenseModel, folder: Path) -> None:
    """Write a model to a folder: arrays as npy, texts as JSON, and a manifest with the SHA-256 of each file."""
    folder.mkdir(parents=True, exist_ok=True)
    space = model.space
    arrays = (space.rarity, space.matrix, space.centre, model.centres, model.shares)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    texts = {"tokens": space.tokens, "phrases": model.phrases, "starts": model.starts, "heads": model.heads}
    (folder / _TEXTS).write_bytes(orjson.dumps(texts))
    write_manifest(folder, kind=_KIND, format=_FORMAT, details={"concentration": model.concentration})


def load_sense_model(folder: Path) -> SenseModel:
    """Return a model that was saved.

    Raises:
        InvalidError: where a file is missing, was changed, or is of another format.
    """
    manifest = read_manifest(folder, kind=_KIND, format=_FORMAT)
    missing = {_TEXTS, *(f"{name}.npy" for name in _ARRAYS)} - manifest.files.keys()
    if missing:
        raise InvalidError(f"{folder}: the manifest does not name {', '.join(sorted(missing))}")
    verify_files(folder, manifest)
    texts: dict[str, Any] = orjson.loads((folder / _TEXTS).read_bytes())
    rarity, matrix, centre, centres, shares = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS)
    space = ContextSpace(tuple(texts["tokens"]), rarity, matrix, centre, _rows(texts["tokens"]))
    phrases = tuple(texts["phrases"])
    concentration = float(manifest.details["concentration"])
    starts, heads = tuple(texts["starts"]), tuple(texts["heads"])
    return SenseModel(space, phrases, starts, heads, centres, shares, concentration, _rows(phrases))


def _rows(texts: Sequence[str]) -> dict[str, int]:
    return {text: row for row, text in enumerate(texts)}
