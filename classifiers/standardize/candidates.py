"""From the matches of a folded text to its candidates: one an entity, best first, with the evidence for each. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.kernels.scoring import SHARING, mark_doubles, rival_of, share_of
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import Evidence
from classifiers.standardize.match import Match
from classifiers.standardize.preference import NO_STANDING, Standing
from classifiers.standardize.rarity import SAME_WORDS, compared_words
from classifiers.standardize.text import fold
from taxonomy.model import AliasKind, EntityType

NAMED_ALIKE: Final = frozenset({EntityType.LOCATION})
"""Types of which two entities of one name are mostly two things."""

BY_NAME: Final = 0.05
"""What it counts that a place is called so, in units of popularity: as much as three times the people."""

_Rank = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a text stands: in running text or alone, in its known letter case or not, and what its query prefers.

    `standings` are by alias row: exact rows of a lower standing come after others and are no rivals of them.
    """

    running_text: bool = False
    case_matches: bool = True
    standings: Mapping[int, Standing] = field(default_factory=dict)


ALONE: Final = Surroundings()
"""A field, or a part of one, of a query that prefers nothing."""


class ScoredRow(NamedTuple):
    """An alias row that stands for its entity, and the evidence for it."""

    row: int
    evidence: Evidence


def score_matches(
    taxonomy: CompiledTaxonomy,
    key: str,
    entity_type: EntityType,
    matches: Sequence[Match],
    *,
    top: int,
    surroundings: Surroundings = ALONE,
) -> list[ScoredRow]:
    """Return the best row of each entity with its evidence, best entity first, at most `top`."""
    standings = surroundings.standings
    ordered = _in_order(taxonomy, matches, standings)
    exact_count = sum(match.exact for match in ordered)
    best_scores = np.array([match.score for match in ordered])
    names, sources, doubles = _aliases_and_sources(taxonomy, ordered)
    query_tokens = tuple(key.split(" "))
    scored = []
    for position, match in enumerate(ordered[:top]):
        mark_doubles(names, sources, position, doubles)
        rival = _best_rival(ordered, position, standings, doubles)
        alias_key = taxonomy.alias_keys[match.row]
        evidence = Evidence(
            type=entity_type,
            exact=match.exact,
            similarity=match.similarity,
            meaning=match.meaning,
            centre=match.centre,
            score=match.score,
            lead=match.score - (rival.score if rival else 0.0),
            share=share_of(match.score, best_scores[:SHARING], doubles),
            kind=taxonomy.alias_kinds[match.row],
            alias_confidence=float(taxonomy.alias_confidences[match.row]),
            rivals=_rivals(taxonomy, match, ordered, exact_count, surroundings),
            query_tokens=query_tokens,
            words=SAME_WORDS if match.exact else compared_words(key, alias_key, taxonomy.rarities[entity_type]),
            popularity_lead=known_by(taxonomy, match.row) - (known_by(taxonomy, rival.row) if rival else 0.0),
            running_text=surroundings.running_text,
            case_matches=surroundings.case_matches,
        )
        scored.append(ScoredRow(match.row, evidence))
    return scored


def exact_entities(taxonomy: CompiledTaxonomy, exact: Sequence[Match]) -> list[tuple[int, int]]:
    """Return the best row of each entity that has a text as its alias, best first, and how many rivals it has.

    Of a text that stands alone, in a query that prefers nothing.
    """
    if len(exact) == 1:
        return [(exact[0].row, 0)]
    ordered = _in_order(taxonomy, exact, ALONE.standings)
    if taxonomy.types[taxonomy.alias_entities[ordered[0].row]] in NAMED_ALIKE:
        return [(match.row, _rivals(taxonomy, match, ordered, len(ordered), ALONE)) for match in ordered]
    # Where nothing is preferred, all that are called so have as many rivals, and all others have.
    named = [(match, is_name(taxonomy, match.row)) for match in ordered]
    one_of_each = {called: match for match, called in named}
    rivals = {called: _rivals(taxonomy, one, ordered, len(ordered), ALONE) for called, one in one_of_each.items()}
    return [(match.row, rivals[called]) for match, called in named]


def _aliases_and_sources(
    taxonomy: CompiledTaxonomy, ordered: Sequence[Match]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Return the arguments of `mark_doubles` without the position: of aliases to the letter none is another's double.

    For these `_rivals` says what is one thing.
    """
    rows = np.array([match.row for match in ordered], dtype=np.int64)
    exact = np.array([match.exact for match in ordered], dtype=np.bool_)
    _, _, key_of_row = taxonomy.alias_keys.arrays
    names = np.where(exact, -1, key_of_row[rows]).astype(np.int32)
    return names, taxonomy.sources[taxonomy.alias_entities[rows]].astype(np.int32), np.zeros(len(rows), dtype=np.bool_)


def _best_rival(
    ordered: Sequence[Match], position: int, standings: Mapping[int, Standing], doubles: NDArray[np.bool_]
) -> Match | None:
    """Return the best other match that is another thing.

    One that the query prefers less is none of an exact match at the head.
    """
    if not position and standings and ordered[0].exact:
        own = standings.get(ordered[0].row, NO_STANDING).rank
        equals = (one for one in ordered[1:] if not one.exact or standings.get(one.row, NO_STANDING).rank >= own)
        return next(equals, None)
    rival = rival_of(position, doubles)
    return ordered[rival] if rival < len(ordered) else None


def _rivals(
    taxonomy: CompiledTaxonomy,
    match: Match,
    ordered: Sequence[Match],
    exact_count: int,
    surroundings: Surroundings,
) -> int:
    """Return how many other entities have the very text as an alias, without those that the query prefers less.

    Entities of different sources that are called alike are one thing under several ids, unless one of the sources has
    two of them. Nor is what is also called so a rival of what bears the text as its name. Only places of one name are
    mostly two, unless one lies in the other: Berlin is a city, and the state that it is.

    In running text, two entities that both bear the text as their name are no rivals: sources that name the same thing
    do not make it doubtful that the text names it. Nor is one a rival that is only sometimes written so. Of a place
    that others beside it confirm, only namesakes that these confirm too are rivals.
    """
    if not match.exact:
        return exact_count
    others = [other for other in ordered if other.exact and other.row != match.row]
    standings = surroundings.standings
    own = standings.get(match.row, NO_STANDING).rank
    if others and taxonomy.types[taxonomy.alias_entities[match.row]] not in NAMED_ALIKE:
        if is_name(taxonomy, match.row):
            others = [
                other
                for other in others
                if is_name(taxonomy, other.row) or standings.get(other.row, NO_STANDING).rank > own
            ]
        if taxonomy.is_one_thing([match.row, *(other.row for other in others)]):
            return 0
    elif others:
        others = [other for other in others if not _is_nested(taxonomy, match, other)]
    if standings:
        others = [other for other in others if standings.get(other.row, NO_STANDING).rank >= own]
        if others and standings.get(match.row, NO_STANDING).beside and is_name(taxonomy, match.row):
            return sum(is_name(taxonomy, other.row) for other in others)
    if others and surroundings.running_text and is_name(taxonomy, match.row):
        others = [
            other
            for other in others
            if taxonomy.alias_kinds[other.row] is not AliasKind.MISSPELLING and not is_name(taxonomy, other.row)
        ]
    return len(others)


def _is_nested(taxonomy: CompiledTaxonomy, one: Match, other: Match) -> bool:
    """Whether one of two matches lies in the other."""
    first, second = int(taxonomy.alias_entities[one.row]), int(taxonomy.alias_entities[other.row])
    return taxonomy.hierarchy.is_nested(first, second)


def _in_order(taxonomy: CompiledTaxonomy, matches: Sequence[Match], standings: Mapping[int, Standing]) -> list[Match]:
    """Return the best match of each entity, best first.

    Places in which the best one lies, or which lie in it, come behind the other exact ones where nothing is preferred:
    they are no rivals of it, and the next one is what a match is compared with.
    """
    best = _best_by_entity(taxonomy, matches, _ranked_by(taxonomy, standings))
    ordered = [match for _, match in sorted(best, key=lambda ranked: ranked[0], reverse=True)]
    if standings or len(ordered) < 3 or not ordered[1].exact:
        return ordered
    first = ordered[0]
    if taxonomy.types[taxonomy.alias_entities[first.row]] not in NAMED_ALIKE:
        return ordered
    nests = {one.row for one in ordered[1:] if one.exact and _is_nested(taxonomy, first, one)}
    return sorted(ordered, key=lambda one: (not one.exact, one.row in nests))


def is_name(taxonomy: CompiledTaxonomy, row: int) -> bool:
    """Whether an alias is the name of its entity, but for what the name says in brackets: Java (programming)."""
    if taxonomy.alias_kinds[row] is AliasKind.CANONICAL:
        return True
    name = taxonomy.names[taxonomy.alias_entities[row]]
    return name.endswith(")") and fold(name.partition("(")[0]) == taxonomy.alias_keys[row]


def known_by(taxonomy: CompiledTaxonomy, row: int) -> float:
    """Return how well known an entity is by an alias, from 0 to 1.05.

    A place counts as having three times its people by its own name: Philadelphia is not Amman, nor Zaragoza Tijuana.
    """
    entity = int(taxonomy.alias_entities[row])
    known = float(taxonomy.popularity[entity])
    if taxonomy.alias_kinds[row] is AliasKind.CANONICAL and taxonomy.types[entity] in NAMED_ALIKE:
        return known + BY_NAME
    return known


def _best_by_entity(
    taxonomy: CompiledTaxonomy, matches: Sequence[Match], rank: Callable[[Match], _Rank]
) -> Iterable[tuple[_Rank, Match]]:
    """Return the best match of each entity with its rank."""
    best: dict[int, tuple[_Rank, Match]] = {}
    for match in matches:
        entity, own = int(taxonomy.alias_entities[match.row]), rank(match)
        kept = best.get(entity)
        if kept is None or own > kept[0]:
            best[entity] = own, match
    return best.values()


def _ranked_by(taxonomy: CompiledTaxonomy, standings: Mapping[int, Standing]) -> Callable[[Match], _Rank]:
    """Return the order of matches: exact before alike, preferred ones, names, surer and better known, the lower row.

    An entity that is called so comes before others that are also called so, but for places: who says Birmingham means
    the large one.
    """

    def plain(match: Match) -> _Rank:
        row = match.row
        prominence = known_by(taxonomy, row) * float(taxonomy.alias_confidences[row])
        may_be_called = match.exact and taxonomy.types[taxonomy.alias_entities[row]] not in NAMED_ALIKE
        called = may_be_called and is_name(taxonomy, row)
        return (2.0 if match.exact else match.score, called, prominence, -row)

    def preferring(match: Match) -> _Rank:
        score, *rest = plain(match)
        standing = standings.get(match.row, NO_STANDING) if match.exact else NO_STANDING
        return (score, *standing.rank, *rest)

    return preferring if standings else plain
