"""The steps of a build, in order."""

from typing import Final

from taxonomy.building.candidates import new_entities
from taxonomy.building.cleaning import clean_up
from taxonomy.building.merges import merges
from taxonomy.building.model import Step
from taxonomy.building.parents import parents
from taxonomy.building.senses import senses
from taxonomy.building.translations import translations

STEPS: Final = (
    Step("clean_up", "marking what can be no entity", clean_up),
    Step("candidates", "finding phrases that should be entities", new_entities),
    Step("senses", "splitting ambiguous phrases", senses),
    Step("merges", "finding what is the same", merges),
    Step("parents", "arranging what has no parent", parents, apart=True),
    Step("translations", "naming entities in other languages", translations, apart=True),
)
"""Every step; each stands by itself, so that a build may go on after any of them."""
