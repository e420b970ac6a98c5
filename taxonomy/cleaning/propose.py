"""From typed entities to proposals to mark some of them: which rules they break, and how far rules can be trusted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from taxonomy.cleaning.induce import InducedRule
from taxonomy.cleaning.model import TypedEntity
from taxonomy.cleaning.rules import CleaningContext, broken_rules
from taxonomy.proposals.model import MAX_SNIPPET_CHARACTERS, Proposal, ProposalKind

UNJUDGED_CONFIDENCE: Final = 0.5
"""Of a rule that no judgement was compared with."""


def propose_clean_up(
    entities: Iterable[TypedEntity],
    context: CleaningContext,
    *,
    precision: Mapping[str, float] | None = None,
    induced: Sequence[InducedRule] = (),
) -> Iterator[Proposal]:
    """Yield a proposal for each entity that breaks a rule; nothing is deleted.

    `precision` is that of named rules on judgements, by name. The confidence of a proposal is that of the most
    trusted rule it breaks. Induced rules speak where no named rule does; the confidence of one is the lower bound of
    its precision on held-out judgements.
    """
    known = precision or {}
    for entity in entities:
        broken = broken_rules(entity, context)
        confidences = {name: known.get(name, UNJUDGED_CONFIDENCE) for name in broken}
        for rule in () if broken else induced:
            if bool(rule.applies([entity], context)[0]):
                broken[rule.text] = f"learned from judgements: {rule.text}"
                confidences[rule.text] = rule.held_out.low
        if broken:
            yield _proposal(entity, broken, confidences)


def _proposal(entity: TypedEntity, broken: Mapping[str, str], confidences: Mapping[str, float]) -> Proposal:
    order = sorted(broken, key=lambda name: (-confidences[name], name))
    return Proposal(
        ProposalKind.CLEAN_UP,
        entity.text,
        {"type": entity.type},
        round(confidences[order[0]], 4),
        max(0, entity.members),
        (f"{entity.type}: {entity.text}"[:MAX_SNIPPET_CHARACTERS],),
        {"rules": list(order), "reasons": [broken[name] for name in order]},
    )
