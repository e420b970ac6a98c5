"""Aliases with one typing error, asked of the standardizer with everything loaded, beside the floors.

A letter at random, but not the first, is left out, doubled, swapped with the one before it, or another one; texts that
then are another alias are left out. The floors rank all aliases of the type by likeness. What reading misspelt words as
others brings is the difference to the standardizer that takes every word as it stands. Right is every entity that has
the alias, for which of them is meant no letter tells, and what other sources call like its own.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchmarks.model import BenchRow
from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher, score_in_chunks
from benchmarks.standardize.metrics import Values
from benchmarks.standardize.rows import measured
from benchmarks.standardize.taxonomies import standardizer_of
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.search import exact_matches
from classifiers.standardize.spelling import AS_IT_STANDS
from classifiers.standardize.standardizer import StandardizePolicy, Standardizer
from classifiers.standardize.text import fold
from classifiers.training.questions import SelfTest, mistype
from taxonomy.importers.labels import ANY_LANGUAGE
from taxonomy.model import EntityType

_TYPES: Final = (EntityType.TITLE, EntityType.SKILL, EntityType.SCHOOL)
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_CHANGED_SHARE: Final = 0.25
"""Share of the errors that are another letter; the others are those of `mistype`."""
_FEW: Final = 20
"""With fewer questions the figures say nothing."""
_AS_IT_STANDS: Final = "every word as it stands"


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A text with a typing error, and the entities that it means, by their places."""

    text: str
    meant: frozenset[int]


def bench_misspelt(context: Context) -> list[BenchRow]:
    """Ask for misspelt titles, skills and schools."""
    rows: list[BenchRow] = []
    taxonomy = context.taxonomies.compiled
    for kind in _TYPES:
        asked = misspell(taxonomy, kind, seed=context.policy.seed, size=context.policy.misspelt_queries)
        if len(asked) < _FEW:
            context.on_step(f"skipped misspelt aliases of {kind}: {len(asked)} are too few")
            continue
        context.on_step(f"misspelt aliases, {kind}: {len(asked):,} questions")
        rows += _rows(context, taxonomy, kind, asked)
    return rows


def misspell(taxonomy: CompiledTaxonomy, kind: EntityType, *, seed: int, size: int) -> list[Misspelt]:
    """Return aliases of a type with one typing error each, the same for the same seed."""
    if kind not in taxonomy.indexes:
        return []
    rng = random.Random(f"{seed}/{kind}")  # noqa: S311 - a sample, not a secret
    test, found = SelfTest(taxonomy, kind), []
    rows = taxonomy.indexes[kind].rows.tolist()
    for row in rng.sample(rows, min(size, len(rows))):
        text = _changed(taxonomy.alias_texts[row], rng) if rng.random() < _CHANGED_SHARE else None
        text = text or mistype(taxonomy.alias_texts[row], rng)
        if (key := fold(text)) and key not in taxonomy.rows_by_key:
            having = exact_matches(taxonomy, taxonomy.alias_keys[row], kind)
            alike = {int(taxonomy.alias_entities[match.row]) for match in having}
            found.append(Misspelt(text, test.meant_by(row) | alike))
    return found


def _changed(text: str, rng: random.Random) -> str | None:
    """Return a text with another letter in place of one but the first; None for one with few."""
    letters = [place for place, character in enumerate(text) if character.isalpha()]
    if len(letters) < 4:
        return None
    at = rng.choice(letters[1:])
    return text[:at] + rng.choice(_LETTERS) + text[at + 1 :]


def _rows(context: Context, taxonomy: CompiledTaxonomy, kind: EntityType, asked: Sequence[Misspelt]) -> list[BenchRow]:
    case = f"one typing error ({kind})"
    floors = {matcher.name: _right_by(matcher, taxonomy, kind, asked) for matcher in context.floors}
    best = max(floors, key=lambda name: float(floors[name].mean()))
    right, sure = _answers(standardizer_of(taxonomy), taxonomy, kind, asked)
    before, sure_before = _answers(standardizer_of(replace(taxonomy, spelling=AS_IT_STANDS)), taxonomy, kind, asked)
    threshold = StandardizePolicy().link_threshold
    linked, linked_rightly = sure >= threshold, float((before * (sure_before >= threshold)).mean())
    return [
        measured(case, "accuracy@1", right, baseline=float(floors[best].mean()), baseline_name=best),
        measured(case, "linked rightly", right * linked, baseline=linked_rightly, baseline_name=_AS_IT_STANDS),
        measured(case, "right, of what is linked", right[linked]),
        *(measured(f"{case} / {name}", "accuracy@1", values) for name, values in floors.items()),
        measured(f"{case} / {_AS_IT_STANDS}", "accuracy@1", before),
    ]


def _answers(
    standardizer: Standardizer, taxonomy: CompiledTaxonomy, kind: EntityType, asked: Sequence[Misspelt]
) -> tuple[Values, Values]:
    """Return whether the best entity of each text is right, and how sure it is; of a text read in parts, neither."""
    right, sure = [], []
    for one, mentions in zip(asked, standardizer.fields([(one.text, kind) for one in asked]), strict=True):
        best = mentions[0].candidates[0] if len(mentions) == 1 and mentions[0].candidates else None
        right.append(float(best is not None and taxonomy.entity_ids.find(best.entity_id) in one.meant))
        sure.append(float(best.confidence) if best else 0.0)
    return np.array(right), np.array(sure)


def _right_by(matcher: Matcher, taxonomy: CompiledTaxonomy, kind: EntityType, asked: Sequence[Misspelt]) -> Values:
    """Return whether the alias that a matcher scores best is one of what each text means."""
    rows = taxonomy.indexes[kind].rows
    labels = [taxonomy.alias_texts[row] for row in rows.tolist()]
    right: list[float] = []
    queries = [one.text for one in asked]
    languages = {"query_language": ANY_LANGUAGE, "corpus_language": ANY_LANGUAGE}
    for span, scores in score_in_chunks(matcher, queries, labels, **languages):
        entities = taxonomy.alias_entities[rows[scores.argmax(axis=1)]].tolist()
        right += [float(entity in one.meant) for entity, one in zip(entities, asked[span], strict=True)]
    return np.array(right)
