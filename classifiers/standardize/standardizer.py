"""The one standardizer behind the API, the worker, the batch form and the command line: text in, entities out."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifiers.standardize.calibration import Calibration
from classifiers.standardize.candidates import SEARCH_DEPTH, exact_matches, score_matches
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.model import Answer, Candidate, Mention, Query
from classifiers.standardize.ngrams import Match
from classifiers.standardize.readings import Reading, Seniority, Span, readings
from classifiers.standardize.scan import scan
from classifiers.standardize.text import fold, tokenize
from taxonomy.model import EntityType

_WHOLE_TEXT_TOKENS = 8
"""A text of up to this many tokens may be one title or skill as a whole."""
_WHOLE_TEXT_TYPES = (EntityType.TITLE, EntityType.SKILL)
_CACHED_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class StandardizePolicy:
    """When a mention counts as linked, how unlikely a candidate may be to be shown, how many answers are kept."""

    link_threshold: float = 0.5
    candidate_floor: float = 0.01
    cache_size: int = 200_000


class Standardizer:
    """Finds the entities that texts mention, in one version of the taxonomy.

    Answers depend on nothing but the query, the compiled taxonomy, the calibration and the policy; repeated fields
    are answered from a bounded cache. One instance serves one thread at a time.
    """

    def __init__(
        self,
        taxonomy: CompiledTaxonomy,
        calibration: Calibration,
        seniority: Seniority,
        policy: StandardizePolicy | None = None,
    ) -> None:
        self.taxonomy = taxonomy
        self.calibration = calibration
        self.policy = policy or StandardizePolicy()
        self._seniority = seniority
        self._cache: OrderedDict[tuple[str, EntityType, int], tuple[Mention, ...]] = OrderedDict()

    def standardize(self, query: Query, *, top: int = 5) -> Answer:
        """Return the mentions of one text, each with up to `top` candidates."""
        return self.standardize_many([query], top=top)[0]

    def standardize_many(self, queries: Sequence[Query], *, top: int = 5) -> list[Answer]:
        """Return the answers to many queries, in order; similar texts are searched together, which is faster."""
        fields = {(query.text, query.type) for query in queries if query.type is not None}
        self._fill_cache([(text, kind) for text, kind in fields if kind is not None], top)
        return [self._answer(self._mentions(query, top)) for query in queries]

    def fields(self, values: Iterable[tuple[str, EntityType]]) -> list[tuple[Mention, ...]]:
        """Return the mentions of field values with their best candidate only: the worker's form of the question."""
        pairs = list(values)
        self._fill_cache(pairs, 1)
        return [self._field(text, kind, 1) for text, kind in pairs]

    def is_linked(self, mention: Mention) -> bool:
        """Whether the best candidate is likely enough; if not, the mention is NIL."""
        return bool(mention.candidates) and mention.candidates[0].confidence >= self.policy.link_threshold

    def _answer(self, mentions: tuple[Mention, ...]) -> Answer:
        return Answer(mentions, self.taxonomy.version, self.calibration.model_version)

    def _mentions(self, query: Query, top: int) -> tuple[Mention, ...]:
        if query.type is not None:
            return self._field(query.text, query.type, top)
        return self._running_text(query.text, top)

    def _field(self, text: str, kind: EntityType, top: int) -> tuple[Mention, ...]:
        cached = self._cache.get((text, kind, top))
        return self._resolve([(text, kind)], top)[0] if cached is None else cached

    def _fill_cache(self, pairs: Sequence[tuple[str, EntityType]], top: int) -> None:
        """Resolve what the cache lacks, together; the oldest answers leave when it is full."""
        missing = [
            pair
            for pair in dict.fromkeys(pairs)
            if len(pair[0]) <= _CACHED_CHARACTERS and (*pair, top) not in self._cache
        ]
        for pair, mentions in zip(missing, self._resolve(missing, top), strict=True):
            self._cache[(*pair, top)] = mentions
        while len(self._cache) > self.policy.cache_size:
            self._cache.popitem(last=False)

    def _resolve(self, pairs: Sequence[tuple[str, EntityType]], top: int) -> list[tuple[Mention, ...]]:
        """Return the mentions of field values: read, search all that is not exact at once, then choose."""
        read = [(text, kind, *readings(text, kind, self._seniority)) for text, kind in pairs]
        matches = self._search(read, top)
        return [
            self._choose(text, kind, level, alternatives, matches, top) for text, kind, level, alternatives in read
        ]

    def _search(
        self, read: Sequence[tuple[str, EntityType, str | None, list[Reading]]], top: int
    ) -> dict[tuple[str, EntityType], list[Match]]:
        """Return the matches of every span of every reading, by folded text and type."""
        found: dict[tuple[str, EntityType], list[Match]] = {}
        missing: dict[EntityType, dict[str, None]] = {}
        for text, kind, _, alternatives in read:
            for reading in alternatives:
                keys = [fold(text[start:end]) for start, end in reading]
                for key in keys:
                    found[key, kind] = exact_matches(self.taxonomy, key, kind)
                    if not found[key, kind] or top > 1:
                        missing.setdefault(kind, {})[key] = None
                if len(keys) == 1 and found[keys[0], kind] and top == 1:
                    break
        for kind, unresolved in missing.items():
            for key, alike in zip(unresolved, self._alike(list(unresolved), kind, top), strict=True):
                found[key, kind] = [*found[key, kind], *alike]
        return found

    def _alike(self, keys: Sequence[str], kind: EntityType, top: int) -> list[list[Match]]:
        index = self.taxonomy.indexes.get(kind)
        return index.search(keys, top=max(SEARCH_DEPTH, 6 * top)) if index else [[] for _ in keys]

    def _choose(  # noqa: PLR0913 - one field's value with all that is known of it
        self,
        text: str,
        kind: EntityType,
        level: str | None,
        alternatives: Sequence[Reading],
        matches: dict[tuple[str, EntityType], list[Match]],
        top: int,
    ) -> tuple[Mention, ...]:
        """Return the mentions of the best reading: the first with an exact match, else the most confident."""
        best: tuple[Mention, ...] = ()
        best_score = -1.0
        for reading in alternatives:
            mentions = tuple(self._mention(text, span, kind, matches, top, level) for span in reading)
            covered = sum(end - start for start, end in reading)
            score = sum(
                (mention.candidates[0].confidence if mention.candidates else 0.0) * (mention.end - mention.start)
                for mention in mentions
            ) / max(1, covered)
            if score > best_score + 1e-9:
                best, best_score = mentions, score
            if len(reading) == 1 and exact_matches(self.taxonomy, fold(text[slice(*reading[0])]), kind):
                return mentions
        return best

    def _mention(  # noqa: PLR0913 - one span with all that is known of it
        self,
        text: str,
        span: Span,
        kind: EntityType,
        matches: dict[tuple[str, EntityType], list[Match]],
        top: int,
        level: str | None,
    ) -> Mention:
        start, end = span
        key = fold(text[start:end])
        candidates = self._candidates(key, kind, matches.get((key, kind), ()), top)
        return Mention(text[start:end], start, end, kind, candidates, level)

    def _candidates(
        self,
        key: str,
        kind: EntityType,
        matches: Sequence[Match],
        top: int,
        *,
        running_text: bool = False,
        case_matches: bool = True,
    ) -> tuple[Candidate, ...]:
        scored = score_matches(
            self.taxonomy, key, kind, matches, top=top, running_text=running_text, case_matches=case_matches
        )
        candidates = []
        for item in scored:
            confidence = self.calibration.confidence(item.evidence)
            if confidence < self.policy.candidate_floor:
                continue
            entity = int(self.taxonomy.alias_entities[item.row])
            candidates.append(
                Candidate(
                    entity_id=self.taxonomy.entity_ids[entity],
                    source_ids=self.taxonomy.source_ids[entity],
                    name=self.taxonomy.names[entity],
                    type=kind,
                    confidence=confidence,
                    matched_alias=self.taxonomy.alias_texts[item.row],
                )
            )
        return tuple(candidates)

    def _running_text(self, text: str, top: int) -> tuple[Mention, ...]:
        """Return the mentions that aliases make in running text; a short text may be one mention as a whole."""
        mentions: list[Mention] = []
        for hit in scan(self.taxonomy, text):
            options = [
                self._candidates(
                    hit.key,
                    kind,
                    [Match(row, 1.0) for row in rows],
                    top,
                    running_text=True,
                    case_matches=hit.case_matches,
                )
                for kind, rows in hit.rows_by_type.items()
            ]
            merged = sorted((c for option in options for c in option), key=lambda c: -c.confidence)[:top]
            if merged and merged[0].confidence >= self.policy.link_threshold:
                mention_text = text[hit.start : hit.end]
                mentions.append(Mention(mention_text, hit.start, hit.end, merged[0].type, tuple(merged)))
        return self._whole(text, tuple(mentions), top)

    def _whole(self, text: str, mentions: tuple[Mention, ...], top: int) -> tuple[Mention, ...]:
        """Prefer reading a short text as one title or skill where that is surer than its parts."""
        tokens = tokenize(text[:_CACHED_CHARACTERS]) if len(text) <= _CACHED_CHARACTERS else []
        if not 0 < len(tokens) <= _WHOLE_TEXT_TOKENS:
            return mentions
        best = max((m.candidates[0].confidence for m in mentions), default=0.0)
        covered = sum(m.end - m.start for m in mentions) / max(1, tokens[-1].end - tokens[0].start)
        wholes = [self._field(text, kind, top) for kind in _WHOLE_TEXT_TYPES]
        single = [whole for whole in wholes if len(whole) == 1 and self.is_linked(whole[0])]
        surest = max(single, key=lambda whole: whole[0].candidates[0].confidence, default=None)
        if surest is not None and surest[0].candidates[0].confidence > best * covered:
            return surest
        return mentions
