"""The step that finds what is the same: phrases of the documents with each other, and with labels of the base."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Final

import numpy as np

from core.errors import InvalidError
from taxonomy.building.corpus import counted_of, word_vectors
from taxonomy.building.coverage import FIELD_OF_TYPE, owners_of
from taxonomy.building.model import BuildInput
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.model import EntityType
from taxonomy.proposals.model import JsonValue, Proposal
from taxonomy.synonyms.classifier import PairModel, fit_pairs
from taxonomy.synonyms.constraints import (
    TogetherPolicy,
    as_typed,
    count_listed,
    different_levels,
    different_marks,
    listed_together,
)
from taxonomy.synonyms.evidence import Evidence, gather
from taxonomy.synonyms.grouping import group_phrases
from taxonomy.synonyms.model import BlockingPolicy, GroupingPolicy, Pairs, Space, Spaces
from taxonomy.synonyms.propose import propose_merges

_LEAST_DOCUMENTS: Final = 3
_LEAST_REVIEW: Final = 0.5
"""Pairs that are less likely the same are not worth a person's time."""
_MOST_REVIEW: Final = 3_000
_TAUGHT: Final = 20_000
"""Labels of the base that the pair classifier learns from."""


def merges(build: BuildInput) -> Iterator[Proposal]:
    """Yield a proposal for phrases and entities that are the same, type by type."""
    counted = counted_of(build)
    values = counted.counts
    spaces = {Space.WORDS: word_vectors(build, counted)}
    if build.encode is not None:
        spaces[Space.ENCODER] = build.encode
    for kind, field in FIELD_OF_TYPE.items():
        members = {
            value.text: count for value, count in values.items() if value.field == field and _is_text(value.text)
        }
        yield from _merges_of(build, kind, members, spaces)


def _merges_of(build: BuildInput, kind: EntityType, members: Mapping[str, int], spaces: Spaces) -> Iterator[Proposal]:
    owners = owners_of(build.snapshot.entities, kind)
    frequent = sorted(
        (key for key, count in members.items() if count >= _LEAST_DOCUMENTS), key=lambda k: (-members[k], k)
    )
    keys = sorted(frequent[: build.policy.phrases])
    build.on_step(f"comparing {len(keys):,} phrases of the type {kind}")
    if len(keys) < 2:
        return
    try:
        model = _taught(build, owners, spaces)
    except InvalidError as error:
        build.on_step(f"no merges of the type {kind}: {error}")
        return
    evidence = gather(keys, spaces, BlockingPolicy(), on_step=build.on_step)
    policy = GroupingPolicy()
    grouping = group_phrases(
        len(keys),
        evidence.pairs,
        as_typed(model.log_odds(evidence), keys, evidence, policy.certain),
        policy,
        cannot=[*_of_two_entities(keys, evidence.pairs, owners), *_declined(build, keys, owners)],
        asked=_asked(build, kind, keys, evidence),
    )
    found = propose_merges(keys, grouping, evidence, model, members)
    review = [one for one in found.review if one.confidence >= _LEAST_REVIEW]
    review.sort(key=lambda one: (-one.confidence * np.log1p(one.members_affected), one.fingerprint))
    for proposal in (*found.certain, *review[:_MOST_REVIEW]):
        if linked := _with_entities(proposal, kind, owners):
            yield linked


def _taught(build: BuildInput, owners: Mapping[str, str], spaces: Spaces) -> PairModel:
    """Return the pair classifier, learned from labels of the base that the encoder has not learned itself."""
    several = Counter(owners.values())
    usable = [label for label in owners if build.is_unlearned(label) and several[owners[label]] > 1]
    rng = np.random.default_rng(build.policy.seed)
    chosen = sorted(rng.permutation(sorted(usable))[:_TAUGHT].tolist())
    evidence = gather(chosen, spaces, BlockingPolicy())
    same = np.array([owners[chosen[a]] == owners[chosen[b]] for a, b in _ends(evidence.pairs)], dtype=np.bool_)
    return fit_pairs([(evidence, same)], seed=build.policy.seed)


def _asked(build: BuildInput, kind: EntityType, keys: Sequence[str], evidence: Evidence) -> list[tuple[int, int]]:
    """Return the pairs that nothing joins by itself: listed together, with different marks or of different levels."""
    field = FIELD_OF_TYPE[kind]
    lists = ([fold_phrase(text) for text in document.fields.get(field, ())] for document in build.documents())
    together = listed_together(count_listed(lists, keys, evidence.pairs), keys, TogetherPolicy())
    levels = different_levels(keys, evidence.pairs, _levels()) if kind is EntityType.TITLE else []
    return [*together, *different_marks(keys, evidence.pairs), *levels]


def _levels() -> dict[str, str]:
    """Return the level that each word of the starter's seniority table names."""
    table = resources.files("taxonomy.starter").joinpath("seniority.tsv").read_text(encoding="utf-8")
    header, *rows = [line.split("\t") for line in table.splitlines() if line]
    found: dict[str, str] = {}
    for row in (dict(zip(header, values, strict=True)) for values in rows):
        for word in row["words"].split(" | "):
            if (folded := fold_phrase(word)) and " " not in folded:
                found.setdefault(folded, row["key"])
    return found


def _of_two_entities(keys: Sequence[str], pairs: Pairs, owners: Mapping[str, str]) -> list[tuple[int, int]]:
    """Return the pairs that the base knows as labels of different entities."""
    named = [owners.get(key) for key in keys]
    return [(a, b) for a, b in _ends(pairs) if named[a] and named[b] and named[a] != named[b]]


def _declined(build: BuildInput, keys: Sequence[str], owners: Mapping[str, str]) -> list[tuple[int, int]]:
    """Return the pairs that a person said are not the same, as phrases or as all labels of an entity."""
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
        if key in owners:
            places.setdefault(owners[key], []).append(place)
    return [
        (min(a, b), max(a, b))
        for one, other in build.cannot_links
        for a in places.get(one, ())
        for b in places.get(other, ())
        if a != b
    ]


def _with_entities(proposal: Proposal, kind: EntityType, owners: Mapping[str, str]) -> Proposal | None:
    """Return a merge that keeps the entity that the base knows; None where it says nothing new."""
    identity = proposal.identity
    terms = [proposal.subject]
    for name in ("members", "keep", "merge"):
        value = identity.get(name)
        terms += [str(term) for term in value] if isinstance(value, list) else [str(value)] if value else []
    phrases = sorted(set(terms))
    entities = sorted({owners[phrase] for phrase in phrases if phrase in owners})
    unknown = [phrase for phrase in phrases if phrase not in owners]
    if len(entities) > 1 or not unknown or (not entities and len(unknown) < 2):
        return None
    keep = entities[0] if entities else proposal.subject
    merge: list[JsonValue] = [phrase for phrase in unknown if phrase != keep]
    known: list[JsonValue] = [phrase for phrase in phrases if phrase in owners]
    details = {**proposal.details, "type": kind, **({"labels": known} if known else {})}
    return replace(proposal, subject=keep, identity={"keep": keep, "merge": merge}, details=details)


def _ends(pairs: Pairs) -> Iterator[tuple[int, int]]:
    return zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)


def _is_text(key: str) -> bool:
    return any(map(str.isalpha, key))
