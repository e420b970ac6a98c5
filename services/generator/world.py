"""The taxonomy as a world to draw people from: frequencies, names, careers and look-alikes."""

import random
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from core.errors import InvalidError
from taxonomy.model import MENTIONABLE_TYPES, AliasKind, Entity, EntityRelation, EntityType, Snapshot

MAX_NAME_CHARACTERS: Final = 120
"""Longer names are not drawn: nobody types them, and a headline has to hold several."""

_ZIPF_EXPONENT: Final = 1.0
_ZIPF_SHIFT: Final = 5
_SKILLS_OF_A_FIELD: Final = 40
ANY_LANGUAGE: Final = "mul"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Entities from the most to the least frequent, with cumulated weights."""

    entities: tuple[Entity, ...]
    cumulated: tuple[float, ...]

    def draw(self, rng: random.Random) -> Entity:
        """Draw one entity; the weight of rank r is 1 / (r + 5), a Zipf law flattened at its head."""
        return self.entities[bisect_left(self.cumulated, rng.random() * self.cumulated[-1])]

    @property
    def total(self) -> float:
        """Return the sum of the weights."""
        return self.cumulated[-1]


@dataclass(frozen=True, slots=True)
class Forms:
    """The labels of an entity: names by language, synonyms by language, abbreviations."""

    names: dict[str, str]
    synonyms: dict[str, tuple[str, ...]]
    abbreviations: tuple[str, ...]


class World:
    """A snapshot indexed for drawing; the seed decides which entities are frequent."""

    def __init__(self, snapshot: Snapshot, *, seed: int) -> None:
        self._by_id = {entity.entity_id: entity for entity in snapshot.entities}
        rng = random.Random(f"world/{seed}")  # noqa: S311 - a repeatable world, no secret
        self.rankings: dict[EntityType, Ranking] = {}
        for entity_type in MENTIONABLE_TYPES:
            entities = [
                entity
                for entity in snapshot.entities
                if entity.type is entity_type and len(entity.name) <= MAX_NAME_CHARACTERS
            ]
            if entities:
                self.rankings[entity_type] = _ranking(entities, rng)
        if not self.rankings:
            raise InvalidError("the taxonomy has no entities to make profiles of; import one first")
        self._seed = seed
        self._forms: dict[str, Forms] = {}
        self._field_skills: dict[str, tuple[Entity, ...]] = {}

    def forms(self, entity: Entity) -> Forms:
        """Return the labels of an entity; they are sorted out once."""
        known = self._forms.get(entity.entity_id)
        if known is None:
            known = self._forms[entity.entity_id] = _forms(entity)
        return known

    def knows(self, text: str) -> bool:
        """Whether a text is a label of any entity, letter case aside."""
        return text.casefold() in self._owners

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages in which titles or skills have labels, the most frequent first."""
        counts: dict[str, int] = defaultdict(int)
        for entity_type in (EntityType.TITLE, EntityType.SKILL):
            ranking = self.rankings.get(entity_type)
            for entity in ranking.entities if ranking else ():
                forms = self.forms(entity)
                for language in {**forms.names, **forms.synonyms}:
                    counts[language] += 1
        counts.pop(ANY_LANGUAGE, None)
        return tuple(sorted(counts, key=lambda language: (-counts[language], language))) or ("en",)

    @cached_property
    def ambiguous(self) -> dict[EntityType, tuple[tuple[Entity, str], ...]]:
        """Entities with a label that other entities have too, by type."""
        found: dict[EntityType, list[tuple[Entity, str]]] = defaultdict(list)
        for owners in self._owners.values():
            if len(owners) > 1:
                for entity, text in owners:
                    found[entity.type].append((entity, text))
        return {entity_type: tuple(pairs) for entity_type, pairs in found.items()}

    @cached_property
    def _owners(self) -> dict[str, tuple[tuple[Entity, str], ...]]:
        """Entities by label in lower case, each with the label as it is written."""
        owners: dict[str, dict[str, tuple[Entity, str]]] = defaultdict(dict)
        for ranking in self.rankings.values():
            for entity in ranking.entities:
                owners[entity.name.casefold()][entity.entity_id] = (entity, entity.name)
                for alias in entity.aliases:
                    owners[alias.text.casefold()].setdefault(entity.entity_id, (entity, alias.text))
        return {text: tuple(entities.values()) for text, entities in owners.items()}

    @cached_property
    def _sorted_names(self) -> dict[EntityType, tuple[tuple[str, Entity], ...]]:
        return {
            entity_type: tuple(
                sorted(
                    ((entity.name.casefold(), entity) for entity in ranking.entities),
                    key=lambda pair: (pair[0], pair[1].entity_id),
                )
            )
            for entity_type, ranking in self.rankings.items()
        }

    def look_alike(self, entity: Entity, text: str, rng: random.Random) -> Entity | None:
        """Return an entity that a typeahead list shows for a text too: of the same name, or the next."""
        same = [
            other
            for other, _ in self._owners.get(text.casefold(), ())
            if other.entity_id != entity.entity_id and other.type is entity.type
        ]
        if same:
            return rng.choice(same)
        names = self._sorted_names[entity.type]
        position = bisect_left(names, entity.name.casefold(), key=lambda pair: pair[0])
        near = [other for _, other in names[max(0, position - 2) : position + 3] if other is not entity]
        return rng.choice(near) if near else None

    def next_title(self, title: Entity, rng: random.Random) -> Entity:
        """Return the next station of a career: mostly a title under the same parent, at times any other."""
        relatives = self._relatives.get(title.entity_id, ())
        if relatives and rng.random() < 0.75:
            return relatives[int(rng.random() * len(relatives))]
        return self.rankings[EntityType.TITLE].draw(rng)

    @cached_property
    def _relatives(self) -> dict[str, tuple[Entity, ...]]:
        """Titles by a title with which they share the nearest parent."""
        ranking = self.rankings.get(EntityType.TITLE)
        siblings: dict[str, list[Entity]] = defaultdict(list)
        for entity in ranking.entities if ranking else ():
            parent = _first_parent(entity)
            if parent is not None:
                siblings[parent].append(entity)
        shared = {parent: tuple(entities) for parent, entities in siblings.items()}
        return {entity.entity_id: shared[parent] for parent, found in siblings.items() for entity in found}

    def skills_of(self, title: Entity) -> tuple[Entity, ...]:
        """Return the skills of a line of work: those that the title needs, or those of its parent's field."""
        known = self._field_skills.get(title.entity_id)
        if known is None:
            needed = [
                self._by_id[parent]
                for relation, parent in title.parents
                if relation is EntityRelation.NEEDS and parent in self._by_id
            ]
            skills = tuple(skill for skill in needed if len(skill.name) <= MAX_NAME_CHARACTERS)
            known = skills or self._invented_field(_first_parent(title) or title.entity_id)
            self._field_skills[title.entity_id] = known
        return known

    def _invented_field(self, field: str) -> tuple[Entity, ...]:
        """Draw the skills of a field of work whose titles name none, the same ones at every call."""
        ranking = self.rankings.get(EntityType.SKILL)
        if ranking is None:
            return ()
        rng = random.Random(f"field/{self._seed}/{field}")  # noqa: S311 - a repeatable world, no secret
        drawn = {entity.entity_id: entity for entity in (ranking.draw(rng) for _ in range(_SKILLS_OF_A_FIELD))}
        return tuple(drawn.values())


def _ranking(entities: list[Entity], rng: random.Random) -> Ranking:
    """Rank by population where it is known, by chance elsewhere."""
    shuffled = sorted(entities, key=lambda entity: entity.entity_id)
    rng.shuffle(shuffled)
    ordered = sorted(shuffled, key=_population, reverse=True)
    weights = (1 / (rank + _ZIPF_SHIFT) ** _ZIPF_EXPONENT for rank in range(len(ordered)))
    return Ranking(tuple(ordered), tuple(accumulate(weights)))


def _population(entity: Entity) -> int:
    """Return the population of a city; regions and countries come after, as people write them less."""
    attributes = dict(entity.attributes)
    population = attributes.get("population", "")
    return int(population) if attributes.get("kind") == "city" and population.isdigit() else 0


def _first_parent(entity: Entity) -> str | None:
    return next((parent for relation, parent in entity.parents if relation is EntityRelation.BROADER), None)


def _forms(entity: Entity) -> Forms:
    names: dict[str, str] = {}
    synonyms: dict[str, list[str]] = defaultdict(list)
    abbreviations: list[str] = []
    for alias in entity.aliases:
        if len(alias.text) > MAX_NAME_CHARACTERS:
            continue
        if alias.kind in (AliasKind.CANONICAL, AliasKind.TRANSLATION):
            names.setdefault(alias.language, alias.text)
        elif alias.kind is AliasKind.SYNONYM:
            synonyms[alias.language].append(alias.text)
        elif alias.kind is AliasKind.ABBREVIATION:
            abbreviations.append(alias.text)
    return Forms(names, {language: tuple(texts) for language, texts in synonyms.items()}, tuple(abbreviations))
