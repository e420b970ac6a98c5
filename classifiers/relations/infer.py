"""From the document of a member or a job to its edges, by the one standardizer. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from classifiers.standardize.cache import BoundedCache
from classifiers.standardize.model import Mention, Query
from classifiers.standardize.standardizer import Standardizer
from core.wire import Choice, Event, FieldValue, JobDocument, ProfileDocument
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


_Value = tuple[SubjectKind, str, str, EntityType]
"""Kind of the subject, field, text, type of the field: what the finding of a value depends on."""


class EdgeInferrer:
    """Infers edges with one standardizer, that is one taxonomy version and one model version.

    People write the same values again and again: what was found for a value is kept, in a cache of bounded size.
    """

    def __init__(self, standardizer: Standardizer, *, cache_size: int = 200_000) -> None:
        self._standardizer = standardizer
        self.versions = Versions(standardizer.taxonomy.version, standardizer.calibration.model_version)
        self._types = dict(zip(standardizer.taxonomy.entity_ids, standardizer.taxonomy.types, strict=True))
        self._of_value = BoundedCache[_Value, _Finding](cache_size)
        self._of_choice = BoundedCache[tuple[SubjectKind, str, str, str], _Finding](cache_size)

    def infer(self, event: Event) -> Inference:
        """Return the edges of the document in an event; a choice of an entity that does not exist is read as text."""
        return self.infer_many([event])[0]

    def infer_many(self, events: Sequence[Event]) -> list[Inference]:
        """Return the edges of the documents in many events, in order; alike texts are searched together."""
        read = [self._read(event.data) for event in events]
        found = self._values([value for _, values, _ in read for value in values])
        texts = [text for _, _, texts in read for _, text in texts]
        answers = iter(self._standardizer.standardize_many([Query(text) for text in texts], top=1))
        inferences = []
        for event, (findings, values, in_texts) in zip(events, read, strict=True):
            kind = _kind_of(event.data)
            findings += [found[value] for value in values]
            findings += [self._of_text(kind, field, next(answers).mentions) for field, _ in in_texts]
            inferences.append(_inference(findings))
        return inferences

    def _read(self, document: object) -> tuple[list[_Finding], list[_Value], list[tuple[str, str]]]:
        """Return what the choices of known entities say, every other value of a field, and the running texts."""
        kind = _kind_of(document)
        findings: list[_Finding] = []
        values: list[_Value] = []
        for field, entity_type, value in _values(document):
            if isinstance(value, Choice) and value.entity_id in self._types:
                findings.append(self._choice(kind, field, value))
            else:
                values.append((kind, field, value.text if isinstance(value, Choice) else value, entity_type))
        return findings, values, _texts(document)

    def _values(self, values: Sequence[_Value]) -> dict[_Value, _Finding]:
        """Return what values of fields say; those that are not known yet are standardized together."""
        found: dict[_Value, _Finding] = {}
        missing: list[_Value] = []
        for value in dict.fromkeys(values):
            known = self._of_value.get(value)
            if known is None:
                missing.append(value)
            else:
                found[value] = known
        answers = self._standardizer.fields((text, entity_type) for _, _, text, entity_type in missing)
        for value, mentions in zip(missing, answers, strict=True):
            found[value] = self._of_field(value, mentions)
            if len(value[2]) <= _MAX_EVIDENCE_CHARACTERS:
                self._of_value.put(value, found[value])
        return found

    def _of_field(self, value: _Value, mentions: Sequence[Mention]) -> _Finding:
        """Return what the mentions of a field say; those that are not linked are counted too."""
        kind, field, _, entity_type = value
        linked = [mention for mention in mentions if self._standardizer.is_linked(mention)]
        edges = [_mention_edge(kind, field, mention) for mention in linked]
        counts = ((entity_type.value, len(mentions), len(linked)),) if mentions else ()
        return _Finding(_keyed(edges), counts)

    def _of_text(self, kind: SubjectKind, field: str, mentions: Sequence[Mention]) -> _Finding:
        """Return what the mentions of running text say."""
        linked = [mention for mention in mentions if self._standardizer.is_linked(mention)]
        edges = [_mention_edge(kind, field, mention) for mention in linked]
        return _Finding(
            _keyed(edges),
            tuple((mention.candidates[0].type.value, 1, 1) for mention in linked),
        )

    def _choice(self, kind: SubjectKind, field: str, choice: Choice) -> _Finding:
        """Return what a choice says: the very entity."""
        key = (kind, field, choice.entity_id, choice.text)
        known = self._of_choice.get(key)
        if known is None:
            entity_type = self._types[choice.entity_id]
            relation = relation_name(kind, entity_type)
            evidence = choice.text[:_MAX_EVIDENCE_CHARACTERS]
            edge = Edge(relation, choice.entity_id, EdgeStatus.EXPLICIT, 1.0, field, evidence)
            known = _Finding(_keyed([edge]), ((entity_type.value, 1, 1),))
            self._of_choice.put(key, known)
        return known


def _kind_of(document: object) -> SubjectKind:
    return SubjectKind.JOB if isinstance(document, JobDocument) else SubjectKind.MEMBER


def _keyed(edges: Sequence[Edge]) -> tuple[tuple[tuple[str, str], Edge, EdgeText], ...]:
    return tuple([(edge.key, edge, edge_text(edge)) for edge in edges])


def _inference(findings: Sequence[_Finding]) -> Inference:
    """Put together what the values of a document say, one edge for each relation and entity."""
    edges: dict[tuple[str, str], tuple[Edge, EdgeText]] = {}
    mentions: dict[str, int] = {}
    linked: dict[str, int] = {}
    for finding in findings:
        for key, edge, text in finding.edges:
            kept = edges.get(key)
            if kept is None or _is_better(edge, kept[0]):
                edges[key] = (edge, text)
        for name, count, count_linked in finding.counts:
            mentions[name] = mentions.get(name, 0) + count
            linked[name] = linked.get(name, 0) + count_linked
    ordered = [edges[key] for key in sorted(edges)]
    return Inference(
        edges=tuple([edge for edge, _ in ordered]),
        mention_counts={name: MentionCount(mentions[name], linked[name]) for name in sorted(mentions)},
        texts=tuple([text for _, text in ordered]),
    )


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


def _is_better(edge: Edge, other: Edge) -> bool:
    """Whether an edge says more than another one to the same entity: a choice before an inference, then the surer."""
    return (edge.status is EdgeStatus.EXPLICIT, edge.confidence) > (
        other.status is EdgeStatus.EXPLICIT,
        other.confidence,
    )
