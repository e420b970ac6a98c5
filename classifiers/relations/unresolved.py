"""What the fields of documents name that resolves to no entity (NIL), by the one standardizer. Pure."""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from classifiers.relations.infer import DOCUMENT_FIELDS
from classifiers.standardize.cache import BoundedCache
from classifiers.standardize.standardizer import Standardizer
from graph.model import SubjectKind
from taxonomy.candidates.mentions import Mention
from taxonomy.model import EntityType

_AT_ONCE: Final = 1_000
_CACHED: Final = 200_000

_Value = tuple[str, EntityType]


def unresolved_mentions(
    documents: Iterable[Mapping[str, object]], kind: SubjectKind, standardizer: Standardizer
) -> Iterator[Mention]:
    """Yield what the documents of one kind of subject name and no entity is, once for each document that has it.

    Documents are as `core.wire` writes them, as JSON; what a person chose from a list is resolved where the entity
    exists. Memory is bounded: people write the same values again and again, and what was found for the newest of them
    is remembered.
    """
    known = BoundedCache[_Value, tuple[str, ...]](_CACHED)
    chosen = standardizer.taxonomy.entity_ids
    waiting = iter(documents)
    while some := list(islice(waiting, _AT_ONCE)):
        values = [list(_values(document, kind, chosen)) for document in some]
        found: dict[_Value, tuple[str, ...]] = {}
        new: dict[_Value, None] = {}
        for value in (one for own in values for one in own):
            kept = known.get(value)
            if kept is None:
                new[value] = None
            else:
                found[value] = kept
        for value, mentions in zip(new, standardizer.fields(new), strict=True):
            found[value] = tuple(mention.text for mention in mentions if not standardizer.is_linked(mention))
            known.put(value, found[value])
        for own in values:
            for text, entity_type in dict.fromkeys((text, value[1]) for value in own for text in found[value]):
                yield Mention(text, 1, entity_type)


def _values(document: Mapping[str, object], kind: SubjectKind, chosen: Container[str]) -> Iterator[_Value]:
    """Yield the texts of a document's fields, each with the type that the field names."""
    for field in DOCUMENT_FIELDS[kind]:
        value = document.get(field.name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                if one.get("entity_id") in chosen:
                    continue
                one = one.get("text")  # noqa: PLW2901 - a choice of what does not exist is read as text
            if isinstance(one, str) and one:
                yield one, field.type
