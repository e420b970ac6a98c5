"""The words that titles and skills are described in: a list that comes with the package. Pure."""

from dataclasses import replace
from typing import Final

from classifiers.standardize.spelling import count_words, spoken_words
from classifiers.standardize.text import fold
from classifiers.training.split import is_held_out
from taxonomy.model import EntityType, Snapshot

_DESCRIBED: Final = frozenset({
    EntityType.TITLE, EntityType.SKILL, EntityType.SKILL_GROUP, EntityType.SUPERTITLE, EntityType.FUNCTION,
})  # fmt: skip
"""Others are called by names, whose words are left to the taxonomies that have them."""


def described_words(snapshot: Snapshot) -> list[str]:
    """Return the words that several titles, skills or groups of them have, in order; of held-out labels none."""
    taught = (
        replace(entity, aliases=tuple(alias for alias in entity.aliases if not is_held_out(fold(alias.text))))
        for entity in snapshot.entities
        if entity.type in _DESCRIBED
    )
    return spoken_words(count_words(taught))
