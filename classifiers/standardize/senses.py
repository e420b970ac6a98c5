"""Which sense of an ambiguous text a context speaks of: p(sense | context), of the builds that found them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from taxonomy.corpus.phrases import PhraseJoiner, segments
from taxonomy.model import EntityType
from taxonomy.proposals.changes import sense_entity_id
from taxonomy.senses.model import Context
from taxonomy.senses.serving import SenseModel


@dataclass(frozen=True)
class KnownSenses:
    """The sense models of some builds, the one to be asked first in front."""

    models: tuple[SenseModel, ...] = ()

    def in_context(self, text: str | None) -> "SensesInContext | None":
        """Return what a text says of senses; None where nothing is known of any sense, or there is no text."""
        if not self.models or not text:
            return None
        words = segments(text)
        contexts = [tuple(token for segment in words for token in joiner.join(segment)) for joiner in self._joiners]
        return SensesInContext(self.models, tuple(contexts))

    @cached_property
    def _joiners(self) -> tuple[PhraseJoiner, ...]:
        return tuple(PhraseJoiner(model.space.tokens) for model in self.models)


@dataclass(frozen=True)
class SensesInContext:
    """The sense models and one text, as the tokens that each of them knows it by."""

    models: tuple[SenseModel, ...]
    contexts: tuple[Context, ...]

    def probabilities(self, key: str, entity_type: EntityType, entity_ids: Sequence[str]) -> dict[str, float]:
        """Return p(sense | context) by entity, of those of some entities that are senses of a folded text.

        They sum to 1 over these. Empty where fewer than two of the entities are senses of one model.
        """
        for model, context in zip(self.models, self.contexts, strict=True):
            likely: dict[str, float] = {}
            # Senses of one head are one entity.
            for head, probability in zip(model.heads_of(key), model.probabilities(key, context), strict=False):
                if head and (entity_id := sense_entity_id(key, entity_type, head)) in entity_ids:
                    likely[entity_id] = likely.get(entity_id, 0.0) + float(probability)
            if len(likely) > 1:
                total = sum(likely.values())
                return {entity_id: probability / total for entity_id, probability in likely.items()}
        return {}
