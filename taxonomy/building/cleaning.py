"""The step that marks what members typed and that can be no entity."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from taxonomy.building.model import BuildInput
from taxonomy.cleaning.model import CleaningPolicy, TypedEntity
from taxonomy.cleaning.propose import propose_clean_up
from taxonomy.cleaning.rules import learn_context
from taxonomy.corpus.model import Document
from taxonomy.model import EntityType
from taxonomy.proposals.model import Proposal

_TYPE_OF_FIELD: Final = {
    "titles": EntityType.TITLE,
    "companies": EntityType.COMPANY,
    "schools": EntityType.SCHOOL,
}
"""The fields whose values members make up, and what each names."""
_MOST_TEXTS: Final = 2_000_000
"""Different texts that are held; what comes after them, once, is left for the next build."""


def clean_up(build: BuildInput) -> Iterator[Proposal]:
    """Yield a proposal for each title, company or school as typed that breaks a rule."""
    entities = typed_entities(build.documents())
    build.on_step(f"{len(entities):,} titles, companies and schools as typed")
    yield from propose_clean_up(entities, learn_context(entities, CleaningPolicy(today=build.today)))


def typed_entities(documents: Iterable[Document]) -> list[TypedEntity]:
    """Return every title, company and school as typed, with the number of documents that have it."""
    counts: Counter[tuple[EntityType, str]] = Counter()
    for document in documents:
        for field, kind in _TYPE_OF_FIELD.items():
            for text in set(document.fields.get(field, ())):
                if len(counts) < _MOST_TEXTS or (kind, text) in counts:
                    counts[kind, text] += 1
    return [TypedEntity(text, kind, members) for (kind, text), members in sorted(counts.items())]
