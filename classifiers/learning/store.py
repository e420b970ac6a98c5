"""What a ranker of labelled texts has learned, in a folder: arrays, and a manifest with their hashes. No pickle."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.encoder.protocol import Encoder
from classifiers.learning.confusion import Confusions
from classifiers.learning.labelled import LabelledConfig, LabelledRanker, Learned
from classifiers.learning.ridge import RidgeConfig
from classifiers.learning.views import TextViews, ViewVectors
from classifiers.standardize.readings import Seniority
from core.artefact import read_manifest, verify_files, write_manifest
from core.errors import InvalidError
from core.mapped import mapped_array
from core.trees import ARRAYS, BoostedTrees

KIND: Final = "labelled-ranker"
FORMAT: Final = 2
_ENTITIES: Final = "entity_ids"
_SPARSE: Final = ("data", "indices", "indptr")

_Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class StoredRanker:
    """A ranker, and the id of the entity that each column of its scores speaks of."""

    ranker: LabelledRanker
    entity_ids: tuple[str, ...]

    @property
    def is_share(self) -> bool:
        """Whether a score is the share of such answers that are right; with few labelled texts it is a mere order."""
        return self.ranker.learned.trees is not None

    def best(self, texts: Sequence[str], *, top: int) -> list[list[tuple[str, float]]]:
        """Return the ids of the likeliest entities of each text with their scores, best first, at most `top`."""
        scores = self.ranker.scores(texts)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
        return [
            [
                (self.entity_ids[place], float(own[place]))
                for place in places
                # Below 0 stands what is no candidate at all.
                if own[place] > 0 or not self.is_share
            ]
            for own, places in zip(scores, order.tolist(), strict=True)
        ]


def save_ranker(stored: StoredRanker, folder: Path, *, details: Mapping[str, Any]) -> None:
    """Write a ranker; `details` say what it was learned from.

    Raises:
        InvalidError: where there are not as many ids as the ranker scores entities.
    """
    learned = stored.ranker.learned
    if len(stored.entity_ids) != learned.entity_count:
        raise InvalidError(f"{len(stored.entity_ids)} ids for {learned.entity_count} entities")
    folder.mkdir(parents=True, exist_ok=True)
    arrays: _Arrays = {_ENTITIES: np.array(stored.entity_ids), "entities": learned.entities}
    arrays |= {"label_starts": learned.label_starts}
    arrays |= {"words_idf": learned.views.idf[0], "letters_idf": learned.views.idf[1]}
    arrays |= _of_vectors("points", learned.points) | _of_vectors("labels", learned.labels)
    arrays |= {f"duals_{name}": duals for name, duals in learned.duals.items()}
    if learned.trees is not None and learned.confusions is not None:
        arrays |= {f"trees_{name}": getattr(learned.trees, name) for name in ARRAYS}
        arrays |= {"reliability": learned.confusions.reliability}
        arrays |= _of_sparse("confusions", learned.confusions.shares)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    own = {
        "encoder": _key_of(learned.views.encoder),
        "config": asdict(learned.config),
        "seniority": learned.views.seniority and learned.views.seniority.level_by_words,
        "duals": sorted(learned.duals),
        "baseline": None if learned.trees is None else learned.trees.baseline,
    }
    write_manifest(folder, kind=KIND, format=FORMAT, details={**details, **own})


def load_ranker(folder: Path, encoder: Encoder) -> StoredRanker:
    """Return the ranker in a folder, which must have learned with this encoder.

    Raises:
        InvalidError: where a file is missing, damaged or of another format, and for another encoder.
    """
    manifest = read_manifest(folder, kind=KIND, format=FORMAT)
    verify_files(folder, manifest)
    details = manifest.details
    if details["encoder"] != (own := _key_of(encoder)):
        raise InvalidError(f"{folder} was learned with the encoder {details['encoder']}, not {own}: train again")
    read = _Reader(folder)
    trees, confusions = None, None
    if details["baseline"] is not None:
        confusions = Confusions(_sparse(read, "confusions"), read("reliability"))
        trees = BoostedTrees(**{name: read(f"trees_{name}") for name in ARRAYS}, baseline=float(details["baseline"]))
    learned = Learned(
        views=TextViews(encoder, (read("words_idf"), read("letters_idf")), _seniority(details["seniority"])),
        points=_vectors(read, "points"),
        labels=_vectors(read, "labels"),
        entities=read("entities"),
        label_starts=read("label_starts"),
        duals={name: read(f"duals_{name}") for name in details["duals"]},
        config=_config(details["config"]),
        confusions=confusions,
        trees=trees,
    )
    return StoredRanker(LabelledRanker(learned), tuple(read(_ENTITIES).tolist()))


def _key_of(encoder: Encoder) -> str:
    """Return what tells encoders apart: the name, and the hash of what was learned where there is one."""
    return f"{encoder.name} {getattr(encoder, 'digest', '')}".strip()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the arrays of a folder by name."""

    folder: Path

    def __call__(self, name: str) -> NDArray[Any]:
        return mapped_array(self.folder / f"{name}.npy")


def _of_sparse(name: str, rows: "sparse.csr_matrix") -> _Arrays:
    found: _Arrays = {f"{name}_{part}": getattr(rows, part) for part in _SPARSE}
    return {**found, f"{name}_shape": np.array(rows.shape)}


def _sparse(read: _Reader, name: str) -> "sparse.csr_matrix":
    parts = tuple(read(f"{name}_{part}") for part in _SPARSE)
    return sparse.csr_matrix(parts, shape=tuple(read(f"{name}_shape").tolist()))


def _of_vectors(name: str, vectors: ViewVectors) -> _Arrays:
    words, letters = _of_sparse(f"{name}_words", vectors.words), _of_sparse(f"{name}_letters", vectors.letters)
    return {f"{name}_meaning": vectors.meaning, f"{name}_job": vectors.job, **words, **letters}


def _vectors(read: _Reader, name: str) -> ViewVectors:
    words, letters = _sparse(read, f"{name}_words"), _sparse(read, f"{name}_letters")
    return ViewVectors(words, letters, read(f"{name}_meaning"), read(f"{name}_job"))


def _seniority(level_by_words: Mapping[str, str] | None) -> Seniority | None:
    return None if level_by_words is None else Seniority(dict(level_by_words))


def _config(body: Mapping[str, Any]) -> LabelledConfig:
    ridges: Sequence[Mapping[str, Any]] = body["ridges"]
    return LabelledConfig(
        **{
            **body,
            "ridges": tuple(RidgeConfig(**{**ridge, "weights": tuple(ridge["weights"])}) for ridge in ridges),
        }
    )
