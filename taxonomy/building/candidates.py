"""The step that finds phrases that should be entities."""

from taxonomy.building.model import BuildInput
from taxonomy.candidates.find import find_candidates, propose_entities
from taxonomy.proposals.model import Proposal


def new_entities(build: BuildInput) -> list[Proposal]:
    """Return a proposal for each of the best phrases that the base does not know."""
    policy = build.policy.candidates
    found = find_candidates(build.documents, build.labels, policy, seed=build.policy.seed, on_step=build.on_step)
    return propose_entities(found, build.documents, policy, on_step=build.on_step)
