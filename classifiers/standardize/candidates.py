"""From the matches of a folded text to its candidates: one an entity, best first, with the evidence for each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import Evidence
from classifiers.standardize.match import Match
from taxonomy.model import EntityType


@dataclass(frozen=True, slots=True)
class ScoredRow:
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
    running_text: bool = False,
    case_matches: bool = True,
) -> list[ScoredRow]:
    """Return the best row of each entity with its evidence, best entity first, at most `top`."""
    best = _best_by_entity(taxonomy, matches)
    ordered = sorted(best.values(), key=lambda match: _rank(taxonomy, match), reverse=True)
    exact_count = sum(match.exact for match in ordered)
    query_tokens = tuple(key.split(" "))
    scored = []
    for position, match in enumerate(ordered[:top]):
        rival = ordered[1] if position == 0 and len(ordered) > 1 else ordered[0] if position else None
        entity = taxonomy.alias_entities[match.row]
        rival_popularity = float(taxonomy.popularity[taxonomy.alias_entities[rival.row]]) if rival else 0.0
        evidence = Evidence(
            type=entity_type,
            exact=match.exact,
            similarity=match.similarity,
            meaning=match.meaning,
            centre=match.centre,
            score=match.score,
            lead=match.score - (rival.score if rival else 0.0),
            kind=taxonomy.alias_kinds[match.row],
            alias_confidence=float(taxonomy.alias_confidences[match.row]),
            rivals=exact_count - 1 if match.exact else exact_count,
            query_tokens=query_tokens,
            alias_tokens=tuple(taxonomy.alias_keys[match.row].split(" ")),
            popularity_lead=float(taxonomy.popularity[entity]) - rival_popularity,
            running_text=running_text,
            case_matches=case_matches,
        )
        scored.append(ScoredRow(match.row, evidence))
    return scored


def _best_by_entity(taxonomy: CompiledTaxonomy, matches: Sequence[Match]) -> dict[int, Match]:
    """Return the best match of each entity."""
    best: dict[int, Match] = {}
    for match in matches:
        entity = int(taxonomy.alias_entities[match.row])
        kept = best.get(entity)
        if kept is None or _rank(taxonomy, match) > _rank(taxonomy, kept):
            best[entity] = match
    return best


def _rank(taxonomy: CompiledTaxonomy, match: Match) -> tuple[float, float, int]:
    """Order matches: exact before alike, surer aliases and better known entities first, then the lower row."""
    row = match.row
    prominence = float(taxonomy.popularity[taxonomy.alias_entities[row]]) * float(taxonomy.alias_confidences[row])
    return (2.0 if match.exact else match.score, prominence, -row)
