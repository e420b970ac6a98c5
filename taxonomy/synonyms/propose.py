"""From groups of phrases to proposals: joined for near certain, and pairs of groups for a person to judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from taxonomy.proposals.model import JsonValue, Proposal, ProposalKind
from taxonomy.synonyms.classifier import PairModel
from taxonomy.synonyms.evidence import SAME_LETTERS, Evidence
from taxonomy.synonyms.model import Grouping, LogOdds

_REASONS = 6
"""Contributions that are shown with a proposal."""


@dataclass(frozen=True, slots=True)
class MergeProposals:
    """What may be joined without asking, and what a person should look at, each the surest first."""

    certain: tuple[Proposal, ...]
    review: tuple[Proposal, ...]


def propose_merges(
    keys: Sequence[str],
    grouping: Grouping,
    evidence: Evidence,
    model: PairModel,
    members_affected: Mapping[str, int],
) -> MergeProposals:
    """Return the merges of folded phrases; the phrase that most members have is kept.

    `members_affected` counts members and jobs by phrase. The details hold the log-odds, what the features of the
    best pair add, and the base that they add to.
    """
    explained = _Explained(keys, evidence, model)
    groups = grouping.members()
    certain = [
        _merge(keys, members, grouping.strength[group], explained, members_affected)
        for group, members in groups.items()
        if len(members) > 1
    ]
    review = [
        _candidate(keys, (groups[a], groups[b]), value, explained, members_affected) for a, b, value in grouping.review
    ]
    return MergeProposals(_sorted(certain), _sorted(review))


def _merge(
    keys: Sequence[str],
    members: Sequence[int],
    strength: LogOdds,
    explained: "_Explained",
    affected: Mapping[str, int],
) -> Proposal:
    texts = [keys[row] for row in members]
    return Proposal(
        ProposalKind.MERGE,
        _kept(texts, affected),
        {"members": list[JsonValue](sorted(texts))},
        _probability(strength),
        sum(affected.get(text, 0) for text in texts),
        details=explained.details(members, members, strength),
    )


def _candidate(
    keys: Sequence[str],
    sides: tuple[Sequence[int], Sequence[int]],
    strength: LogOdds,
    explained: "_Explained",
    affected: Mapping[str, int],
) -> Proposal:
    names = [_kept([keys[row] for row in side], affected) for side in sides]
    keep = _kept(names, affected)
    merge = next(name for name in names if name != keep)
    side = sides[names.index(merge)]
    return Proposal(
        ProposalKind.MERGE,
        keep,
        {"keep": keep, "merge": merge},
        _probability(strength),
        sum(affected.get(keys[row], 0) for row in side),
        details=explained.details(*sides, strength),
    )


class _Explained:
    """Finds the best pair between two groups and says what speaks for it."""

    def __init__(self, keys: Sequence[str], evidence: Evidence, model: PairModel) -> None:
        self._keys = keys
        self._evidence = evidence
        self._model = model
        self._log_odds = model.log_odds(evidence)
        pairs = zip(evidence.pairs.left.tolist(), evidence.pairs.right.tolist(), strict=True)
        self._row = {pair: row for row, pair in enumerate(pairs)}

    def details(self, one: Sequence[int], other: Sequence[int], strength: LogOdds) -> dict[str, JsonValue]:
        """Return what helps to judge whether two groups are the same."""
        links = {(min(a, b), max(a, b)) for a in one for b in other if a != b}
        rows = [self._row[link] for link in sorted(links) if link in self._row]
        details: dict[str, JsonValue] = {"log_odds": round(strength, 3), "pairs_compared": len(rows)}
        if rows:
            best = max(rows, key=lambda row: float(self._log_odds[row]))
            pairs = self._evidence.pairs
            ends: list[JsonValue] = [self._keys[int(pairs.left[best])], self._keys[int(pairs.right[best])]]
            reasons = list(self._model.explain(self._evidence.values[best]).items())[:_REASONS]
            details |= {
                "best_pair": ends,
                "base": round(self._model.average, 3),
                "contributions": dict[str, JsonValue](reasons),
            }
            if self._evidence.column(SAME_LETTERS)[best]:
                # Then the log-odds are at least those of a certain merge, whatever the contributions add up to.
                details["rule"] = "blanks alone"
        return details


def _kept(texts: Sequence[str], affected: Mapping[str, int]) -> str:
    """Return the text that most members have; of equals the shortest, then the first."""
    return min(texts, key=lambda text: (-affected.get(text, 0), len(text), text))


def _probability(value: LogOdds) -> float:
    return round(1 / (1 + exp(-value)), 4)


def _sorted(proposals: list[Proposal]) -> tuple[Proposal, ...]:
    return tuple(sorted(proposals, key=lambda found: (-found.confidence, found.subject, found.fingerprint)))
