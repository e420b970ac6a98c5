"""The answers of `canonym standardize`: as JSON for programs, as tables for people."""

import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from classifiers.standardize.calibration import TERMS
from classifiers.standardize.model import Answer, Candidate, Explanation, Mention
from classifiers.standardize.standardizer import Standardizer

_EXPLAINED_BESIDE = 3
"""Candidates of a mention whose explanations stand side by side; --json has those of all."""

_SMALLEST_SHOWN = 0.005
"""A term that adds less than this to all of them has no row in the table."""


def answer_json(standardizer: Standardizer, answer: Answer) -> dict[str, object]:
    """Return an answer in the form for programs."""
    return {
        "mentions": [mention_json(standardizer, mention) for mention in answer.mentions],
        "taxonomy_version": answer.taxonomy_version,
        "model_version": answer.model_version,
    }


def mention_json(standardizer: Standardizer, mention: Mention) -> dict[str, object]:
    """Return a mention in the form for programs; `nil` is true where no candidate is likely enough."""
    body: dict[str, object] = {
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        "type": None if mention.type is None else mention.type.value,
        "nil": not standardizer.is_linked(mention),
        "candidates": [_candidate_json(candidate) for candidate in mention.candidates],
    }
    if mention.seniority is not None:
        body["seniority"] = mention.seniority
    return body


def _candidate_json(candidate: Candidate) -> dict[str, object]:
    body: dict[str, object] = {
        "entity_id": candidate.entity_id,
        "source_ids": [{"source": s.source, "id": s.value} for s in candidate.source_ids],
        "name": candidate.name,
        "type": candidate.type.value,
        "confidence": round(candidate.confidence, 4),
        "matched_alias": candidate.matched_alias,
    }
    if candidate.lies_in:
        body["lies_in"] = list(candidate.lies_in)
    if candidate.explanation is not None:
        body["explanation"] = asdict(candidate.explanation)
    return body


def print_answer(standardizer: Standardizer, answer: Answer) -> None:
    """Print an answer as a table, and below it the explanations that it has."""
    console = Console()
    if not answer.mentions:
        console.print("Nothing found that the taxonomy knows.")
        return
    table = Table("text", "entity", "type", "confidence", "matched alias", "id")
    for mention in answer.mentions:
        if not mention.candidates:
            table.add_row(mention.text, "[dim]NIL[/dim]", mention.type or "", "", "", "")
        for position, candidate in enumerate(mention.candidates):
            nil = " [dim](NIL)[/dim]" if not position and not standardizer.is_linked(mention) else ""
            table.add_row(
                "" if position else mention.text,
                ", ".join((candidate.name, *candidate.lies_in)) + nil,
                candidate.type,
                f"{candidate.confidence:.2f}",
                candidate.matched_alias,
                candidate.entity_id,
                style="dim" if position else None,
            )
    console.print(table)
    for mention in answer.mentions:
        explained = [candidate for candidate in mention.candidates if candidate.explanation][:_EXPLAINED_BESIDE]
        if explained:
            console.print(explanation_table(mention.text, explained))
    sys.stdout.flush()


def explanation_table(text: str, candidates: Sequence[Candidate]) -> Table:
    """Return the evidence for some candidates, and what each term adds to their log-odds, side by side."""
    known = [(candidate, candidate.explanation) for candidate in candidates if candidate.explanation is not None]
    table = Table("", *(candidate.name for candidate, _ in known), "what it is", title=f"Why: {text}")
    for column in table.columns[1:-1]:
        column.justify = "right"
    for name, row in _EVIDENCE.items():
        cells = [_cell(name, candidate, explanation) for candidate, explanation in known]
        if any(cells):
            table.add_row(name, *cells, row)
    table.add_section()
    added = [{item.term: item.log_odds for item in explanation.contributions} for _, explanation in known]
    for term, documentation in TERMS.items():
        if any(abs(terms.get(term, 0.0)) >= _SMALLEST_SHOWN for terms in added):
            cells = [f"{terms[term]:+.2f}" if term in terms else "" for terms in added]
            table.add_row(term, *cells, documentation)
    table.add_section()
    table.add_row(
        "log-odds", *(f"{explanation.log_odds:+.2f}" for _, explanation in known), "The sum of the terms above."
    )
    table.add_row(
        "confidence",
        *(f"{candidate.confidence:.2f}" for candidate, _ in known),
        "The probability of these log-odds, 0.99 at most.",
    )
    return table


_EVIDENCE = {
    "alias": "The alias that the text was matched with.",
    "language": "Its language; mul serves any.",
    "kind": "What kind of alias it is.",
    "letters": "Similarity of the letters to the alias.",
    "meaning": "Similarity of the meaning to the alias.",
    "centre": "Similarity of the meaning to all aliases of the entity together.",
    "margin": "How far it is above the best other candidate; negative below it.",
    "rivals": "Other entities that the very alias may mean as well, one source taken for itself.",
    "context": "Words of the context and places in the same value that speak for it.",
}


def _cell(name: str, candidate: Candidate, explanation: Explanation) -> str:
    """Return one piece of evidence as it is printed; empty where it says nothing."""
    number = {
        "letters": explanation.ngrams,
        "meaning": explanation.meaning,
        "centre": explanation.centre,
        "margin": explanation.margin,
    }
    if name in number:
        value = number[name]
        return "" if value is None else f"{value:.2f}"
    return {
        "alias": candidate.matched_alias,
        "language": explanation.alias_language,
        "kind": str(explanation.alias_kind),
        "rivals": str(explanation.rivals) if explanation.rivals else "",
        "context": ", ".join(explanation.context_words),
    }[name]
