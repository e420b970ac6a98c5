"""The one standardizer behind the API, the worker, the batch form and the command line: text in, entities out."""

from collections.abc import Iterable, Sequence
from typing import Final

from classifiers.standardize.calibration import Calibration
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.languages import primary_language, required_language
from classifiers.standardize.lens import Lens
from classifiers.standardize.likeness import Likeness
from classifiers.standardize.model import NO_OPTIONS, Answer, AnswerOptions, Mention, Query
from classifiers.standardize.narrowed import narrowed
from classifiers.standardize.preference import Preference, context_words
from classifiers.standardize.readings import Seniority
from classifiers.standardize.resolver import Resolver, StandardizePolicy
from classifiers.standardize.senses import KnownSenses
from core.errors import InvalidError
from taxonomy.model import EntityType

__all__ = ["StandardizePolicy", "Standardizer"]

_Wishes = tuple[str | None, str | None, AnswerOptions]
"""What an answer depends on beside text and type: language, context, options."""

_PLAIN: Final[_Wishes] = (None, None, NO_OPTIONS)


class Standardizer:
    """Finds the entities that texts mention, in one version of the taxonomy.

    Answers depend on nothing but the query, the compiled taxonomy, the calibration, the policy and, for queries with a
    context, the senses that builds on this machine found. Plain queries share a bounded cache; those with a language, a
    context or options are answered without one, apart from others that differ in these. One instance serves one thread
    at a time.
    """

    def __init__(
        self,
        taxonomy: CompiledTaxonomy,
        calibration: Calibration,
        seniority: Seniority,
        policy: StandardizePolicy | None = None,
        *,
        senses: KnownSenses | None = None,
    ) -> None:
        self.taxonomy = taxonomy
        self.senses = senses or KnownSenses()
        self.calibration = calibration
        self.policy = policy or StandardizePolicy()
        self._seniority = seniority
        self._likeness: dict[EntityType, Likeness] = {}
        self._plain = Resolver(taxonomy, calibration, seniority, self.policy)

    def standardize(self, query: Query, *, top: int = 5) -> Answer:
        """Return the mentions of one text, each with up to `top` candidates.

        Raises:
            InvalidError: where the options name an entity that the taxonomy does not have, or no language.
        """
        return self.standardize_many([query], top=top)[0]

    def standardize_many(self, queries: Sequence[Query], *, top: int = 5) -> list[Answer]:
        """Return the answers to many queries, in order; similar texts are searched together, which is faster.

        Raises:
            InvalidError: where the options name an entity that the taxonomy does not have, or no language.
        """
        wishes = [_wishes(query) for query in queries]
        if all(wish == _PLAIN for wish in wishes):
            found = self._plain.answer(queries, top=top)
        else:
            found = self._answer_apart(queries, wishes, top)
        return [Answer(mentions, self.taxonomy.version, self.calibration.model_version) for mentions in found]

    def fields(self, values: Iterable[tuple[str, EntityType]], *, top: int = 1) -> list[tuple[Mention, ...]]:
        """Return the mentions of field values, in order."""
        return self._plain.fields(values, top=top)

    def likeness(self, kind: EntityType) -> Likeness:
        """Return what compares texts of a type with each other; made when it is first asked for."""
        if kind not in self._likeness:
            self._likeness[kind] = Likeness(self.taxonomy, kind)
        return self._likeness[kind]

    def is_linked(self, mention: Mention) -> bool:
        """Whether the best candidate is likely enough; if not, the mention is NIL."""
        return self._plain.is_linked(mention)

    def check(self, options: AnswerOptions) -> None:
        """See that options can be met.

        Raises:
            InvalidError: where they name an entity that the taxonomy does not have, or no language.
        """
        for name, entity_ids in (("within", options.within), ("exclude", options.exclude)):
            for entity_id in entity_ids:
                self._place(entity_id, name)
        if options.output_language is not None:
            required_language(options.output_language, option="output_language")

    def _answer_apart(self, queries: Sequence[Query], wishes: Sequence[_Wishes], top: int) -> list[tuple[Mention, ...]]:
        """Answer the queries that wish for the same together, and each of these groups by itself."""
        places: dict[_Wishes, list[int]] = {}
        for place, wish in enumerate(wishes):
            places.setdefault(wish, []).append(place)
        views: dict[tuple[tuple[str, ...], tuple[str, ...]], CompiledTaxonomy] = {}
        answers: dict[int, tuple[Mention, ...]] = {}
        for wish, chosen in places.items():
            resolver = self._plain if wish == _PLAIN else self._resolver(wish, views)
            answers.update(zip(chosen, resolver.answer([queries[place] for place in chosen], top=top), strict=True))
        return [answers[place] for place in range(len(queries))]

    def _resolver(
        self, wishes: _Wishes, views: dict[tuple[tuple[str, ...], tuple[str, ...]], CompiledTaxonomy]
    ) -> Resolver:
        """Return what answers queries with some wishes; `views` keeps what was made for others of the same call."""
        language, context, options = wishes
        self.check(options)
        limits = (options.within, options.exclude)
        if limits not in views:
            views[limits] = self._view(options)
        words = context_words(context)
        senses = self.senses.in_context(context)
        lens = Lens(
            preference=Preference(language, words, senses) if language or words or senses else None,
            output_language=primary_language(options.output_language),
            explain=options.explain,
        )
        return Resolver(views[limits], self.calibration, self._seniority, self.policy, lens)

    def _view(self, options: AnswerOptions) -> CompiledTaxonomy:
        """Return the taxonomy as far as the options let it be seen."""
        if not options.within and not options.exclude:
            return self.taxonomy
        hierarchy = self.taxonomy.hierarchy
        within = [self._place(entity_id, "within") for entity_id in options.within]
        exclude = [self._place(entity_id, "exclude") for entity_id in options.exclude]
        allowed = ~hierarchy.below(exclude)
        if within:
            allowed &= hierarchy.below(within)
        return narrowed(self.taxonomy, allowed)

    def _place(self, entity_id: str, option: str) -> int:
        place = self.taxonomy.entity_ids.find(entity_id)
        if place < 0:
            raise InvalidError(f"{option}: taxonomy version {self.taxonomy.version} has no entity {entity_id!r}")
        return place


def _wishes(query: Query) -> _Wishes:
    return primary_language(query.language), query.context or None, query.options
