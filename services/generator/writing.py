"""How a person writes an entity down: a label, noise on it, or a choice from a typeahead list."""

import random
from dataclasses import dataclass
from typing import Final

from core.wire import Choice
from services.generator import slips
from services.generator.model import Noise
from services.generator.world import ANY_LANGUAGE, World
from taxonomy.model import Entity, EntityType

_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it stands in a field, with what it means."""

    value: str | Choice
    type: EntityType
    entity: Entity | None
    noise: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the text that a reader sees."""
        return self.value if isinstance(self.value, str) else self.value.text


class Writer:
    """Writes entities of a world with a given noise."""

    def __init__(self, world: World, noise: Noise) -> None:
        self._world = world
        self._noise = noise

    def some(self, entity_type: EntityType, language: str, rng: random.Random) -> Written | None:
        """Write a frequent entity of a type, or nothing where the world has none of it."""
        ranking = self._world.rankings.get(entity_type)
        return None if ranking is None else self.write(ranking.draw(rng), language, rng)

    def write(
        self,
        entity: Entity,
        language: str,
        rng: random.Random,
        *,
        company: str | None = None,
        plain: bool = False,
    ) -> Written:
        """Write one entity; a `plain` value is never picked from a list; `company` may go behind a title."""
        noise = self._noise
        if rng.random() < noise.outside:
            return self._outside(entity.type, rng)
        if rng.random() < noise.ambiguous:
            pairs = self._world.ambiguous.get(entity.type)
            if pairs:
                entity, text = pairs[int(rng.random() * len(pairs))]
                return Written(text, entity.type, entity, ("ambiguous",))
        if not plain and rng.random() < noise.picked:
            return self._picked(entity, language, rng)
        text, done = self._label(entity, language, rng)
        if entity.type is EntityType.TITLE:
            text = self._dress(text, language, rng, done, company=company)
        return Written(self._slip(text, rng, done), entity.type, entity, tuple(done))

    def _outside(self, entity_type: EntityType, rng: random.Random) -> Written:
        text = slips.invented(entity_type, rng)
        for _ in range(_TRIES):
            if not self._world.knows(text):
                break
            text = slips.invented(entity_type, rng)
        return Written(text, entity_type, None, ("outside",))

    def _picked(self, entity: Entity, language: str, rng: random.Random) -> Written:
        text = self._world.forms(entity).names.get(language, entity.name)
        if rng.random() < self._noise.wrong_pick:
            other = self._world.look_alike(entity, text, rng)
            if other is not None:
                value = Choice(text=text, entity_id=other.entity_id)
                return Written(value, entity.type, entity, ("picked", "wrong_pick"))
        return Written(Choice(text=text, entity_id=entity.entity_id), entity.type, entity, ("picked",))

    def _label(self, entity: Entity, language: str, rng: random.Random) -> tuple[str, list[str]]:
        """Choose the label, and name the noise in the choice."""
        forms, noise = self._world.forms(entity), self._noise
        if forms.abbreviations and rng.random() < noise.abbreviation:
            return rng.choice(forms.abbreviations), ["abbreviation"]
        own = forms.names.get(language, entity.name)
        if rng.random() < noise.other_language:
            others = [text for text in (entity.name, *forms.names.values()) if text != own]
            if others:
                return rng.choice(others), ["other_language"]
        if rng.random() < noise.synonym:
            synonyms = forms.synonyms.get(language) or forms.synonyms.get(ANY_LANGUAGE)
            if synonyms:
                return rng.choice(synonyms), ["synonym"]
        return own, []

    def _dress(self, text: str, language: str, rng: random.Random, done: list[str], *, company: str | None) -> str:
        """Put around a title what people put there."""
        noise = self._noise
        if rng.random() < noise.seniority:
            text = slips.with_seniority(text, language, rng)
            done.append("seniority")
        if company and rng.random() < noise.at_company:
            text = f"{text} @ {company}"
            done.append("at_company")
        elif rng.random() < noise.trailing:
            text = slips.with_trailing(text, rng)
            done.append("trailing")
        return text

    def _slip(self, text: str, rng: random.Random, done: list[str]) -> str:
        noise = self._noise
        if rng.random() < noise.other_case:
            changed = slips.with_other_case(text, rng)
            if changed != text:
                text = changed
                done.append("other_case")
        if rng.random() < noise.typo:
            changed = slips.with_typo(text, rng)
            if changed != text:
                text = changed
                done.append("typo")
        if rng.random() < noise.emoji:
            text = slips.with_emoji(text, rng)
            done.append("emoji")
        return text
