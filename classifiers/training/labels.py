"""The labels that an encoder learns from: texts, the entities they belong to, and which of them teach. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifiers.standardize.text import fold
from classifiers.training.split import is_held_out
from taxonomy.model import Entity, EntityType, Snapshot


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts, each once, and the entities that each is a label of, as texts x entities.

    `taught` marks the texts in a language of the teacher; `held_out` those that nothing may be learned from: the
    held-out share of the texts that are a label of one entity alone. `groups` is a number an entity, the same for
    entities of one type that one source lists: they are sure to be different, as those of two sources are not.
    `languages` are those of the texts.
    """

    texts: tuple[str, ...]
    membership: "sparse.csr_matrix"
    taught: NDArray[np.bool_]
    held_out: NDArray[np.bool_]
    groups: NDArray[np.int32]
    languages: frozenset[str] = frozenset()


def labels_of(
    snapshot: Snapshot, kinds: Sequence[EntityType], *, teacher_languages: Sequence[str], share: float
) -> LabelledTexts:
    """Return the labels of the entities of some types, in all languages; `share` of them are held out."""
    row_of: dict[str, int] = {}
    taught: set[int] = set()
    languages: set[str] = set()
    pairs: set[tuple[int, int]] = set()
    entities = [entity for entity in snapshot.entities if entity.type in kinds]
    for column, entity in enumerate(entities):
        for alias in entity.aliases:
            if not fold(alias.text):
                continue
            row = row_of.setdefault(alias.text, len(row_of))
            pairs.add((row, column))
            languages.add(alias.language)
            if alias.language in teacher_languages:
                taught.add(row)
    rows, columns = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    membership = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(row_of), len(entities))
    )
    texts = tuple(row_of)
    alone = np.diff(membership.indptr) == 1
    held_out = alone & np.array([is_held_out(fold(text), share=share) for text in texts], dtype=np.bool_)
    is_taught = np.isin(np.arange(len(texts)), sorted(taught))
    return LabelledTexts(texts, membership, is_taught, held_out, _groups(entities), frozenset(languages))


def _groups(entities: Sequence[Entity]) -> NDArray[np.int32]:
    """Return the number of each entity's type and first source."""
    numbers: dict[tuple[EntityType, str], int] = {}
    listed = [(entity.type, entity.source_ids[0].source if entity.source_ids else "") for entity in entities]
    return np.array([numbers.setdefault(one, len(numbers)) for one in listed], dtype=np.int32)
