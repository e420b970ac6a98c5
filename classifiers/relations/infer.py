"""From the document of a member or a job to its edges, by the one standardizer. Pure."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from classifiers.standardize.cache import BoundedCache
from classifiers.standardize.model import Mention, Query
from classifiers.standardize.standardizer import Standardizer
from core.wire import Choice, Event, JobDocument
from graph.encoding import edge_text
from graph.model import (
    PROFILE_FIELD_TYPES,
    Edge,
    EdgeStatus,
    EdgeText,
    Inference,
    MentionCount,
    SubjectKind,
    relation_name,
)
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


class _Finding(NamedTuple):
    """What one value of a document says: edges under their keys, and by type its mentions and those that are linked.

    Each edge has its texts beside it: a value that many people wrote is put into words once.
    """

    edges: tuple[tuple[tuple[str, str], Edge, EdgeText], ...]
    counts: tuple[tuple[str, int, int], ...]


_NOTHING: Final = _Finding((), ())


class DocumentField(NamedTuple):
    """A field of the documents of one kind of subject, and the type of entity that it names."""

    kind: SubjectKind
    name: str
    type: EntityType


DOCUMENT_FIELDS: Final[dict[SubjectKind, tuple[DocumentField, ...]]] = {
    SubjectKind.MEMBER: tuple(DocumentField(SubjectKind.MEMBER, *pair) for pair in PROFILE_FIELD_TYPES.items()),
    SubjectKind.JOB: tuple(DocumentField(SubjectKind.JOB, *pair) for pair in _JOB_FIELDS.items()),
}
"""The fields of the documents of each kind of subject that name entities."""


class EdgeInferrer:
    """Infers edges with one standardizer, that is one taxonomy version and one model version.

    People write the same values again and again: what was found for a value is kept, in a cache of bounded size for
    each field.
    """

    def __init__(self, standardizer: Standardizer, *, cache_size: int = 20_000) -> None:
        self._standardizer = standardizer
        self.versions = Versions(standardizer.taxonomy.version, standardizer.calibration.model_version)
        self._entity_ids, self._types = standardizer.taxonomy.entity_ids, standardizer.taxonomy.types
        self._of_value = {field: BoundedCache[str, _Finding](cache_size) for field in chain(*DOCUMENT_FIELDS.values())}
        self._of_choice = BoundedCache[tuple[SubjectKind, str, str, str], _Finding](cache_size)

    def infer(self, event: Event) -> Inference:
        """Return the edges of the document in an event; a choice of an entity that does not exist is read as text."""
        return self.infer_many([event])[0]

    def infer_many(self, events: Sequence[Event]) -> list[Inference]:
        """Return the edges of the documents in many events, in order; alike texts are searched together."""
        unknown: dict[DocumentField, dict[str, None]] = {}
        read = [self._read(event.data, unknown) for event in events]
        found = self._standardized(unknown)
        texts = [text for _, _, texts in read for _, text in texts]
        answers = iter(self._standardizer.standardize_many([Query(text) for text in texts], top=1))
        inferences = []
        for event, (findings, open_values, in_texts) in zip(events, read, strict=True):
            for place, field, text in open_values:
                findings[place] = found[field][text]
            if in_texts:
                kind = _kind_of(event.data)
                findings += [self._of_text(kind, field, next(answers).mentions) for field, _ in in_texts]
            inferences.append(_inference(findings))
        return inferences

    def _read(
        self, document: object, unknown: dict[DocumentField, dict[str, None]]
    ) -> tuple[list[_Finding], list[tuple[int, DocumentField, str]], list[tuple[str, str]]]:
        """Return what the values of a document say, in order, those of which nothing is known, and the running texts.

        A value of which nothing is known keeps its place among the findings, for of two that are equally sure of an
        edge the first is its evidence; it is added to `unknown` too, once each.
        """
        findings: list[_Finding] = []
        open_values: list[tuple[int, DocumentField, str]] = []
        for field in DOCUMENT_FIELDS[_kind_of(document)]:
            values = getattr(document, field.name)
            if not values:
                continue
            known = self._of_value[field].get
            for value in values if isinstance(values, tuple) else (values,):
                if isinstance(value, Choice) and (chosen := self._choice(field, value)) is not None:
                    findings.append(chosen)
                    continue
                text = value.text if isinstance(value, Choice) else value
                finding = known(text)
                if finding is not None:
                    findings.append(finding)
                elif text:
                    open_values.append((len(findings), field, text))
                    findings.append(_NOTHING)
                    unknown.setdefault(field, {})[text] = None
        return findings, open_values, _texts(document)

    def _standardized(
        self, unknown: Mapping[DocumentField, Mapping[str, None]]
    ) -> dict[DocumentField, dict[str, _Finding]]:
        """Return what values of fields say, all standardized together."""
        answers = iter(
            self._standardizer.fields([(text, field.type) for field, texts in unknown.items() for text in texts])
        )
        found: dict[DocumentField, dict[str, _Finding]] = {}
        for field, texts in unknown.items():
            found[field] = findings = {text: self._of_field(field, next(answers)) for text in texts}
            for text, finding in findings.items():
                if len(text) <= _MAX_EVIDENCE_CHARACTERS:
                    self._of_value[field].put(text, finding)
        return found

    def _of_field(self, field: DocumentField, mentions: Sequence[Mention]) -> _Finding:
        """Return what the mentions of a field say; those that are not linked are counted too."""
        linked = [mention for mention in mentions if self._standardizer.is_linked(mention)]
        edges = [_mention_edge(field.kind, field.name, mention) for mention in linked]
        counts = ((field.type.value, len(mentions), len(linked)),) if mentions else ()
        return _Finding(_keyed(edges), counts)

    def _of_text(self, kind: SubjectKind, field: str, mentions: Sequence[Mention]) -> _Finding:
        """Return what the mentions of running text say."""
        linked = [mention for mention in mentions if self._standardizer.is_linked(mention)]
        edges = [_mention_edge(kind, field, mention) for mention in linked]
        return _Finding(
            _keyed(edges),
            tuple((mention.candidates[0].type.value, 1, 1) for mention in linked),
        )

    def _choice(self, field: DocumentField, choice: Choice) -> _Finding | None:
        """Return what a choice says: the very entity; None where there is no such entity."""
        key = (field.kind, field.name, choice.entity_id, choice.text)
        known = self._of_choice.get(key)
        if known is None and choice.entity_id in self._entity_ids:
            entity_type = self._types[self._entity_ids.find(choice.entity_id)]
            relation = relation_name(field.kind, entity_type)
            evidence = choice.text[:_MAX_EVIDENCE_CHARACTERS]
            edge = Edge(relation, choice.entity_id, EdgeStatus.EXPLICIT, 1.0, field.name, evidence)
            known = _Finding(_keyed([edge]), ((entity_type.value, 1, 1),))
            self._of_choice.put(key, known)
        return known


def _kind_of(document: object) -> SubjectKind:
    return SubjectKind.JOB if isinstance(document, JobDocument) else SubjectKind.MEMBER


def _keyed(edges: Sequence[Edge]) -> tuple[tuple[tuple[str, str], Edge, EdgeText], ...]:
    return tuple([(edge.key, edge, edge_text(edge)) for edge in edges])


def _inference(findings: Sequence[_Finding]) -> Inference:
    """Put together what the values of a document say, one edge for each relation and entity."""
    edges: dict[tuple[str, str], tuple[tuple[str, str], Edge, EdgeText]] = {}
    counts: dict[str, list[int]] = {}
    for found, counted in findings:
        for one in found:
            kept = edges.setdefault(one[0], one)
            if kept is not one and _is_better(one[1], kept[1]):
                edges[one[0]] = one
        for name, mentions, linked in counted:
            count = counts.setdefault(name, [0, 0])
            count[0] += mentions
            count[1] += linked
    ordered = [edges[key] for key in sorted(edges)]
    return Inference(
        edges=tuple([edge for _, edge, _ in ordered]),
        mention_counts={name: MentionCount(*counts[name]) for name in sorted(counts)},
        texts=tuple([text for _, _, text in ordered]),
    )


def _texts(document: object) -> list[tuple[str, str]]:
    """Return (field, text) of the running texts of a document."""
    fields = _JOB_TEXTS if isinstance(document, JobDocument) else _PROFILE_TEXTS
    return [(field, text) for field in fields if (text := getattr(document, field))]


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


def _is_better(edge: Edge, other: Edge) -> bool:
    """Whether an edge says more than another one to the same entity: a choice before an inference, then the surer."""
    return (edge.status is EdgeStatus.EXPLICIT, edge.confidence) > (
        other.status is EdgeStatus.EXPLICIT,
        other.confidence,
    )
