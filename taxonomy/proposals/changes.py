"""From accepted proposals to what changes in the taxonomy. Pure: what the taxonomy holds is passed in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import ConflictError, InvalidError
from taxonomy.model import COMPANY_WORDS, AliasKind, EntityRelation, EntityType, SourceId, make_entity_id
from taxonomy.proposals.model import JsonValue, Proposal, ProposalKind

SOURCE = "review"
"""The source that owns what people decided."""


@dataclass(frozen=True, slots=True)
class NewEntity:
    """An entity that a decision makes; its first source id is that of the decision."""

    entity_id: str
    type: EntityType
    name: str
    language: str
    source_value: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewAlias:
    """A text that a decision lets name an entity."""

    entity_id: str
    text: str
    language: str
    kind: AliasKind


@dataclass(frozen=True, slots=True)
class Changes:
    """What one batch of decisions changes; `merges` map entities to those that answer for them from now on."""

    entities: tuple[NewEntity, ...] = ()
    aliases: tuple[NewAlias, ...] = ()
    merges: tuple[tuple[str, str], ...] = ()
    parents: tuple[tuple[str, EntityRelation, str], ...] = ()
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def touched(self) -> tuple[str, ...]:
        """Ids of all entities that change."""
        found = [entity.entity_id for entity in self.entities] + [alias.entity_id for alias in self.aliases]
        found += [entity_id for pair in self.merges for entity_id in pair]
        found += [child for child, _, _ in self.parents] + [entity_id for entity_id, _ in self.marks]
        return tuple(dict.fromkeys(found))

    def __bool__(self) -> bool:
        return bool(self.entities or self.aliases or self.merges or self.parents or self.marks)


@dataclass(frozen=True, slots=True)
class Known:
    """What the taxonomy holds of the terms of some proposals: the type of each that is the id of a living entity."""

    types: Mapping[str, EntityType]


@dataclass(slots=True)
class _Draft:
    """Changes in the making."""

    known: Known
    entities: dict[str, NewEntity] = field(default_factory=dict)
    aliases: dict[tuple[str, str, str], NewAlias] = field(default_factory=dict)
    merges: dict[str, str] = field(default_factory=dict)
    parents: dict[tuple[str, EntityRelation, str], None] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)

    def entity_of(self, term: str, entity_type: EntityType, language: str, *, written: str = "") -> str:
        """Return the entity that a term is, or the one that a decision makes of it, named as it is `written`."""
        if term in self.known.types:
            return term
        new = new_entity(term, entity_type, language, written=written)
        self.entities.setdefault(new.entity_id, new)
        return new.entity_id

    def name(self, entity_id: str, text: str, language: str, kind: AliasKind) -> None:
        """Let a text name an entity."""
        self.aliases.setdefault((entity_id, language, text), NewAlias(entity_id, text, language, kind))


def new_entity(
    phrase: str, entity_type: EntityType, language: str, *, written: str = "", sense: str = "", company: str = ""
) -> NewEntity:
    """Return the entity that a phrase becomes: its id is the same for the phrase, type and sense, whenever decided.

    `written` is how it is spelled, `sense` what tells it from others of the phrase, `company` the words around it.
    """
    value = f"{entity_type}:{phrase}" + (f"#{sense}" if sense else "")
    given = ((COMPANY_WORDS, company), ("sense", sense))
    attributes = tuple((name, text) for name, text in given if text)
    entity_id = make_entity_id(entity_type, SourceId(SOURCE, value))
    return NewEntity(entity_id, entity_type, written or phrase, language, value, attributes)


def sense_entity_id(phrase: str, entity_type: EntityType, head: str) -> str:
    """Return the id of the entity that a sense of a phrase becomes, when it is accepted."""
    return new_entity(phrase, entity_type, "", sense=head).entity_id


def terms_of(proposals: Iterable[Proposal]) -> set[str]:
    """Return every text in some proposals that may be the id of an entity."""
    terms: set[str] = set()
    for proposal in proposals:
        terms.add(proposal.subject)
        for name in ("keep", "merge", "members", "parent", "child"):
            terms.update(_texts(proposal.identity.get(name)))
    return terms


def changes_of(proposals: Sequence[Proposal], known: Known, *, excluded: Collection[str] = ()) -> Changes:
    """Return what accepting some proposals changes; of merges, what is `excluded` stays apart.

    Raises:
        InvalidError: where a proposal lacks what its kind needs, or names an entity that does not exist.
        ConflictError: where two of them contradict each other.
    """
    draft = _Draft(known)
    for proposal in proposals:
        _ADD[proposal.kind](draft, proposal, frozenset(excluded))
    return Changes(
        entities=tuple(draft.entities.values()),
        aliases=tuple(draft.aliases.values()),
        merges=tuple((entity_id, _final(draft.merges, entity_id)) for entity_id in draft.merges),
        parents=tuple(draft.parents),
        marks=tuple(draft.marks.items()),
    )


def _final(merges: Mapping[str, str], entity_id: str) -> str:
    """Return where a chain of merges ends."""
    seen = {entity_id}
    current = merges[entity_id]
    while current in merges:
        if current in seen:
            raise ConflictError(f"the merges of {', '.join(sorted(seen))} go round in a circle: accept fewer of them")
        seen.add(current)
        current = merges[current]
    return current


def _add_entity(draft: _Draft, proposal: Proposal, _excluded: frozenset[str]) -> None:
    entity_type, language = _type(proposal), _language(proposal)
    name = str(proposal.identity.get("name") or proposal.subject)
    entity_id = draft.entity_of(name, entity_type, language, written=str(proposal.details.get("written", "")))
    for text in _texts(proposal.identity.get("aliases")):
        draft.name(entity_id, text, language, AliasKind.SYNONYM)


def _add_merge(draft: _Draft, proposal: Proposal, excluded: frozenset[str]) -> None:
    keep, *others = merged_terms(proposal)
    merge = [term for term in others if term not in excluded]
    if not merge:
        raise InvalidError(f"proposal {proposal.fingerprint}: nothing is left to merge with {keep!r}")
    ids = [term for term in (keep, *merge) if term in draft.known.types]
    types = {draft.known.types[term] for term in ids}
    if len(types) > 1:
        raise InvalidError(f"proposal {proposal.fingerprint}: entities of different types cannot be one: {ids}")
    entity_type, language = next(iter(types), None) or _type(proposal), _language(proposal)
    # An entity stays before a phrase: ids that were issued keep their meaning.
    kept = draft.entity_of(ids[0] if ids else keep, entity_type, language)
    for term in (keep, *merge):
        if term == kept:
            continue
        if term in draft.known.types:
            if draft.merges.get(term, kept) != kept:
                raise ConflictError(f"{term} would be merged into {draft.merges[term]} and into {kept}")
            draft.merges[term] = kept
        elif not (term == keep and not ids):
            draft.name(kept, term, language, AliasKind.SYNONYM)


def merged_terms(proposal: Proposal) -> list[str]:
    """Return the phrases and entities that a merge would make one, the one that is kept first."""
    keep = str(proposal.identity.get("keep") or proposal.subject)
    terms = [*_texts(proposal.identity.get("merge")), *_texts(proposal.identity.get("members"))]
    return list(dict.fromkeys((keep, *terms)))


def _add_senses(draft: _Draft, proposal: Proposal, _excluded: frozenset[str]) -> None:
    entity_type, language = _type(proposal), _language(proposal)
    heads = _texts(proposal.identity.get("senses"))
    if len(heads) < 2:
        raise InvalidError(f"proposal {proposal.fingerprint}: a phrase is split into two senses at least")
    company = _companies(proposal)
    for head in heads:
        new = new_entity(proposal.subject, entity_type, language, sense=head, company=company.get(head, head))
        draft.entities.setdefault(new.entity_id, new)


def _companies(proposal: Proposal) -> dict[str, str]:
    """Return the words that stand around each sense, by the first of them."""
    senses = proposal.details.get("senses")
    labels = [sense.get("label") for sense in senses if isinstance(sense, dict)] if isinstance(senses, list) else []
    return {label.partition(",")[0].strip(): label for label in labels if isinstance(label, str)}


def _add_parent(draft: _Draft, proposal: Proposal, _excluded: frozenset[str]) -> None:
    parent = _living(draft, proposal, str(proposal.identity.get("parent", "")))
    child = _living(draft, proposal, str(proposal.identity.get("child") or proposal.subject))
    relation = EntityRelation(str(proposal.identity.get("relation", EntityRelation.BROADER)))
    draft.parents[child, relation, parent] = None


def _add_translation(draft: _Draft, proposal: Proposal, _excluded: frozenset[str]) -> None:
    text = str(proposal.identity.get("text", ""))
    if not text:
        raise InvalidError(f"proposal {proposal.fingerprint}: a translation needs a text")
    draft.name(_living(draft, proposal, proposal.subject), text, _language(proposal), AliasKind.TRANSLATION)


def _add_mark(draft: _Draft, proposal: Proposal, _excluded: frozenset[str]) -> None:
    # A text that is no entity is marked by the decision itself: it is never proposed again.
    if proposal.subject in draft.known.types:
        draft.marks[proposal.subject] = str(proposal.identity.get("reason", "unusable"))


_ADD = {
    ProposalKind.CLEAN_UP: _add_mark,
    ProposalKind.NEW_ENTITY: _add_entity,
    ProposalKind.SENSES: _add_senses,
    ProposalKind.MERGE: _add_merge,
    ProposalKind.PARENT: _add_parent,
    ProposalKind.TRANSLATION: _add_translation,
}


def _living(draft: _Draft, proposal: Proposal, entity_id: str) -> str:
    if entity_id not in draft.known.types and entity_id not in draft.entities:
        raise InvalidError(f"proposal {proposal.fingerprint}: no entity {entity_id!r} in this version of the taxonomy")
    return entity_id


def _type(proposal: Proposal) -> EntityType:
    named = proposal.identity.get("type") or proposal.details.get("type")
    try:
        return EntityType(str(named))
    except ValueError:
        raise InvalidError(f"proposal {proposal.fingerprint}: {named!r} is no type of entity") from None


def _language(proposal: Proposal) -> str:
    return str(proposal.identity.get("language") or proposal.details.get("language") or "en")


def _texts(value: JsonValue | None) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
