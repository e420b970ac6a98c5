"""What a query asks of its candidates beyond the plain answer: which it prefers, what they are called, why. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.standardize.calibration import TERMS, Calibration, log_odds
from classifiers.standardize.candidates import ScoredRow
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.features import Evidence
from classifiers.standardize.languages import name_in, names_above
from classifiers.standardize.model import Candidate, Confidence, Contribution, Explanation, Similarity
from classifiers.standardize.preference import NO_STANDING, Preference, Standing


@dataclass(frozen=True, slots=True)
class Lens:
    """How the candidates of some queries are chosen and shown: by which preference, in which language, with reasons."""

    preference: Preference | None = None
    output_language: str | None = None
    explain: bool = False

    def standings(self, taxonomy: CompiledTaxonomy, key: str, rows: Sequence[int]) -> dict[int, Standing]:
        """Return what the queries prefer among alias rows with one folded text; empty where that is nothing."""
        return self.preference.standings(taxonomy, key, rows) if self.preference else {}

    def shown(
        self,
        candidate: Candidate,
        taxonomy: CompiledTaxonomy,
        calibration: Calibration,
        scored: ScoredRow,
        standings: Mapping[int, Standing],
    ) -> Candidate:
        """Return a candidate with its name in the language of the answer, and with its explanation where asked for."""
        entity = int(taxonomy.alias_entities[scored.row])
        if self.output_language:
            name = name_in(taxonomy, entity, self.output_language)
            lies_in = names_above(taxonomy, entity, self.output_language) if candidate.lies_in else ()
            candidate = candidate._replace(name=name, lies_in=lies_in)
        if not self.explain:
            return candidate
        standing = standings.get(scored.row, NO_STANDING)
        explanation = explained(
            calibration,
            scored.evidence,
            alias_language=taxonomy.alias_languages[scored.row],
            standing=standing,
            confidence=candidate.confidence,
        )
        return candidate._replace(explanation=explanation)


def explained(
    calibration: Calibration,
    evidence: Evidence,
    *,
    alias_language: str,
    confidence: Confidence,
    standing: Standing = NO_STANDING,
) -> Explanation:
    """Return why a candidate has its confidence."""
    terms = calibration.contributions(evidence)
    before = calibration.confidence(evidence)
    if standing.sense is not None:
        terms = [*terms, ("sense_in_context", log_odds(before * standing.sense) - sum(value for _, value in terms))]
    elif confidence < before:
        terms = [*terms, ("after_a_better_one", log_odds(confidence) - sum(value for _, value in terms))]
    searched = not evidence.exact
    return Explanation(
        exact=evidence.exact,
        alias_language=alias_language,
        alias_kind=evidence.kind,
        ngrams=Similarity(evidence.similarity),
        meaning=Similarity(evidence.meaning) if searched and evidence.meaning is not None else None,
        centre=Similarity(evidence.centre) if searched and evidence.centre is not None else None,
        margin=evidence.lead,
        rivals=evidence.rivals,
        context_words=tuple(sorted(standing.context_words | standing.beside)),
        contributions=tuple(Contribution(term, value, TERMS[term]) for term, value in terms if value),
        log_odds=sum(value for _, value in terms),
    )
