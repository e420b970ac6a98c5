"""Aliases that were taken out of ESCO and O*NET: does the entity's rest find it, and is NIL said of removed entities?

By seed, one entity in twenty is removed altogether; of the others, the aliases go that no training may learn
(`classifiers.training.split`: one in ten), never the name. Only those are asked for, of removed entities too, and
only where one entity of the type has them alone, so that there is one right answer. Both sources are ranked together
and not joined, so the same occupation of the other source counts as wrong, for all alike.
"""

import random
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher
from benchmarks.standardize.metrics import Values
from benchmarks.standardize.ranking import Labels, labels_of, rank_entities
from benchmarks.standardize.rows import Figures, Reference, compare, measured
from benchmarks.standardize.taxonomies import compiled_snapshot, labelled, standardizer_of
from classifiers.standardize.text import fold
from classifiers.training.split import is_held_out
from taxonomy.model import Entity, EntityType, Snapshot

_TYPES: Final = (EntityType.TITLE, EntityType.SKILL)
_REMOVED_SHARE: Final = 0.05
_NIL_SHARE: Final = 0.25
"""Share of the questions that ask for removed entities."""
_WITH_NIL: Final = ", with NIL"
_NOWHERE: Final = -1
_FEW: Final = 20
"""With fewer questions the figures say nothing."""


@dataclass(frozen=True, slots=True)
class HiddenSet:
    """What is left of the labels, and questions: a text and the index of its entity, or -1 where it was removed."""

    labels: Labels
    kept: tuple[Entity, ...]
    queries: tuple[str, ...]
    gold: tuple[int, ...]
    hidden: dict[str, set[str]]


def bench_hidden(context: Context) -> list[BenchRow]:
    """Ask for hidden aliases of titles and skills; then ask the product itself."""
    rows: list[BenchRow] = []
    snapshot = context.taxonomies.english_sources
    sets: dict[EntityType, HiddenSet] = {}
    for kind in _TYPES:
        one = hide(snapshot, kind, seed=context.policy.seed, size=context.policy.hidden_queries)
        if sum(place >= 0 for place in one.gold) < _FEW:
            context.on_step(f"skipped hidden aliases of {kind}: fewer than {_FEW} can be hidden")
        else:
            sets[kind] = one
    for kind, one in sets.items():
        context.on_step(
            f"hidden aliases, {kind}: {len(one.queries):,} questions, {len(one.labels.texts):,} labels left"
        )
        figures = context.measure_ways(partial(_measure, one=one))
        for metric, suffix in (("accuracy@1", ""), ("accuracy with NIL", _WITH_NIL)):
            chosen = _only(figures, suffix)
            floor = float(chosen.floors[chosen.best_floor].mean())
            target = Reference(target=round(1 - (1 - floor) / 2, 3))
            rows += compare(f"hidden aliases ({kind})", metric, chosen, target)
    return rows + _product(context, snapshot, sets) if sets else rows


def hide(snapshot: Snapshot, kind: EntityType, *, seed: int, size: int) -> HiddenSet:
    """Return the questions and what is left, the same for the same seed."""
    rng = random.Random(f"{seed}/{kind}")  # noqa: S311 - a sample, not a secret
    if not any(entity.type is kind for entity in snapshot.entities):
        return HiddenSet(labels_of([]), (), (), (), {})
    whole = labelled(snapshot, kind)
    groups = np.split(np.array(whole.labels.texts, dtype=object), whole.labels.starts[1:])
    owners = Counter(key for group in groups for key in {fold(text) for text in group})
    kept: list[Entity] = []
    left: list[list[str]] = []
    hidden: dict[str, set[str]] = {}
    asked: list[tuple[str, int]] = []
    nil: list[tuple[str, int]] = []
    for entity, group in zip(whole.entities, groups, strict=True):
        alone = {text for text in group if (key := fold(text)) and owners[key] == 1 and is_held_out(key)}
        if rng.random() < _REMOVED_SHARE:
            nil += [(text, _NOWHERE) for text in group if text in alone]
            hidden[entity.entity_id] = set(group)
            continue
        taken = {text for text in group[1:] if text in alone}
        # An alias that folds as one that stays would be found to the letter.
        taken -= {text for text in taken if fold(text) in {fold(other) for other in group if other not in taken}}
        asked += [(text, len(kept)) for text in group if text in taken]
        hidden[entity.entity_id] = taken
        kept.append(entity)
        left.append([text for text in group if text not in taken])
    nil = rng.sample(nil, min(len(nil), int(size * _NIL_SHARE)))
    questions = [*rng.sample(asked, min(len(asked), size - len(nil))), *nil]
    rng.shuffle(questions)
    queries, gold = zip(*questions, strict=True) if questions else ((), ())
    return HiddenSet(labels_of(left), tuple(kept), tuple(queries), tuple(gold), hidden)


def accuracy_with_nil(scores: Values, right: Values, gold: Values) -> Values:
    """Return 1 where a question of the second half is answered rightly, NIL below a threshold from the first half.

    `right` is 1 where the best entity is the right one; `gold` is negative where NIL is right.
    """
    half = len(scores) // 2
    threshold = _best_threshold(scores[:half], right[:half], gold[:half])
    linked = scores[half:] >= threshold
    return np.where(linked, right[half:], (gold[half:] < 0).astype(float))


def _best_threshold(scores: Values, right: Values, gold: Values) -> float:
    """Return the threshold with the most right answers, half way between two scores; NIL is below it."""
    order = np.argsort(scores)
    ordered = scores[order]
    # Of the questions sorted by score, those before a place are NIL and the others are linked.
    gains = np.concatenate(([0.0], np.cumsum((gold < 0)[order].astype(np.float64) - right[order])))
    edges = np.concatenate(([-np.inf], (ordered[1:] + ordered[:-1]) / 2, [np.inf]))
    between = np.concatenate(([True], ordered[1:] > ordered[:-1], [True]))
    return float(edges[np.argmax(np.where(between, gains, -np.inf))])


def _measure(matcher: Matcher, one: HiddenSet) -> dict[str, Values]:
    """Return accuracy over the hidden aliases, and accuracy with NIL over the second half of all questions."""
    best, tops = list[float](), list[int]()
    for _, by_entity in rank_entities(matcher, one.queries, one.labels):
        tops += by_entity.argmax(axis=1).tolist()
        best += by_entity.max(axis=1).tolist()
    gold = np.array(one.gold)
    right = (np.array(tops) == gold).astype(np.float64)
    return {
        matcher.name: right[gold >= 0],
        matcher.name + _WITH_NIL: accuracy_with_nil(np.array(best), right, gold.astype(np.float64)),
    }


def _product(context: Context, snapshot: Snapshot, sets: dict[EntityType, HiddenSet]) -> list[BenchRow]:
    """Ask the standardizer itself, compiled from what is left, with its own calibrated threshold."""
    context.on_step("hidden aliases: the standardizer compiled without them")
    hidden = {entity_id: texts for one in sets.values() for entity_id, texts in one.hidden.items()}
    removed = {entity_id for entity_id, texts in hidden.items()} - {
        e.entity_id for one in sets.values() for e in one.kept
    }
    entities = tuple(
        _without(e, hidden.get(e.entity_id, set())) for e in snapshot.entities if e.entity_id not in removed
    )
    compiled = compiled_snapshot(Snapshot(snapshot.version, entities), context.taxonomies.scratch / "hidden")
    standardizer = standardizer_of(compiled)
    rows: list[BenchRow] = []
    for kind, one in sets.items():
        found = standardizer.fields([(text, kind) for text in one.queries])
        gold = np.array(one.gold)
        firsts = [
            next((m for m in mentions if m.candidates), None) if len(mentions) == 1 else None for mentions in found
        ]
        right = np.array([
            m is not None and place >= 0 and m.candidates[0].entity_id == one.kept[place].entity_id
            for m, place in zip(firsts, gold.tolist(), strict=True)
        ])  # fmt: skip
        linked = np.array([any(standardizer.is_linked(mention) for mention in mentions) for mentions in found])
        with_nil = np.where(gold >= 0, right & linked, ~linked).astype(np.float64)
        case = f"hidden aliases ({kind}) / the standardizer"
        rows.append(measured(case, "accuracy@1", right[gold >= 0].astype(np.float64)))
        rows.append(measured(case, "accuracy with NIL", with_nil[len(with_nil) // 2 :]))
    return rows


def _without(entity: Entity, texts: set[str]) -> Entity:
    return Entity(
        entity.entity_id,
        entity.type,
        entity.name,
        entity.source_ids,
        tuple(alias for alias in entity.aliases if alias.text not in texts),
        entity.parents,
        entity.attributes,
    )


def _only(figures: Figures, suffix: str) -> Figures:
    floors, ours = (
        {name.removesuffix(_WITH_NIL): v for name, v in part.items() if name.endswith(_WITH_NIL) is bool(suffix)}
        for part in (figures.floors, figures.ours)
    )
    return Figures(floors, ours)
