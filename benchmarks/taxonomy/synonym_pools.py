"""Labels of ESCO and O*NET in three parts that share no entity and no label: to teach, to tune, to measure.

Entities are split by a hash of their id: four in ten teach the encoder, three teach the pair classifier and choose
the threshold, three are measured. A label that an entity of a later part has too is taken out of the earlier part.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.taxonomy.context import BuildContext
from benchmarks.taxonomy.label_encoder import fit_label_encoder
from core.errors import InvalidError
from taxonomy.corpus.model import Encode
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.importers.detect import detect
from taxonomy.importers.read import read_source
from taxonomy.model import EntityDraft
from taxonomy.synonyms.quality import Owners, SamePairs, same_pairs

KINDS: Final = ("ESCO titles", "ESCO skills", "O*NET titles")
HARD: Final = "O*NET skills"
"""Products with few alternative labels: they teach what is different, and are not measured."""
_SHARES: Final = {"encoder": 0.4, "pairs": 0.3}
_LANGUAGES: Final = ("en", "mul")


@dataclass(frozen=True, slots=True)
class Pool:
    """Folded labels of one part of the entities of one kind, the entities of each, and all pairs of one entity."""

    keys: tuple[str, ...]
    owners: Owners
    same: SamePairs


def read_pools(context: BuildContext) -> dict[str, dict[str, Pool]]:
    """Return the labels by kind and part of the newest English ESCO and O*NET of the data folder.

    Raises:
        InvalidError: where either is missing.
    """
    labels: dict[str, dict[str, list[str]]] = {kind: {} for kind in (*KINDS, HARD)}
    for source, pattern in (("ESCO", "esco-*-en"), ("O*NET", "onet-*")):
        folders = sorted((context.data / "taxonomies").glob(pattern))
        if not folders:
            raise InvalidError(f"no folder {pattern} in taxonomies; regrouping needs it")
        items = (item for found in detect(folders[-1]) for item in read_source(found))
        for item in items:
            if isinstance(item, EntityDraft) and (kind := f"{source} {item.type}s") in labels:
                texts = [item.name, *(alias.text for alias in item.aliases if alias.language in _LANGUAGES)]
                labels[kind][item.entity_id] = [key for text in texts if (key := fold_phrase(text))]
    most = context.policy.max_entities
    return {kind: _split(dict(sorted(entities.items())[:most])) for kind, entities in labels.items()}


def _split(entities: Mapping[str, Sequence[str]]) -> dict[str, Pool]:
    owners: dict[str, dict[str, set[int]]] = {part: {} for part in ("test", "pairs", "encoder")}
    for number, (entity, keys) in enumerate(entities.items()):
        for key in keys:
            owners[_part(entity)].setdefault(key, set()).add(number)
    taken: set[str] = set()
    pools = {}
    for part, found in owners.items():
        keys = tuple(key for key in found if key not in taken)
        taken |= found.keys()
        held = [frozenset(found[key]) for key in keys]
        pools[part] = Pool(keys, held, same_pairs(held))
    return pools


def _part(entity: str) -> str:
    digest = hashlib.blake2b(entity.encode(), digest_size=4, person=b"synonyms").digest()
    place = int.from_bytes(digest, "big") / (1 << 32)
    for part, share in _SHARES.items():
        if place < share:
            return part
        place -= share
    return "test"


def train_encoder(parts: Mapping[str, Mapping[str, Pool]], context: BuildContext) -> Encode:
    """Return the encoder of the labels of the training entities; a label measured in another kind is left out."""
    measured = {key for pools in parts.values() for part in ("pairs", "test") for key in pools[part].keys}
    keys, owners, offset = list[str](), list[frozenset[int]](), 0
    for pools in parts.values():
        pool = pools["encoder"]
        kept = [row for row, key in enumerate(pool.keys) if key not in measured]
        keys += [pool.keys[row] for row in kept]
        owners += [frozenset(entity + offset for entity in pool.owners[row]) for row in kept]
        offset += 1 + max((max(few) for few in pool.owners), default=0)
    context.on_step(f"synonyms: an encoder of {len(keys):,} labels")
    return fit_label_encoder(
        keys, owners, on_epoch=lambda epoch, loss: context.on_step(f"synonyms: encoder, epoch {epoch}, loss {loss:.3f}")
    )
