"""Texts of live traffic that resolved to no entity (NIL), and the candidates that they are.

They are scored as phrases of documents are, beside these, and ranked by how many members and jobs have each.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from taxonomy.candidates.find import Candidate, CandidatePolicy
from taxonomy.candidates.kinds import TYPE_OF_FIELD
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import fold_phrase
from taxonomy.model import EntityType

_FIELD_OF_TYPE: Final[Mapping[EntityType, str]] = {kind: field for field, kind in TYPE_OF_FIELD.items()}
_MOST_TEXTS: Final = 1_000_000
"""Different texts that are counted at once; then those seen once are dropped (as lossy counting does)."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A text that resolved to no entity, how many members and jobs have it, and of which type; None in running text."""

    text: str
    count: int
    type: EntityType | None = EntityType.SKILL


def count_mentions(mentions: Iterable[Mention], *, most: int = _MOST_TEXTS) -> list[Mention]:
    """Return each text once, with all its counts, the most frequent first; texts are the same where they fold alike.

    Where there are more than `most` different ones, the rare may be missing.
    """
    counts: Counter[tuple[str, EntityType | None]] = Counter()
    written: dict[tuple[str, EntityType | None], str] = {}
    for mention in mentions:
        if not (folded := fold_phrase(mention.text)) or mention.count < 1:
            continue
        key = (folded, mention.type)
        written.setdefault(key, mention.text)
        counts[key] += mention.count
        if len(counts) > most:
            counts = Counter({one: count for one, count in counts.items() if count > 1})
            written = {one: written[one] for one in counts}
    order = sorted(counts.items(), key=lambda one: (-one[1], one[0][0], one[0][1] or ""))
    return [Mention(written[key], count, key[1]) for key, count in order]


def mention_documents(mentions: Iterable[Mention], policy: CandidatePolicy | None = None) -> Iterator[Document]:
    """Yield texts that resolved to nothing as documents of their own, so that they are scored as others are.

    A mention counts as often as it came, at most `most_copies` times, so that one text cannot outweigh a corpus.
    """
    most = (policy or CandidatePolicy()).most_copies
    for number, mention in enumerate(mentions):
        field = _FIELD_OF_TYPE.get(mention.type) if mention.type else None
        fields = {field: (mention.text,)} if field else {}
        for copy in range(min(mention.count, most)):
            yield Document(f"mention:{number}:{copy}", fields, "" if fields else mention.text)


def candidates_of_mentions(candidates: Iterable[Candidate], mentions: Sequence[Mention]) -> list[Candidate]:
    """Return the candidates that are one of the mentions as a whole, ranked by the members and jobs that have these.

    The type of a candidate is the one that most of its mentions have, where they have one.
    """
    counts: dict[str, Counter[EntityType | None]] = {}
    for mention in mentions:
        counts.setdefault(fold_phrase(mention.text), Counter())[mention.type] += mention.count
    found = [
        replace(one, documents=own.total(), type=own.most_common(1)[0][0] or one.type)
        for one in candidates
        if (own := counts.get(one.text))
    ]
    return sorted(found, key=lambda one: (-one.rank, one.text))
