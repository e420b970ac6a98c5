"""From likely parents to proposals: several parents are allowed, cycles are not."""

from collections.abc import Collection, Iterable, Mapping

from taxonomy.arrange.model import ArrangePolicy, ParentGuess
from taxonomy.hierarchy import Edge, edges_closing_cycles
from taxonomy.proposals.model import Proposal, ProposalKind


def parent_proposals(
    guesses: Mapping[str, Iterable[ParentGuess]],
    *,
    kept: Collection[Edge] = (),
    members: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    policy: ArrangePolicy | None = None,
    relation: str = "broader",
) -> list[Proposal]:
    """Return the edges to propose, surest first.

    `kept` are the edges of the taxonomy; nothing that is among them or would close a cycle with them, or with a surer
    proposal, is proposed. `members` counts who has a child, `names` shows what the ids mean.
    """
    chosen = policy or ArrangePolicy()
    likely = [
        guess
        for some in guesses.values()
        for guess in sorted(some, key=lambda guess: (-guess.confidence, guess.parent))[: chosen.parents]
        if guess.confidence >= chosen.least and guess.child != guess.parent
    ]
    known, shown = set(kept), names or {}
    acyclic = acyclic_edges([guess for guess in likely if (guess.child, guess.parent) not in known], known)
    return [
        Proposal(
            ProposalKind.PARENT,
            guess.child,
            {"parent": guess.parent, "relation": relation},
            guess.confidence,
            (members or {}).get(guess.child, 0),
            tuple(
                f"{shown[one]} < {shown[other]}"
                for one, other in [(guess.child, guess.parent)]
                if {one, other} <= shown.keys()
            ),
            {"contributions": dict(guess.contributions)},
        )
        for guess in acyclic
    ]


def acyclic_edges(guesses: Iterable[ParentGuess], kept: Collection[Edge]) -> list[ParentGuess]:
    """Return the guesses, surest first, without those that close a cycle with the kept edges or surer guesses."""
    ordered = sorted(guesses, key=lambda guess: (-guess.confidence, guess.child, guess.parent))
    closing = set(edges_closing_cycles(kept, [(guess.child, guess.parent) for guess in ordered]))
    if not closing:
        return ordered
    stay: list[ParentGuess] = []
    edges = set(kept)
    for guess in ordered:
        edge = (guess.child, guess.parent)
        if not edges_closing_cycles(edges, [edge]):
            edges.add(edge)
            stay.append(guess)
    return stay
