"""From documents to the phrases that should be entities, ranked by how likely each is and whom it concerns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np

from taxonomy.candidates.counting import CountingPolicy, count_ngrams
from taxonomy.candidates.evidence import Evidence, find_evidence
from taxonomy.candidates.kinds import guess_types
from taxonomy.candidates.scoring import ScoringPolicy, score_phrases
from taxonomy.candidates.statistics import Phrases, phrases_of
from taxonomy.corpus.model import Document
from taxonomy.proposals.model import Proposal, ProposalKind

Documents = Callable[[], Iterable[Document]]
"""Gives the documents afresh each time it is called, so that they need not be held."""

_EXPLAINED: Final = ("npmi", "weakest_npmi", "c_value", "left_entropy", "right_entropy", "completeness", "whole_value")
"""The statistics that a proposal shows."""


@dataclass(frozen=True, slots=True)
class CandidatePolicy:
    """What makes a candidate.

    A phrase must occur `min_count` times and be an entity with a confidence of at least `min_confidence`; the first
    `limit` become proposals, with evidence out of the first `evidence_documents` documents.
    """

    min_count: int = 5
    min_confidence: float = 0.1
    limit: int = 5_000
    evidence_documents: int = 100_000
    most_copies: int = 100
    counting: CountingPolicy = field(default_factory=CountingPolicy)
    scoring: ScoringPolicy = field(default_factory=ScoringPolicy)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that may be an entity: its folded text, the type it would have, the documents that hold it.

    `details` are the statistics of `taxonomy.candidates.statistics` that tell most, rounded.
    """

    text: str
    type: str
    confidence: float
    documents: int
    known: bool
    details: Mapping[str, float]

    @property
    def rank(self) -> float:
        """What candidates are ordered by: the confidence times the logarithm of the documents affected."""
        return self.confidence * float(np.log1p(self.documents))


def find_candidates(
    documents: Documents,
    known: Mapping[str, str],
    policy: CandidatePolicy | None = None,
    *,
    seed: int,
    on_step: Callable[[str], None] = lambda _step: None,
) -> list[Candidate]:
    """Return the phrases of documents that may be entities, the best first, those that are known among them.

    `known` has the type of every folded label of the base taxonomy. The documents are gone through once.
    """
    policy = policy or CandidatePolicy()
    on_step("counting phrases")
    phrases = phrases_of(count_ngrams(documents(), policy.counting), min_count=policy.min_count)
    on_step(f"scoring {len(phrases)} phrases")
    if not len(phrases):
        return []
    scores = score_phrases(phrases, known.keys(), policy.scoring, seed=seed, on_step=on_step)
    types = guess_types(phrases, known, seed=seed)
    ranked = np.lexsort((np.array(phrases.texts), -scores * np.log1p(phrases.documents)))
    return [
        Candidate(
            phrases.texts[row],
            types[row],
            float(scores[row]),
            int(phrases.documents[row]),
            phrases.texts[row] in known,
            _details(phrases, row),
        )
        for row in ranked.tolist()
        if scores[row] >= policy.min_confidence
    ]


def propose_entities(
    candidates: Sequence[Candidate],
    documents: Documents,
    policy: CandidatePolicy | None = None,
    *,
    on_step: Callable[[str], None] = lambda _step: None,
) -> list[Proposal]:
    """Return the proposals for the best candidates that are not known yet, with evidence from the documents."""
    policy = policy or CandidatePolicy()
    chosen = list(islice((candidate for candidate in candidates if not candidate.known), policy.limit))
    on_step(f"looking for evidence of {len(chosen)} candidates")
    evidence = find_evidence({candidate.text for candidate in chosen}, islice(documents(), policy.evidence_documents))
    return [_proposal(candidate, evidence.get(candidate.text, Evidence())) for candidate in chosen]


def _details(phrases: Phrases, row: int) -> dict[str, float]:
    values = {name: float(phrases.features[name][row]) for name in _EXPLAINED}
    return {name: round(value, 3) for name, value in values.items() if np.isfinite(value)}


def _proposal(candidate: Candidate, evidence: Evidence) -> Proposal:
    return Proposal(
        ProposalKind.NEW_ENTITY,
        candidate.text,
        {"name": candidate.text},
        round(candidate.confidence, 4),
        candidate.documents,
        evidence.snippets,
        # Not part of what is proposed: a later build may guess another type, and a decision holds for the phrase.
        {"type": candidate.type, "written": evidence.written or candidate.text, **candidate.details},
    )
