"""p(sense | context) for the standardizer: a small frozen model of the phrases that have several senses.

The senses of a phrase are a mixture on the sphere with one concentration for all (von Mises-Fisher, Banerjee et al.
2005): p(sense | context) is in proportion to the sense's share times exp(concentration x cosine). The concentration is
fitted on pseudo-words, where the truth is known, so that the probabilities are calibrated.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from core.artefact import read_manifest, verify_files, write_manifest
from core.errors import InvalidError
from taxonomy.senses.contexts import ContextSpace, unit
from taxonomy.senses.model import Context, Contexts, Floats, PhraseSenses, SensePolicy
from taxonomy.senses.splitting import throw_together

_KIND: Final = "senses"
_FORMAT: Final = 1
_ARRAYS: Final = ("rarity", "matrix", "centre", "centres", "shares")
_TEXTS: Final = "texts.json"
_MOST_CONCENTRATION: Final = 60.0


@dataclass(frozen=True)
class SenseModel:
    """The senses of some phrases: those of phrase n are rows `starts[n]` to `starts[n + 1]` of `centres`.

    `centres` is senses x dimensions, `shares` how frequent each sense is among those of its phrase.
    """

    space: ContextSpace
    phrases: tuple[str, ...]
    starts: tuple[int, ...]
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
        return np.asarray(softmax(scores.astype(np.float64)))


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
        np.concatenate(centres),
        np.array(shares, np.float32),
        concentration,
        {phrase: row for row, phrase in enumerate(phrases)},
    )


def fit_concentration(
    contexts: Contexts, space: ContextSpace, policy: SensePolicy, *, seed: int, pairs: int = 100
) -> float:
    """Return the concentration with the least log-loss on pseudo-words: half the contexts place the centres.

    Raises:
        InvalidError: where fewer than two phrases have contexts enough.
    """
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    phrases = sorted(phrase for phrase, some in contexts.items() if len(some) >= policy.min_contexts)
    if len(phrases) < 2:
        raise InvalidError(f"senses need two phrases of {policy.min_contexts} contexts")
    found = []
    for _ in range(pairs):
        drawn = throw_together(contexts, rng.sample(phrases, 2), policy.max_contexts, rng)
        vectors, source = space.vectors(drawn.contexts), np.array(drawn.source)
        half = np.arange(len(source)) % 2 == 0
        centres = unit(np.stack([vectors[half & (source == side)].mean(axis=0) for side in (0, 1)]))
        right_first = np.stack([source[~half], 1 - source[~half]], axis=1)
        found.append(np.take_along_axis(vectors[~half] @ centres.T, right_first, axis=1))
    cosines = np.concatenate(found).astype(np.float64)
    best = minimize_scalar(
        lambda value: -log_softmax(value * cosines, axis=1)[:, 0].mean(),
        bounds=(0.0, _MOST_CONCENTRATION),
        method="bounded",
    )
    return float(best.x)


def save_sense_model(model: SenseModel, folder: Path) -> None:
    """Write a model to a folder: arrays as npy, texts as JSON, and a manifest with the SHA-256 of each file."""
    folder.mkdir(parents=True, exist_ok=True)
    space = model.space
    arrays = (space.rarity, space.matrix, space.centre, model.centres, model.shares)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    texts = {"tokens": space.tokens, "phrases": model.phrases, "starts": model.starts}
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
    return SenseModel(space, phrases, tuple(texts["starts"]), centres, shares, concentration, _rows(phrases))


def _rows(texts: Sequence[str]) -> dict[str, int]:
    return {text: row for row, text in enumerate(texts)}
