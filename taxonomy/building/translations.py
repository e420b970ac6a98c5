"""The step that names entities in languages that they have no name in."""

from collections.abc import Iterator
from typing import Final

from core.errors import InvalidError
from taxonomy.building.corpus import values_of
from taxonomy.building.coverage import FIELD_OF_TYPE, members_by_entity, owners_of
from taxonomy.building.model import BuildInput
from taxonomy.model import Alias, AliasKind, Entity
from taxonomy.proposals.model import Proposal
from taxonomy.translation.candidates import Asked
from taxonomy.translation.model import LabelPair, TranslationMethod, TranslationPolicy
from taxonomy.translation.queue import Untranslated, coverage, translation_proposals, translation_queue
from taxonomy.translation.translate import learn_translator

_SOURCE: Final = "en"
_FOR_PEOPLE: Final = 0.5
"""The share of all uses of entities whose names people translate."""
_LEAST: Final = {TranslationMethod.GRAMMAR: 0.3}
"""What the translator is less sure of is not worth a person's time in the long tail."""
_NAMES: Final = (AliasKind.CANONICAL, AliasKind.TRANSLATION)


def translations(build: BuildInput) -> Iterator[Proposal]:
    """Yield a proposal for each entity without a name in a language, those of most members for people to decide."""
    values = values_of(build)
    members = {
        entity_id: count
        for kind, field in FIELD_OF_TYPE.items()
        for entity_id, count in members_by_entity(values, field, owners_of(build.snapshot.entities, kind)).items()
    }
    for language in build.policy.languages:
        yield from _into(build, language, members)


def _into(build: BuildInput, language: str, members: dict[str, int]) -> Iterator[Proposal]:
    policy = TranslationPolicy(seed=build.policy.seed, kinds=frozenset(map(str, FIELD_OF_TYPE)))
    pairs = [pair for entity in build.snapshot.entities if (pair := pair_of(entity, language))]
    missing = [
        Untranslated(entity.entity_id, Asked(str(entity.type), labels), members[entity.entity_id])
        for entity in build.snapshot.entities
        if entity.entity_id in members
        and entity.type in FIELD_OF_TYPE
        and not labels_in(entity, language)
        and (labels := labels_in(entity, _SOURCE)[: policy.alternatives + 1])
    ]
    missing.sort(key=lambda one: (-one.members, one.entity_id))
    del missing[build.policy.translations :]
    build.on_step(f"{len(missing):,} entities that members have lack a name in {language}; {len(pairs):,} teach")
    if not missing:
        return
    try:
        translator = learn_translator(pairs, policy, dictionary=build.dictionaries.get(language), on_step=build.on_step)
    except InvalidError as error:
        build.on_step(f"no translations into {language}: {error}")
        return
    queue = translation_queue(missing, translator, for_people=coverage(missing, _FOR_PEOPLE))
    yield from translation_proposals(queue, language, least=_LEAST)


def pair_of(entity: Entity, language: str) -> LabelPair | None:
    """Return an entity's labels in the source and another language; None where it lacks one of them."""
    source, target = labels_in(entity, _SOURCE), labels_in(entity, language)
    return LabelPair(entity.entity_id, str(entity.type), source, target) if source and target else None


def labels_in(entity: Entity, language: str) -> tuple[str, ...]:
    """Return the labels of a language, its name first, without misspellings and abbreviations."""
    kept = [alias for alias in entity.aliases if alias.language == language and _is_label(alias)]
    kept.sort(key=lambda alias: (alias.kind not in _NAMES, -alias.confidence, alias.text))
    return tuple(dict.fromkeys(alias.text for alias in kept))


def _is_label(alias: Alias) -> bool:
    return alias.kind not in {AliasKind.MISSPELLING, AliasKind.ABBREVIATION}
