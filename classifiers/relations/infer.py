"""From the document of a member or a job to its edges, by the one standardizer. Pure."""

from collections.abc import Iterator, Sequence

from classifiers.standardize.model import Mention, Query
from classifiers.standardize.standardizer import Standardizer
from core.wire import Choice, Event, FieldValue, JobDocument, ProfileDocument
from graph.model import PROFILE_FIELD_TYPES, Edge, EdgeStatus, Inference, MentionCount, SubjectKind, relation_name
from graph.writer import Versions
from taxonomy.model import EntityType

_JOB_FIELDS: dict[str, EntityType] = {
    "title": EntityType.TITLE,
    "company": EntityType.COMPANY,
    "location": EntityType.LOCATION,
    "industry": EntityType.INDUSTRY,
    "skills": EntityType.SKILL,
}
_PROFILE_TEXTS = ("headline", "summary")
_JOB_TEXTS = ("description",)
_MAX_EVIDENCE_CHARACTERS = 300


class EdgeInferrer:
    """Infers edges with one standardizer, that is one taxonomy version and one model version."""

    def __init__(self, standardizer: Standardizer) -> None:
        self._standardizer = standardizer
        self.versions = Versions(standardizer.taxonomy.version, standardizer.calibration.model_version)
        self._types = dict(zip(standardizer.taxonomy.entity_ids, standardizer.taxonomy.types, strict=True))

    def infer(self, event: Event) -> Inference:
        """Return the edges of the document in an event; a choice of an entity that does not exist is read as text."""
        return self.infer_many([event])[0]

    def infer_many(self, events: Sequence[Event]) -> list[Inference]:
        """Return the edges of the documents in many events, in order; alike texts are searched together."""
        read = [self._fields(event.data) for event in events]
        answers = iter(
            self._standardizer.fields((text, entity_type) for _, typed in read for _, text, entity_type in typed)
        )
        texts = [_texts(event.data) for event in events]
        in_texts = iter(
            self._standardizer.standardize_many([Query(text) for found in texts for _, text in found], top=1)
        )
        return [
            self._inference(
                event.data,
                chosen,
                [(field, kind, next(answers)) for field, _, kind in typed],
                [(field, next(in_texts).mentions) for field, _ in found],
            )
            for event, (chosen, typed), found in zip(events, read, texts, strict=True)
        ]

    def _inference(
        self,
        document: object,
        chosen: list[tuple[str, Choice]],
        answered: list[tuple[str, EntityType, tuple[Mention, ...]]],
        in_texts: list[tuple[str, tuple[Mention, ...]]],
    ) -> Inference:
        """Put the choices, the fields' mentions and those of running text together, one edge for each entity."""
        kind = SubjectKind.JOB if isinstance(document, JobDocument) else SubjectKind.MEMBER
        edges: dict[tuple[str, str], Edge] = {}
        counts: dict[str, list[int]] = {}
        for field, choice in chosen:
            _keep(edges, self._choice_edge(kind, field, choice))
            _count(counts, self._types[choice.entity_id], linked=True)
        for field, entity_type, mentions in answered:
            for mention in mentions:
                linked = self._standardizer.is_linked(mention)
                _count(counts, entity_type, linked=linked)
                if linked:
                    _keep(edges, _mention_edge(kind, field, mention))
        for field, mentions in in_texts:
            for mention in filter(self._standardizer.is_linked, mentions):
                _count(counts, mention.candidates[0].type, linked=True)
                _keep(edges, _mention_edge(kind, field, mention))
        return Inference(
            edges=tuple(edges[key] for key in sorted(edges)),
            mention_counts={name: MentionCount(*pair) for name, pair in sorted(counts.items())},
        )

    def _fields(self, document: object) -> tuple[list[tuple[str, Choice]], list[tuple[str, str, EntityType]]]:
        """Return the choices that name a known entity, and everything else as text with the type of its field."""
        chosen: list[tuple[str, Choice]] = []
        typed: list[tuple[str, str, EntityType]] = []
        for field, entity_type, value in _values(document):
            if isinstance(value, Choice) and value.entity_id in self._types:
                chosen.append((field, value))
            else:
                typed.append((field, value.text if isinstance(value, Choice) else value, entity_type))
        return chosen, typed

    def _choice_edge(self, kind: SubjectKind, field: str, choice: Choice) -> Edge:
        relation = relation_name(kind, self._types[choice.entity_id])
        evidence = choice.text[:_MAX_EVIDENCE_CHARACTERS]
        return Edge(relation, choice.entity_id, EdgeStatus.EXPLICIT, 1.0, field, evidence)


def _texts(document: object) -> list[tuple[str, str]]:
    """Return (field, text) of the running texts of a document."""
    fields = _JOB_TEXTS if isinstance(document, JobDocument) else _PROFILE_TEXTS
    return [(field, text) for field in fields if (text := getattr(document, field))]


def _values(document: object) -> Iterator[tuple[str, EntityType, FieldValue]]:
    """Yield (field, type, value) for every field value of a document that is not blank."""
    if not isinstance(document, ProfileDocument | JobDocument):
        return
    fields = _JOB_FIELDS if isinstance(document, JobDocument) else PROFILE_FIELD_TYPES
    for field, entity_type in fields.items():
        found = getattr(document, field)
        for value in found if isinstance(found, tuple) else (found,):
            if value:
                yield field, entity_type, value


def _mention_edge(kind: SubjectKind, field: str, mention: Mention) -> Edge:
    candidate = mention.candidates[0]
    return Edge(
        relation=relation_name(kind, candidate.type),
        entity_id=candidate.entity_id,
        status=EdgeStatus.INFERRED,
        confidence=round(candidate.confidence, 4),
        field=field,
        evidence=mention.text[:_MAX_EVIDENCE_CHARACTERS],
    )


def _keep(edges: dict[tuple[str, str], Edge], edge: Edge) -> None:
    """Keep the best edge for a relation and entity: a choice before an inference, then the more confident one."""
    kept = edges.get(edge.key)
    if kept is None or (edge.status is EdgeStatus.EXPLICIT, edge.confidence) > (
        kept.status is EdgeStatus.EXPLICIT,
        kept.confidence,
    ):
        edges[edge.key] = edge


def _count(counts: dict[str, list[int]], entity_type: EntityType, *, linked: bool) -> None:
    pair = counts.setdefault(entity_type.value, [0, 0])
    pair[0] += 1
    pair[1] += linked
