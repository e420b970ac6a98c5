"""From requests to the standardizer and back. Runs in the worker thread, the JSON of the answer included."""

from collections.abc import Sequence
from dataclasses import asdict

from classifiers.standardize.likeness import most_alike
from classifiers.standardize.model import Answer, AnswerOptions, Candidate, Mention, Query
from classifiers.standardize.standardizer import Standardizer
from core.errors import InvalidError
from services.api.metrics import ApiMetrics
from services.api.model import (
    BatchAnswer,
    CandidateOut,
    ExplanationOut,
    MentionOut,
    MentionsOut,
    SimilarAnswer,
    SimilarOut,
    SimilarRequest,
    StandardizeAnswer,
    StandardizeRequest,
    source_ids_out,
)


def answer_one(standardizer: Standardizer, request: StandardizeRequest, metrics: ApiMetrics) -> str:
    """Return the answer to one text, as JSON."""
    answer = standardizer.standardize(_query(request), top=request.top)
    metrics.observe_mentions(standardizer, answer.mentions)
    return StandardizeAnswer(
        mentions=_mentions_out(standardizer, answer.mentions),
        taxonomy_version=answer.taxonomy_version,
        model_version=answer.model_version,
    ).model_dump_json(exclude_unset=True)


def answer_batch(standardizer: Standardizer, items: Sequence[StandardizeRequest], metrics: ApiMetrics) -> str:
    """Return the answers to many texts in their order, as JSON; there is at least one."""
    answers = _standardize_many(standardizer, items)
    for answer in answers:
        metrics.observe_mentions(standardizer, answer.mentions)
    return BatchAnswer(
        results=[MentionsOut(mentions=_mentions_out(standardizer, answer.mentions)) for answer in answers],
        taxonomy_version=answers[0].taxonomy_version,
        model_version=answers[0].model_version,
    ).model_dump_json(exclude_unset=True)


def answer_similar(standardizer: Standardizer, request: SimilarRequest) -> str:
    """Return how alike the others are to a text, as JSON."""
    alike = most_alike(
        standardizer.likeness(request.type),
        request.text,
        request.others,
        top=request.top,
        language=request.language,
        others_language=request.others_language,
    )
    similar = [SimilarOut(place=one.place, text=one.text, score=round(one.score, 4)) for one in alike]
    if request.explain:
        for out, one in zip(similar, alike, strict=True):
            # Set afterwards: what was never set is left out of the answer.
            out.views = {name: round(cosine, 4) for name, cosine in one.views.items()}
    version = standardizer.taxonomy.version
    return SimilarAnswer(similar=similar, taxonomy_version=version).model_dump_json(exclude_unset=True)


def _standardize_many(standardizer: Standardizer, items: Sequence[StandardizeRequest]) -> list[Answer]:
    """Standardize the items that want equally many candidates together."""
    _check(standardizer, items)
    places_by_top: dict[int, list[int]] = {}
    for place, item in enumerate(items):
        places_by_top.setdefault(item.top, []).append(place)
    by_place: dict[int, Answer] = {}
    for top, places in places_by_top.items():
        answers = standardizer.standardize_many([_query(items[place]) for place in places], top=top)
        by_place.update(zip(places, answers, strict=True))
    return [by_place[place] for place in range(len(items))]


def _check(standardizer: Standardizer, items: Sequence[StandardizeRequest]) -> None:
    """See that the options of every item can be met, so that the error names the item.

    Raises:
        InvalidError: where they cannot.
    """
    for place, item in enumerate(items):
        try:
            standardizer.check(_options(item))
        except InvalidError as error:
            raise InvalidError(f"items.{place}: {error}") from error


def _query(request: StandardizeRequest) -> Query:
    return Query(request.text, request.type, request.language, request.context, _options(request))


def _options(request: StandardizeRequest) -> AnswerOptions:
    return AnswerOptions(request.within, request.exclude, request.output_language, request.explain)


def _mentions_out(standardizer: Standardizer, mentions: Sequence[Mention]) -> list[MentionOut]:
    return [
        MentionOut(
            text=mention.text,
            start=mention.start,
            end=mention.end,
            type=mention.type,
            seniority=mention.seniority,
            linked=standardizer.is_linked(mention),
            candidates=[_candidate_out(candidate) for candidate in mention.candidates],
        )
        for mention in mentions
    ]


def _candidate_out(candidate: Candidate) -> CandidateOut:
    out = CandidateOut(
        entity_id=candidate.entity_id,
        source_ids=source_ids_out(candidate.source_ids),
        name=candidate.name,
        type=candidate.type,
        confidence=round(float(candidate.confidence), 4),
        matched_alias=candidate.matched_alias,
    )
    # Set afterwards: what was never set is left out of the answer.
    if candidate.lies_in:
        out.lies_in = list(candidate.lies_in)
    if candidate.explanation is not None:
        out.explanation = ExplanationOut.model_validate(asdict(candidate.explanation))
    return out
