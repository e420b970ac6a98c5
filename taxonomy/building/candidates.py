"""The step that finds phrases that should be entities, in documents and among what live traffic left unresolved."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from taxonomy.building.model import BuildInput
from taxonomy.candidates.find import find_candidates, propose_entities
from taxonomy.candidates.mentions import candidates_of_mentions, mention_documents
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.model import EntityType
from taxonomy.proposals.model import Proposal

_TAUGHT: Final = frozenset(
    {EntityType.SKILL, EntityType.TITLE, EntityType.CERTIFICATE, EntityType.DEGREE, EntityType.FIELD_OF_STUDY}
)
"""The types whose labels teach what an entity looks like: names of places and companies may be any word."""
_SHORTEST: Final = 2


def new_entities(build: BuildInput) -> list[Proposal]:
    """Return a proposal for each of the best phrases that the base does not know, those of live traffic first.

    A phrase that live traffic left unresolved concerns the members and jobs that have it there, not the documents.
    """

    def documents() -> Iterator[Document]:
        yield from mention_documents(build.mentions, policy)
        yield from build.documents()

    def evidence() -> Iterator[Document]:
        own = (replace(one, count=1) for one in build.mentions if fold_phrase(one.text) in unresolved)
        yield from mention_documents(own, policy)
        yield from build.documents()

    policy = build.policy.candidates
    taught = {label: kind for label, kind in build.labels.items() if kind in _TAUGHT}
    # What members typed and nothing resolves is worth a look however unlikely: it is ranked, and not left out.
    looked = replace(policy, min_confidence=0.0) if build.mentions else policy
    found = find_candidates(documents, taught, looked, seed=build.policy.seed, on_step=build.on_step)
    new = [one for one in found if one.text not in build.labels and len(one.text) >= _SHORTEST]
    if not build.mentions:
        return propose_entities(new, build.documents, policy, on_step=build.on_step)
    live = candidates_of_mentions(new, build.mentions)
    build.on_step(f"{len(live):,} of {len(build.mentions):,} unresolved texts may be entities")
    unresolved = {one.text for one in live}
    others = [one for one in new if one.text not in unresolved and one.confidence >= policy.min_confidence]
    return [
        *propose_entities(live, evidence, policy, on_step=build.on_step),
        *propose_entities(others, build.documents, policy, on_step=build.on_step),
    ]
