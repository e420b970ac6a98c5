"""Places that a value names beside each other: of the towns called Paris, `Paris, Texas` names the one in Texas. Pure.

What is looked at are aliases to the letter alone. A place that lies in another one of the same value is confirmed by
it, and confirms it: of the regions called WA, `Perth, WA` names the one that has a Perth.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from classifiers.standardize.alternatives import OTHER_READING, with_confidence
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.match import Match, exact_match
from classifiers.standardize.model import Candidate
from classifiers.standardize.preference import NO_STANDING, Standing
from classifiers.standardize.readings import Part, Reading
from classifiers.standardize.scan import Hit
from classifiers.standardize.search import exact_matches
from classifiers.standardize.text import tokenize
from taxonomy.model import EntityType

_BETWEEN: Final = re.compile(r"\s?[,(]\s?")
"""What stands between a place and the one that it lies in."""
_REACH: Final = 3
"""How many parts apart a town and its country may be; in a list of many, two that are further apart are strangers."""
_MOST_TOGETHER: Final = 8
"""Places side by side in running text that are looked at together: time is linear in the length of a text."""
_ELSEWHERE: Final = "place_elsewhere"
_AFTER: Final = "after_a_better_one"


def confirmations(taxonomy: CompiledTaxonomy, parts: Sequence[Sequence[Match]]) -> list[dict[int, frozenset[int]]]:
    """Return, for the exact matches of each part, the other parts that confirm them, by alias row.

    A part confirms a match of another one, up to three parts away, where one of its own lies above or below that.
    Matches that nothing confirms are left out.
    """
    entities = [{match.row: int(taxonomy.alias_entities[match.row]) for match in matches} for matches in parts]
    if sum(map(bool, entities)) < 2:
        return [{} for _ in parts]
    named = [set(own.values()) for own in entities]
    above = {entity: taxonomy.hierarchy.above(entity) for own in named for entity in own}
    around = [_around(taxonomy, own) for own in named]
    confirmed: list[dict[int, frozenset[int]]] = []
    for place, own in enumerate(entities):
        near = [*range(max(0, place - _REACH), place), *range(place + 1, min(len(parts), place + _REACH + 1))]
        found = {
            row: frozenset(
                number for number in near if entity in around[number] or not above[entity].isdisjoint(named[number])
            )
            for row, entity in own.items()
        }
        confirmed.append({row: numbers for row, numbers in found.items() if numbers})
    return confirmed


def _around(taxonomy: CompiledTaxonomy, entities: Iterable[int]) -> set[int]:
    """Return all that some places lie in."""
    return set[int]().union(*map(taxonomy.hierarchy.above, entities))


def _regions(taxonomy: CompiledTaxonomy, named: Sequence[Match]) -> set[int]:
    """Return what exact matches may name; nothing where the best known of them is no place that others lie in."""
    known = {int(taxonomy.alias_entities[match.row]): float(taxonomy.alias_confidences[match.row]) for match in named}
    best = max(known, key=lambda other: known[other] * float(taxonomy.popularity[other]), default=None)
    return set(known) if best is not None and taxonomy.hierarchy.holds[best] else set()


def standings_beside(
    keys: Sequence[str],
    confirmed: Mapping[int, frozenset[int]],
    standings: Mapping[int, Standing],
    rows: Sequence[int],
) -> dict[int, Standing]:
    """Return the standings of the exact rows of one part, with the names of the parts that confirm each."""
    return {
        row: replace(
            standings.get(row, NO_STANDING),
            beside=frozenset(keys[number] for number in confirmed.get(row, ())),
        )
        for row in rows
    }


def unless_elsewhere(
    taxonomy: CompiledTaxonomy, candidates: tuple[Candidate, ...], after: str
) -> tuple[Candidate, ...]:
    """Return the candidates of a place, doubted where they do not lie in the region or country that is named after it.

    `after` is the folded next part of the value. Their order stays, so that how many there are changes none of them.
    """
    regions = _regions(taxonomy, exact_matches(taxonomy, after, EntityType.LOCATION))
    if not regions:
        return candidates
    related = regions | _around(taxonomy, regions)
    doubted: list[Candidate] = []
    for one in candidates:
        entity = taxonomy.entity_ids.find(one.entity_id)
        if entity not in related and taxonomy.hierarchy.above(entity).isdisjoint(regions):
            doubted.append(with_confidence(one, OTHER_READING * one.confidence, _ELSEWHERE))
        elif doubted and one.confidence > doubted[-1].confidence:
            doubted.append(with_confidence(one, doubted[-1].confidence, _AFTER))
        else:
            doubted.append(one)
    return tuple(doubted)


def hits_beside(taxonomy: CompiledTaxonomy, group: Sequence[Hit]) -> Sequence[Mapping[int, Standing]]:
    """Return what the places that stand side by side in running text say of each other, by alias row."""
    exact = [[exact_match(row) for row in hit.rows_by_type[EntityType.LOCATION]] for hit in group]
    keys = [hit.key for hit in group]
    return [
        standings_beside(keys, confirmed, {}, [match.row for match in matches]) if confirmed else {}
        for confirmed, matches in zip(confirmations(taxonomy, exact), exact, strict=True)
    ]


def side_by_side(text: str, hits: Iterable[Hit]) -> Iterator[list[Hit]]:
    """Yield the aliases in a running text, those that may be places together where a comma or a bracket parts them."""
    group: list[Hit] = []
    for hit in hits:
        if group and not (
            len(group) < _MOST_TOGETHER
            and EntityType.LOCATION in hit.rows_by_type
            and EntityType.LOCATION in group[-1].rows_by_type
            and _BETWEEN.fullmatch(text, group[-1].end, hit.start)
        ):
            yield group
            group = []
        group.append(hit)
    if group:
        yield group


def with_places_apart(taxonomy: CompiledTaxonomy, text: str, reading: Reading) -> Reading:
    """Return a reading with its parts cut where a place and the one that it lies in stand side by side: `Boston MA`."""
    return tuple(part for whole in reading for part in _cut(taxonomy, text, whole))


def _cut(taxonomy: CompiledTaxonomy, text: str, part: Part) -> tuple[Part, ...]:
    """Return a part in two, the longest first place that lies in the second one; as it is where there is none."""
    tokens = tokenize(text[part.start : part.end])
    words = part.key.split(" ")
    if len(tokens) < 2 or len(tokens) != len(words) or exact_matches(taxonomy, part.key, EntityType.LOCATION):
        return (part,)
    for size in range(len(words) - 1, 0, -1):
        keys = " ".join(words[:size]), " ".join(words[size:])
        inner, outer = (exact_matches(taxonomy, key, EntityType.LOCATION) for key in keys)
        within, around = ({int(taxonomy.alias_entities[match.row]) for match in side} for side in (inner, outer))
        if not around.isdisjoint(_around(taxonomy, within)):
            first = Part(part.start, part.start + tokens[size - 1].end, keys[0])
            return first, Part(part.start + tokens[size].start, part.end, keys[1])
    return (part,)
