"""From the senses of phrases to proposals."""

from collections.abc import Iterable, Iterator, Mapping

from taxonomy.proposals.model import MAX_SNIPPET_CHARACTERS, MAX_SNIPPETS, JsonValue, Proposal, ProposalKind
from taxonomy.senses.model import PhraseSenses


def propose_senses(found: Iterable[PhraseSenses], members_affected: Mapping[str, int]) -> Iterator[Proposal]:
    """Yield a proposal for each phrase that has several senses; `members_affected` counts members and jobs by phrase.

    What is proposed is the number of senses and the first word of company of each: the finer wording of a label may
    change between builds without making it another proposal.
    """
    for one in found:
        if len(one.senses) < 2:
            continue
        heads = sorted(sense.head for sense in one.senses if sense.head)
        senses: list[JsonValue] = [
            {
                "label": sense.label,
                "share": sense.share,
                "company": dict[str, JsonValue]((company.token, company.likelihood) for company in sense.company),
            }
            for sense in one.senses
        ]
        examples = [", ".join(context) for sense in one.senses for context in sense.examples[:2]]
        yield Proposal(
            ProposalKind.SENSES,
            one.phrase,
            {"senses": list[JsonValue](heads)},
            one.confidence,
            members_affected.get(one.phrase, 0),
            tuple(example[:MAX_SNIPPET_CHARACTERS] for example in examples[:MAX_SNIPPETS]),
            {"senses": senses},
        )
