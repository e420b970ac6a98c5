"""Who translates what: people the names that most members have, the translator the long tail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taxonomy.proposals.model import Proposal, ProposalKind
from taxonomy.translation.candidates import Asked
from taxonomy.translation.model import Translation, TranslationMethod
from taxonomy.translation.translate import Translator


@dataclass(frozen=True, slots=True)
class Untranslated:
    """An entity without a name in the language, and how many members have it."""

    entity_id: str
    asked: Asked
    members: int


@dataclass(frozen=True, slots=True)
class Queued:
    """An entity with what the translator would call it, and who decides."""

    entity: Untranslated
    translation: Translation
    method: TranslationMethod


def translation_queue(entities: Sequence[Untranslated], translator: Translator, *, for_people: int) -> list[Queued]:
    """Return all entities with translations, those of most members first; the first `for_people` go to people."""
    ordered = sorted(entities, key=lambda entity: (-entity.members, entity.entity_id))
    translations = translator.translate([entity.asked for entity in ordered])
    return [
        Queued(entity, translation, TranslationMethod.PERSON if place < for_people else TranslationMethod.GRAMMAR)
        for place, (entity, translation) in enumerate(zip(ordered, translations, strict=True))
    ]


def coverage(entities: Sequence[Untranslated], share: float) -> int:
    """Return how many entities, those of most members first, cover a share of all uses of entities by members."""
    members = sorted((entity.members for entity in entities), reverse=True)
    wanted, covered = share * sum(members), 0
    for place, count in enumerate(members):
        if covered >= wanted:
            return place
        covered += count
    return len(members)


def translation_proposals(
    queue: Sequence[Queued], language: str, *, least: Mapping[TranslationMethod, float] | None = None
) -> list[Proposal]:
    """Return the proposals of a queue; `least` holds the confidence that is needed by who translates, 0 by default."""
    bounds = least or {}
    return [
        Proposal(
            ProposalKind.TRANSLATION,
            queued.entity.entity_id,
            {"language": language, "text": queued.translation.text},
            queued.translation.confidence,
            queued.entity.members,
            queued.entity.asked.labels[:3],
            {
                "method": queued.method.value,
                "back": queued.translation.back,
                "others": list(queued.translation.others),
                "contributions": dict(queued.translation.contributions),
            },
        )
        for queued in queue
        if queued.translation.confidence >= bounds.get(queued.method, 0.0)
    ]
