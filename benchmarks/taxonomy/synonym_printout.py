"""Merges of real skill strings and posting skills, printed for a person to judge."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from benchmarks.taxonomy.context import BuildContext
from core.errors import InvalidError
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.corpus.reading import read_documents
from taxonomy.proposals.model import Proposal
from taxonomy.synonyms.classifier import PairModel
from taxonomy.synonyms.constraints import (
    TogetherPolicy,
    as_typed,
    count_listed,
    different_marks,
    listed_together,
)
from taxonomy.synonyms.evidence import gather
from taxonomy.synonyms.grouping import group_phrases
from taxonomy.synonyms.model import BlockingPolicy, GroupingPolicy, Spaces
from taxonomy.synonyms.propose import MergeProposals, propose_merges

MERGES: Final = "merges.txt"
_PRINTED: Final = 200
_COMMON: Final = 5
_LISTED: Final = 3
"""A skill of the postings is looked at from this many lists on."""
_MOST_WORDS: Final = 6
_FIELD: Final = "skills"


def read_corpora(context: BuildContext) -> list[Document]:
    """Return the profiles and postings of the data folder.

    Raises:
        InvalidError: where there are none.
    """
    paths = sorted((context.data / "corpora").glob("*.jsonl*"))
    found = [item for path in paths for item in read_documents(path) if isinstance(item, Document)]
    if not found:
        raise InvalidError("no documents in corpora/*.jsonl or *.jsonl.gz; word vectors need them")
    return found[: context.policy.max_documents]


def common_phrases(documents: Iterable[Document]) -> set[str]:
    """Return the values of several words that are in several documents, folded: they are joined to one token each."""
    counts = Counter(
        fold_phrase(value) for document in documents for field in document.fields.values() for value in field
    )
    return {phrase for phrase, count in counts.items() if " " in phrase and count >= _COMMON}


def print_merges(
    documents: Sequence[Document], spaces: Spaces, model: PairModel, policy: GroupingPolicy, context: BuildContext
) -> MergeProposals:
    """Merge the skills of all corpora, and write a sample of what is joined and of what is asked to a file."""
    lists = [[fold_phrase(value) for value in document.fields.get(_FIELD, ())] for document in documents]
    listed = Counter(key for values in lists for key in set(values))
    keys = _skills(listed, context)
    evidence = gather(keys, spaces, BlockingPolicy(), on_step=context.on_step)
    together = listed_together(count_listed(lists, keys, evidence.pairs), keys, TogetherPolicy())
    grouping = group_phrases(
        len(keys),
        evidence.pairs,
        as_typed(model.log_odds(evidence), keys, evidence, policy.certain),
        policy,
        asked=[*together, *different_marks(keys, evidence.pairs)],
    )
    found = propose_merges(keys, grouping, evidence, model, listed)
    context.out.mkdir(parents=True, exist_ok=True)
    (context.out / MERGES).write_text(_printed(found, len(keys), context.policy.seed), encoding="utf-8")
    return found


def _skills(listed: Mapping[str, int], context: BuildContext) -> list[str]:
    keys = {key for key, count in listed.items() if count >= _LISTED}
    for path in sorted((context.data / "corpora").glob("skill_strings*.txt*")):
        items = [item for item in read_documents(path) if isinstance(item, Document)]
        keys |= {fold_phrase(value) for item in items[: context.policy.max_documents] for value in item.fields[_FIELD]}
    return sorted(key for key in keys if any(map(str.isalpha, key)) and len(key.split()) <= _MOST_WORDS)


def _printed(found: MergeProposals, phrases: int, seed: int) -> str:
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    lines = [f"{phrases} phrases: {len(found.certain)} merges, {len(found.review)} more pairs to review"]
    for name, proposals in (("joined", found.certain), ("to review", found.review)):
        chosen = rng.sample(proposals, min(_PRINTED, len(proposals)))
        lines += ["", f"{len(chosen)} of {len(proposals)} {name}:"]
        lines += [f"{number:4} {_line(proposal)}" for number, proposal in enumerate(chosen, start=1)]
    return "\n".join(lines) + "\n"


def _line(proposal: Proposal) -> str:
    members = proposal.identity.get("members") or [proposal.identity["keep"], proposal.identity["merge"]]
    texts = " = ".join(map(str, members if isinstance(members, list) else [members]))
    reasons = proposal.details.get("contributions")
    shown = (
        ", ".join(f"{name} {value:+}" for name, value in list(reasons.items())[:3]) if isinstance(reasons, dict) else ""
    )
    return f"{proposal.confidence:.2f} {texts}   ({shown})"
