"""Members: a career through related titles, and the small changes that a profile sees over time."""

import random
from collections.abc import Iterator
from typing import Final

from core.wire import ProfileDocument
from graph.model import PROFILE_FIELD_TYPES
from services.generator.model import TruthMention
from services.generator.world import World
from services.generator.writing import Writer, Written
from taxonomy.model import Entity, EntityType

_COUNTS: Final = {
    "companies": (1, 2, 2, 3, 4),
    "schools": (1, 1, 1, 2),
    "degrees": (0, 1, 1, 2),
    "fields_of_study": (0, 1, 1),
    "locations": (1, 1, 1, 2),
    "languages": (0, 1, 1, 2, 3),
    "certificates": (0, 0, 1, 2),
    "industries": (0, 1),
}
_SKILL_COUNTS: Final = (2, 3, 4, 5, 5, 6, 8, 12)
_CAREER_LENGTHS: Final = (1, 1, 2, 2, 3, 4)
_MOST_VALUES: Final = 40
_HEADLINE_JOINERS: Final = {"en": (" at ", " @ ", " | "), "de": (" bei ", " | "), "es": (" en ", " | ")}
_SUMMARIES: Final = {
    "en": "I enjoy working with {skills}. Always learning.",
    "de": "Ich arbeite gern mit {skills}. Immer neugierig.",
    "es": "Disfruto trabajando con {skills}. Siempre aprendiendo.",
}
_HEADLINE_SHARE: Final = 0.5
_SUMMARY_SHARE: Final = 0.2
_FIRST_LANGUAGE_SHARE: Final = 0.7


class Member:
    """A member whose profile can be read at any time and changed by small edits."""

    def __init__(self, world: World, writer: Writer, rng: random.Random) -> None:
        self._world = world
        self._writer = writer
        self._rng = rng
        languages = world.languages
        self._language = languages[0] if rng.random() < _FIRST_LANGUAGE_SHARE else rng.choice(languages)
        self._fields: dict[str, list[Written]] = {name: [] for name in PROFILE_FIELD_TYPES}
        self._career: list[Entity] = []
        self._headline: tuple[str, tuple[Written, ...]] | None = None
        self._summary: tuple[str, tuple[Written, ...]] | None = None
        self._begin()

    def document(self) -> ProfileDocument:
        """Return the profile as it stands."""
        values = {name: tuple(written.value for written in column) for name, column in self._fields.items() if column}
        return ProfileDocument(
            language=self._language,
            headline=self._headline[0] if self._headline else None,
            summary=self._summary[0] if self._summary else None,
            **values,
        )

    def truth(self) -> tuple[TruthMention, ...]:
        """Return what every value of the profile means."""
        return tuple(self._mentions())

    def edit(self) -> None:
        """Change something small: a new post, a skill more or less, another place, a value written again."""
        draw = self._rng.random()
        if draw < 0.2 and self._career:
            self._new_post()
        elif draw < 0.5:
            self._add("skills", self._some_skill())
        elif draw < 0.6 and len(self._fields["skills"]) > 1:
            self._fields["skills"].pop(int(self._rng.random() * len(self._fields["skills"])))
        elif draw < 0.7:
            self._fields["locations"] = []
            self._fill("locations", 1)
        elif draw < 0.85:
            self._fill(self._rng.choice(("languages", "certificates", "degrees")), 1)
        else:
            self._write_again()

    def _begin(self) -> None:
        rng = self._rng
        for name, counts in _COUNTS.items():
            self._fill(name, rng.choice(counts))
        ranking = self._world.rankings.get(EntityType.TITLE)
        if ranking is not None:
            title = ranking.draw(rng)
            for _ in range(rng.choice(_CAREER_LENGTHS)):
                self._career.append(title)
                self._add("titles", self._written_title(title))
                title = self._world.next_title(title, rng)
        for _ in range(rng.choice(_SKILL_COUNTS)):
            self._add("skills", self._some_skill())
        self._write_headline()
        self._write_summary()

    def _fill(self, name: str, count: int) -> None:
        for _ in range(count):
            self._add(name, self._writer.some(PROFILE_FIELD_TYPES[name], self._language, self._rng))

    def _add(self, name: str, written: Written | None) -> None:
        """Add a value unless its entity stands in the field already, or the field is full."""
        column = self._fields[name]
        if written is None or len(column) >= _MOST_VALUES:
            return
        repeated = written.entity is not None and any(other.entity is written.entity for other in column)
        if not repeated or name == "titles":
            column.append(written)

    def _written_title(self, title: Entity) -> Written:
        companies = self._fields["companies"]
        company = companies[0].text if companies else None
        return self._writer.write(title, self._language, self._rng, company=company)

    def _some_skill(self) -> Written | None:
        """Write a skill that the present work needs; one in five is any skill."""
        rng = self._rng
        skills = self._world.skills_of(self._career[0]) if self._career else ()
        if not skills or rng.random() < 0.2:
            return self._writer.some(EntityType.SKILL, self._language, rng)
        # Squaring the draw makes the first skills of the list the frequent ones.
        return self._writer.write(skills[int(rng.random() ** 2 * len(skills))], self._language, rng)

    def _new_post(self) -> None:
        title = self._world.next_title(self._career[0], self._rng)
        self._career.insert(0, title)
        written = self._writer.some(EntityType.COMPANY, self._language, self._rng)
        if written is not None and len(self._fields["companies"]) < _MOST_VALUES:
            self._fields["companies"].insert(0, written)
        if len(self._fields["titles"]) < _MOST_VALUES:
            self._fields["titles"].insert(0, self._written_title(title))
        self._write_headline()

    def _write_again(self) -> None:
        """Write one value of a field once more, as a person does who corrects it."""
        filled = [name for name, column in self._fields.items() if column]
        if not filled:
            return
        column = self._fields[self._rng.choice(filled)]
        position = int(self._rng.random() * len(column))
        entity = column[position].entity
        if entity is not None:
            column[position] = self._writer.write(entity, self._language, self._rng)

    def _write_headline(self) -> None:
        self._headline = None
        if not self._career or self._rng.random() >= _HEADLINE_SHARE:
            return
        parts = [self._writer.write(self._career[0], self._language, self._rng, plain=True)]
        parts.extend(self._fields["companies"][:1])
        joiner = self._rng.choice(_HEADLINE_JOINERS.get(self._language, (" | ",)))
        self._headline = (joiner.join(part.text for part in parts), tuple(parts))

    def _write_summary(self) -> None:
        skills = tuple(self._fields["skills"][:3])
        if skills and self._rng.random() < _SUMMARY_SHARE:
            template = _SUMMARIES.get(self._language, _SUMMARIES["en"])
            self._summary = (template.format(skills=", ".join(skill.text for skill in skills)), skills)

    def _mentions(self) -> Iterator[TruthMention]:
        for name, text in (("headline", self._headline), ("summary", self._summary)):
            if text is not None:
                yield from mentions(name, text[1])
        for name, column in self._fields.items():
            yield from mentions(name, column)


def mentions(field: str, values: list[Written] | tuple[Written, ...]) -> Iterator[TruthMention]:
    """Yield the truth about the values of one field."""
    for position, written in enumerate(values):
        entity_id = None if written.entity is None else written.entity.entity_id
        yield TruthMention(field, position, written.text, written.type, entity_id, written.noise)
