"""Job posts: a title, who offers it and where, and skills that the work needs, listed and in a text."""

import random
from typing import Final

from core.wire import JobDocument
from services.generator.model import TruthMention
from services.generator.people import mentions
from services.generator.world import World
from services.generator.writing import Writer, Written
from taxonomy.model import EntityType

_SKILL_COUNTS: Final = (3, 4, 5, 6, 8)
_FIRST_LANGUAGE_SHARE: Final = 0.7
_DESCRIPTIONS: Final = {
    "en": "{company} is looking for a {title}. You bring experience with {skills}. Apply today.",
    "de": "{company} sucht Verstärkung: {title}. Sie bringen Erfahrung mit {skills} mit.",
    "es": "{company} busca {title}. Requisitos: experiencia con {skills}. Envíe su candidatura.",
}


def make_post(world: World, writer: Writer, rng: random.Random) -> tuple[JobDocument, tuple[TruthMention, ...]]:
    """Return a job post and what its values mean."""
    languages = world.languages
    language = languages[0] if rng.random() < _FIRST_LANGUAGE_SHARE else rng.choice(languages)
    one = {
        "company": writer.some(EntityType.COMPANY, language, rng),
        "location": writer.some(EntityType.LOCATION, language, rng),
        "industry": writer.some(EntityType.INDUSTRY, language, rng) if rng.random() < 0.5 else None,
    }
    title, skills = _work(world, writer, language, rng)
    described = tuple(skills[:4])
    document = JobDocument(
        language=language,
        title=title.text if title else None,
        company=one["company"].value if one["company"] else None,
        location=one["location"].value if one["location"] else None,
        industry=one["industry"].value if one["industry"] else None,
        description=_description(language, title, one["company"], described),
        skills=tuple(skill.value for skill in skills),
    )
    truth = [mention for written in (title,) if written for mention in mentions("title", (written,))]
    for field, value in one.items():
        truth.extend(mentions(field, (value,) if value else ()))
    in_text = [written for written in (one["company"], title, *described) if written]
    truth.extend(mentions("description", in_text))
    truth.extend(mentions("skills", skills))
    return document, tuple(truth)


def _work(world: World, writer: Writer, language: str, rng: random.Random) -> tuple[Written | None, list[Written]]:
    """Draw the title and the skills that it needs, each skill once."""
    titles = world.rankings.get(EntityType.TITLE)
    count = rng.choice(_SKILL_COUNTS)
    if titles is None:
        drawn = [writer.some(EntityType.SKILL, language, rng) for _ in range(count)]
        return None, [written for written in drawn if written]
    entity = titles.draw(rng)
    needed = world.skills_of(entity)
    chosen = rng.sample(needed, min(count, len(needed)))
    return (
        writer.write(entity, language, rng, plain=True),
        [writer.write(skill, language, rng) for skill in chosen],
    )


def _description(
    language: str, title: Written | None, company: Written | None, skills: tuple[Written, ...]
) -> str | None:
    if not (title and company and skills):
        return None
    template = _DESCRIPTIONS.get(language, _DESCRIPTIONS["en"])
    return template.format(title=title.text, company=company.text, skills=", ".join(skill.text for skill in skills))
