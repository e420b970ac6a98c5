"""The step that finds phrases that should be entities."""

from typing import Final

from taxonomy.building.model import BuildInput
from taxonomy.candidates.find import find_candidates, propose_entities
from taxonomy.model import EntityType
from taxonomy.proposals.model import Proposal

_TAUGHT: Final = frozenset(
    {EntityType.SKILL, EntityType.TITLE, EntityType.CERTIFICATE, EntityType.DEGREE, EntityType.FIELD_OF_STUDY}
)
"""The types whose labels teach what an entity looks like: names of places and companies may be any word."""
_SHORTEST: Final = 2


def new_entities(build: BuildInput) -> list[Proposal]:
    """Return a proposal for each of the best phrases that the base does not know."""
    policy = build.policy.candidates
    taught = {label: kind for label, kind in build.labels.items() if kind in _TAUGHT}
    found = find_candidates(build.documents, taught, policy, seed=build.policy.seed, on_step=build.on_step)
    new = [one for one in found if one.text not in build.labels and len(one.text) >= _SHORTEST]
    return propose_entities(new, build.documents, policy, on_step=build.on_step)
