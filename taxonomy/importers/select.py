"""Leave out what an import is not wanted for."""

from collections.abc import Iterable, Iterator

from taxonomy.importers.model import Item
from taxonomy.model import EntityDraft, EntityType


def only_types(items: Iterable[Item], types: frozenset[EntityType]) -> Iterator[Item]:
    """Yield the drafts of some types, and every rejection."""
    for item in items:
        if not isinstance(item, EntityDraft) or item.type in types:
            yield item
