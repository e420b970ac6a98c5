"""From texts to mentions in one way of looking at a taxonomy: readings, look-ups, search, choice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, chain

from classifiers.kernels.scoring import SHARING
from classifiers.standardize.alternatives import with_other_readings
from classifiers.standardize.cache import BoundedCache
from classifiers.standardize.calibration import Calibration
from classifiers.standardize.candidates import ALONE, Surroundings, is_name, score_matches
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.found import NOTHING, Alternative, Found, Known, found_of, founds_of
from classifiers.standardize.languages import names_above
from classifiers.standardize.lens import Lens
from classifiers.standardize.match import Match, exact_match, nothing_found
from classifiers.standardize.model import Candidate, Confidence, Mention, Query
from classifiers.standardize.places import (
    confirmations,
    hits_beside,
    side_by_side,
    standings_beside,
    unless_elsewhere,
    with_places_apart,
)
from classifiers.standardize.preference import NO_STANDING, Standing
from classifiers.standardize.readings import (
    Reading,
    Seniority,
    may_be_one_name,
    parse,
    readings,
    seniority_of,
)
from classifiers.standardize.respelling import otherwise_spelt, surer_spelling
from classifiers.standardize.scan import Hit, scan
from classifiers.standardize.scoring import Scorer
from classifiers.standardize.search import exact_matches, found_rows
from classifiers.standardize.text import tokenize, without_references
from taxonomy.model import EntityType, SourceId

_WHOLE_TEXT_TOKENS = 8
"""A text of up to this many tokens may be one title or skill as a whole."""
_WHOLE_TEXT_TYPES = (EntityType.TITLE, EntityType.SKILL)
_CACHED_CHARACTERS = 200
_STAND_SOMEWHERE = frozenset({EntityType.SCHOOL, EntityType.COMPANY, EntityType.TITLE})
"""Types whose values name a place beside what they name: `Sona College, Salem`."""
_USUAL_TOP = 5
"""Up to so many candidates are searched for alike, so that how many are asked for does not change the best one."""
_TIE = 1e-9
_SURE = 0.9
"""What is so sure as it stands is not looked up as anything that it may be a slip of."""


@dataclass(frozen=True, slots=True)
class StandardizePolicy:
    """When a mention counts as linked, how unlikely a candidate may be to be shown, how many answers are kept.

    A mention is linked from the confidence `link_threshold` on, or that of its type in `link_thresholds`, where it has
    one. Of folded texts `cache_size` are kept, some 40 MB; of whole values a quarter of that.
    """

    link_threshold: float = 0.5
    link_thresholds: Mapping[EntityType, float] = field(default_factory=dict)
    candidate_floor: float = 0.0001
    cache_size: int = 1 << 16

    def links(self, candidate: Candidate) -> bool:
        """Whether a candidate is likely enough for its type."""
        return candidate.confidence >= self.threshold_of(candidate.type)

    def threshold_of(self, kind: EntityType) -> float:
        """Return the confidence from which on a candidate of a type is linked."""
        return self.link_thresholds.get(kind, self.link_threshold)


_Shown = tuple[str, tuple[SourceId, ...], str, tuple[str, ...]]
"""What a candidate shows of its entity: id, ids of sources, name, what it lies in."""
_Asked = tuple[str, bool, bool, int, tuple[str, ...], int]
"""An alias in running text as it was asked for: key, case, of the employer, candidates, keys beside it, its place."""


def _may_be_whole(text: str, mentions: tuple[Mention, ...]) -> bool:
    """Whether a running text may be one title or skill: it is short, and no two parts of it are mentions already."""
    return len(mentions) <= 1 and len(text) <= _CACHED_CHARACTERS and 0 < len(tokenize(text)) <= _WHOLE_TEXT_TOKENS


def _is_as_long(alias: str, text: str) -> bool:
    """Whether an alias has half as many tokens as a running text at least: else the text says more than a name."""
    return 2 * len(tokenize(alias)) >= len(tokenize(text))


class Resolver:
    """Finds the entities that texts mention, in one view of a taxonomy and through one lens, or none.

    Answers depend on nothing but the texts and what it was made of; what was found for a folded text is kept in a
    bounded cache of its own, so queries that are answered by different resolvers never see each other's answers.
    """

    def __init__(
        self,
        taxonomy: CompiledTaxonomy,
        calibration: Calibration,
        seniority: Seniority,
        policy: StandardizePolicy,
        lens: Lens | None = None,
    ) -> None:
        self._taxonomy = taxonomy
        self._calibration = calibration
        self._seniority = seniority
        self._policy = policy
        self._lens = lens
        # What is seen through a lens is scored one by one: no lens, no reason to make the arrays for each such query.
        self._scorer = Scorer(taxonomy, calibration, floor=policy.candidate_floor) if lens is None else None
        self._found = BoundedCache[tuple[str, EntityType, int], Found](policy.cache_size)
        self._shown = BoundedCache[int, _Shown](policy.cache_size // 8)
        self._hits = BoundedCache[_Asked, tuple[Candidate, ...]](policy.cache_size)
        self._fields = BoundedCache[tuple[str, EntityType, int], tuple[Mention, ...]](policy.cache_size // 4)

    def answer(self, queries: Sequence[Query], *, top: int) -> list[tuple[Mention, ...]]:
        """Return the mentions of many texts, in order; of the queries nothing but text and type is looked at."""
        pairs = [(query.text, query.type) for query in queries if query.type is not None]
        if len(pairs) == len(queries):
            return self.fields(pairs, top=top)
        in_parts = {query.text: self._scan(query.text, top) for query in queries if query.type is None}
        may_be_whole = {text for text, mentions in in_parts.items() if _may_be_whole(text, mentions)}
        wholes = [(text, kind) for text in in_parts if text in may_be_whole for kind in _WHOLE_TEXT_TYPES]
        found = dict(zip([*pairs, *wholes], self.fields([*pairs, *wholes], top=top), strict=True))
        return [
            found[query.text, query.type]
            if query.type is not None
            else self._whole(query.text, in_parts[query.text], found)
            if query.text in may_be_whole
            else in_parts[query.text]
            for query in queries
        ]

    def fields(self, values: Iterable[tuple[str, EntityType]], *, top: int) -> list[tuple[Mention, ...]]:
        """Return the mentions of field values, in order."""
        pairs = list(values)
        known = dict[tuple[str, EntityType], tuple[Mention, ...]]()
        missing: list[tuple[str, EntityType]] = []
        for pair in dict.fromkeys(pairs):
            if (cached := self._fields.get((*pair, top))) is None:
                missing.append(pair)
            else:
                known[pair] = cached
        for pair, mentions in zip(missing, self._resolve(missing, top), strict=True):
            known[pair] = mentions
            if len(pair[0]) <= _CACHED_CHARACTERS:
                self._fields.put((*pair, top), mentions)
        return [known[pair] for pair in pairs]

    def is_linked(self, mention: Mention) -> bool:
        """Whether the best candidate is likely enough; if not, the mention is NIL."""
        return bool(mention.candidates) and self._policy.links(mention.candidates[0])

    def _resolve(self, pairs: Sequence[tuple[str, EntityType]], top: int) -> list[tuple[Mention, ...]]:
        """Return the mentions of field values: read, look up, search together what is no alias, then choose."""
        known = Known({}, {})
        read = [(text, kind, *self._read(text, kind, top, known)) for text, kind in pairs]
        for _, kind, _, alternatives in read:
            for reading, of_one_part, _ in alternatives:
                are_aliases = [self._is_alias(part.key, kind, top, known) for part in reading]
                if of_one_part and are_aliases[0]:
                    break
        found = known.found
        for kind, sought in known.sought.items():
            # With one candidate, an alias to the letter is enough; with more, others are searched for beside it.
            enough = {key: exact for key, exact in sought.items() if exact and top == 1}
            found |= self._exact(list(enough), kind, list(enough.values()), top)
            unresolved = {key: exact for key, exact in sought.items() if key not in enough}
            found |= self._alike(list(unresolved), kind, list(unresolved.values()), top)
        return [self._choose(text, kind, level, alternatives, found, top) for text, kind, level, alternatives in read]

    def _read(self, text: str, kind: EntityType, top: int, known: Known) -> tuple[str | None, list[Alternative]]:
        """Return the seniority that a value names, and its readings: one where the whole is an alias, for that wins."""
        value = parse(text, kind)
        if value is None:
            return None, []
        if may_be_one_name(value) and self._is_alias(value.whole.key, kind, top, known):
            return seniority_of(value, kind, self._seniority), [Alternative((value.whole,), of_one_part=True)]
        level, found_readings = readings(value, kind, self._seniority)
        if kind is EntityType.LOCATION:
            apart = [with_places_apart(self._taxonomy, value.text, reading) for reading in found_readings]
            found_readings = list(dict.fromkeys([*found_readings, *apart]))
        return level, [
            Alternative(self._without_places(one, kind), len(one) == 1, len(one) == 1 and one[0].key != value.whole.key)
            for one in found_readings
        ]

    def _is_alias(self, key: str, kind: EntityType, top: int, known: Known) -> bool:
        """Whether a folded text is an alias to the letter; what was found for it is noted, or that it is sought."""
        sought = known.sought.setdefault(kind, {})
        if (matches := sought.get(key)) is None:
            if (cached := self._found.get((key, kind, top))) is not None:
                known.found[key, kind] = cached
                return cached.exact
            sought[key] = matches = exact_matches(self._taxonomy, key, kind)
        return bool(matches)

    def _exact(
        self, keys: list[str], kind: EntityType, exacts: Sequence[Sequence[Match]], top: int
    ) -> dict[tuple[str, EntityType], Found]:
        """Return what aliases to the letter tell of folded texts, and remember it."""
        return self._remembered(keys, kind, top, self._named(keys, kind, exacts, top)) if keys else {}

    def _named(self, keys: Sequence[str], kind: EntityType, exacts: Sequence[Sequence[Match]], top: int) -> list[Found]:
        """Return what aliases to the letter tell of folded texts, and these alone."""
        if self._scorer is None:
            return self._seen(keys, kind, exacts, exacts, top)
        return founds_of(exacts, self._scorer.likeliest(keys, kind, exacts, nothing_found(len(keys)), top=top))

    def _alike(
        self, keys: list[str], kind: EntityType, exacts: Sequence[Sequence[Match]], top: int
    ) -> dict[tuple[str, EntityType], Found]:
        """Search for folded texts together, see of what aliases they may be slips, and remember what was found."""
        if not keys:
            return {}
        results = self._searched(keys, kind, exacts, top)
        meant = {
            place: other
            for place, key in enumerate(keys)
            if results[place].confidence < _SURE and (other := otherwise_spelt(self._taxonomy, key, kind))
        }
        if meant:
            doubted = partial(self._calibration.if_misspelt, kind=kind)
            entities, floor = self._taxonomy.alias_entities, self._policy.candidate_floor
            others, aliases = zip(*meant.values(), strict=True)
            for place, found in zip(meant, self._named(others, kind, aliases, top), strict=True):
                results[place] = surer_spelling(results[place], found, doubted, entities, top=top, floor=floor)
        return self._remembered(keys, kind, top, results)

    def _searched(self, keys: list[str], kind: EntityType, exacts: Sequence[Sequence[Match]], top: int) -> list[Found]:
        """Search for folded texts together; `exacts` are the aliases to the letter of each."""
        # Entities to show, and a rival of the last one.
        most = max(top + 1, SHARING)
        more = 6 * max(0, top - _USUAL_TOP)
        if self._scorer is not None:
            return founds_of(exacts, self._scorer.searched(keys, kind, exacts, more=more, most=most, top=top))
        # Room for those that are aliases to the letter too: of each text as many as it has itself.
        searched = found_rows(self._taxonomy, keys, kind, more=more, most=most + max(map(len, exacts), default=0))
        alike = [searched.matches(place)[: most + len(exact)] for place, exact in enumerate(exacts)]
        matches = [[*exact, *some] for exact, some in zip(exacts, alike, strict=True)]
        return self._seen(keys, kind, exacts, matches, top)

    def _seen(
        self,
        keys: Sequence[str],
        kind: EntityType,
        exacts: Sequence[Sequence[Match]],
        matches: Sequence[Sequence[Match]],
        top: int,
    ) -> list[Found]:
        """Return what some matches of folded texts come to, seen through the lens."""
        return [
            found_of(self._candidates(key, kind, some, top, self._alone(key, exact)), exact=bool(exact))
            for key, some, exact in zip(keys, matches, exacts, strict=True)
        ]

    def _remembered(
        self, keys: Sequence[str], kind: EntityType, top: int, results: Sequence[Found]
    ) -> dict[tuple[str, EntityType], Found]:
        """Return what was found for folded texts by these, and remember it."""
        for key, result in zip(keys, results, strict=True):
            if len(key) <= _CACHED_CHARACTERS:
                self._found.put((key, kind, top), result)
        return {(key, kind): result for key, result in zip(keys, results, strict=True)}

    def _choose(
        self,
        text: str,
        kind: EntityType,
        level: str | None,
        alternatives: Sequence[Alternative],
        found: dict[tuple[str, EntityType], Found],
        top: int,
    ) -> tuple[Mention, ...]:
        """Return the mentions of the best reading: the first that is an alias as a whole, else the most confident."""
        if len(alternatives) == 1 and len(alternatives[0].reading) == 1 and not alternatives[0].is_piece:
            (part,) = alternatives[0].reading
            made = self._made(kind, found.get((part.key, kind), NOTHING))
            return (Mention(text[part.start : part.end], part.start, part.end, kind, made, level),)
        best: Reading = ()
        best_results: Sequence[Found] = ()
        best_score = -1.0
        looked_at: list[Reading] = []
        for reading, of_one_part, is_piece in alternatives:
            results = self._results(reading, kind, found, top)
            if is_piece and kind is EntityType.DEGREE and self._says_less(reading[0].key, results[0]):
                results = [NOTHING]
            if of_one_part and results[0].exact:
                best, best_results = reading, results
                break
            looked_at.append(reading)
            lengths = [part.end - part.start for part in reading]
            score = sum(r.confidence * n for r, n in zip(results, lengths, strict=True)) / sum(lengths)
            # Names to the letter, one beside the other, are a list; but a place is named with the one that it lies in.
            if kind is not EntityType.LOCATION:
                score += all(r.exact and r.confidence >= self._policy.threshold_of(kind) for r in results)
            if score > best_score + _TIE:
                best, best_results, best_score = reading, results, score
        candidates = [self._made(kind, result) for result in best_results]
        if kind is EntityType.LOCATION:
            candidates[:-1] = [
                unless_elsewhere(self._taxonomy, some, after.key)
                for some, after in zip(candidates[:-1], best[1:], strict=True)
            ]
        # Others of one part: those after the chosen one may never have been searched for.
        others = [one[0].key for one in looked_at if len(one) == 1 and one is not best] if len(best) == 1 else []
        if others and top > 1:
            entities = self._taxonomy.alias_entities
            own = {int(entities[row]) for row, _ in best_results[0].likely}
            beside = (found.get((key, kind), NOTHING) for key in others)
            there = chain.from_iterable(self._made_beside(kind, one, own) for one in beside)
            floor = self._policy.candidate_floor
            candidates = [with_other_readings(candidates[0], there, top=top, floor=floor)]
        return tuple(
            Mention(text[part.start : part.end], part.start, part.end, kind, some, level)
            for part, some in zip(best, candidates, strict=True)
        )

    def _results(
        self, reading: Reading, kind: EntityType, found: Mapping[tuple[str, EntityType], Found], top: int
    ) -> list[Found]:
        """Return what was found for the parts of a reading; places are chosen by those that stand beside them."""
        results = [found.get((part.key, kind), NOTHING) for part in reading]
        if kind is not EntityType.LOCATION or len(reading) < 2:
            return results
        keys = [part.key for part in reading]
        exact = [exact_matches(self._taxonomy, key, kind) for key in keys]
        for place, confirmed in enumerate(confirmations(self._taxonomy, exact)):
            if confirmed and len(exact[place]) > 1:
                rows = [match.row for match in exact[place]]
                standings = standings_beside(keys, confirmed, self._standings(keys[place], exact[place]), rows)
                beside = Surroundings(standings=standings)
                chosen = self._candidates(keys[place], kind, exact[place], top, beside)
                results[place] = found_of(chosen, exact=True)
        return results

    def _says_less(self, key: str, found: Found) -> bool:
        """Whether the best alias has more words than a piece of a value, which is short for nothing then."""
        return bool(found.likely) and self._taxonomy.alias_keys[found.likely[0][0]].count(" ") > key.count(" ")

    def _without_places(self, reading: Reading, kind: EntityType) -> Reading:
        """Return a reading of several parts without those that are the name of a place, and of nothing of the type."""
        if len(reading) < 2 or kind not in _STAND_SOMEWHERE:
            return reading
        kept = [
            part
            for part in reading
            if not exact_matches(self._taxonomy, part.key, EntityType.LOCATION)
            or exact_matches(self._taxonomy, part.key, kind)
        ]
        return tuple(kept) or reading

    def _alone(self, key: str, exact: Sequence[Match]) -> Surroundings:
        """Return the surroundings of a field's part, of which these are the exact matches."""
        return ALONE if self._lens is None else Surroundings(standings=self._standings(key, exact))

    def _standings(self, key: str, exact: Sequence[Match]) -> Mapping[int, Standing]:
        """Return what the lens prefers among the exact matches of one type."""
        if self._lens is None:
            return ALONE.standings
        return self._lens.standings(self._taxonomy, key, [match.row for match in exact])

    def _candidates(
        self, key: str, kind: EntityType, matches: Sequence[Match], top: int, surroundings: Surroundings
    ) -> tuple[Candidate, ...]:
        """Return the entities of some matches with their calibrated confidences, best first."""
        candidates: list[Candidate] = []
        surest, rank = 1.0, tuple[float, ...]()
        most_beside = max((len(one.beside) for one in surroundings.standings.values()), default=0)
        for item in score_matches(self._taxonomy, key, kind, matches, top=top, surroundings=surroundings):
            standing = surroundings.standings.get(item.row, NO_STANDING)
            if item.evidence.exact and standing.rank != rank:
                surest, rank = 1.0, standing.rank
            surest = confidence = Confidence(min(surest, self._calibration.confidence(item.evidence)))
            if standing.sense is not None:
                confidence = Confidence(confidence * standing.sense)
            if candidates and len(standing.beside) < most_beside:
                confidence = Confidence(min(confidence, 1 - candidates[0].confidence))
            if confidence < self._policy.candidate_floor:
                continue
            candidate = self._candidate(kind, item.row, confidence)
            if self._lens is not None:
                candidate = self._lens.shown(candidate, self._taxonomy, self._calibration, item, surroundings.standings)
            candidates.append(candidate)
        return tuple(candidates)

    def _made(self, kind: EntityType, found: Found) -> tuple[Candidate, ...]:
        """Return the candidates of what was found."""
        return found.candidates or tuple([self._candidate(kind, *one) for one in found.likely])

    def _made_beside(self, kind: EntityType, found: Found, own: Collection[int]) -> Iterable[Candidate]:
        """Return the candidates of what was found, those that are made here without the entities of another reading."""
        entities = self._taxonomy.alias_entities
        made = [self._candidate(kind, *one) for one in found.likely if int(entities[one[0]]) not in own]
        return found.candidates or made

    def _candidate(self, kind: EntityType, row: int, confidence: Confidence) -> Candidate:
        """Return the entity of an alias row as a candidate."""
        taxonomy = self._taxonomy
        entity = int(taxonomy.alias_entities[row])
        shown = self._shown.get(entity)
        if shown is None:
            lies_in = names_above(taxonomy, entity) if kind is EntityType.LOCATION else ()
            shown = taxonomy.entity_ids[entity], taxonomy.source_ids[entity], taxonomy.names[entity], lies_in
            self._shown.put(entity, shown)
        entity_id, source_ids, name, lies_in = shown
        return Candidate(entity_id, source_ids, name, kind, confidence, taxonomy.alias_texts[row], None, lies_in)

    def _scan(self, text: str, top: int) -> tuple[Mention, ...]:
        """Return the mentions that aliases make in running text."""
        mentions: list[Mention] = []
        plain = without_references(text)
        for group in side_by_side(plain, scan(self._taxonomy, plain)):
            for place, hit in enumerate(group):
                merged = self._hit_candidates(hit, top, group, place)
                if merged and self._policy.links(merged[0]):
                    mentions.append(Mention(text[hit.start : hit.end], hit.start, hit.end, merged[0].type, merged))
        return tuple(mentions)

    def _hit_candidates(self, hit: Hit, top: int, group: Sequence[Hit], place: int) -> tuple[Candidate, ...]:
        """Return the candidates of every type for an alias in running text, best first.

        It stands at a place in a group of aliases side by side.
        """
        near = tuple([other.key for other in group]) if len(group) > 1 else ()
        known = (hit.key, hit.case_matches, hit.of_employer, top, near, place)
        cached = self._hits.get(known)
        if cached is not None:
            return cached
        beside = hits_beside(self._taxonomy, group)[place] if near else {}
        ranked = [
            pair
            for kind, rows in hit.rows_by_type.items()
            for pair in self._ranked_candidates(hit, kind, rows, top, beside if kind is EntityType.LOCATION else {})
        ]
        ordered = [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0], reverse=True)]
        candidates = tuple(ordered[:top])
        self._hits.put(known, candidates)
        return candidates

    def _ranked_candidates(
        self, hit: Hit, kind: EntityType, rows: Sequence[int], top: int, beside: Mapping[int, Standing]
    ) -> Iterable[tuple[tuple[float, ...], Candidate]]:
        """Return the candidates of one type for an alias in running text, each with what it is ranked by.

        Of several types what is called so comes first, then what is surer; of what is about as sure, the better known.
        """
        exact = [exact_match(row) for row in rows]
        standings = beside or self._standings(hit.key, exact)
        surroundings = Surroundings(running_text=True, case_matches=hit.case_matches, standings=standings)
        candidates = self._candidates(hit.key, kind, exact, top, surroundings)
        row_of = {self._taxonomy.entity_ids[int(self._taxonomy.alias_entities[row])]: row for row in rows}
        ranks = [self._rank_among_types(row_of[one.entity_id], float(one.confidence)) for one in candidates]
        # What comes first within its type stays first, also where another one is the surer or the better known.
        return zip(accumulate(ranks, min), candidates, strict=True)

    def _rank_among_types(self, row: int, confidence: float) -> tuple[float, ...]:
        """Return what an alias in running text is ranked by among those of all types."""
        entity = self._taxonomy.alias_entities[row]
        popularity = float(self._taxonomy.popularity[entity])
        called = is_name(self._taxonomy, row) and confidence >= self._policy.threshold_of(self._taxonomy.types[entity])
        return float(called), round(confidence, 1), popularity, confidence

    def _whole(
        self,
        text: str,
        mentions: tuple[Mention, ...],
        found: dict[tuple[str, EntityType], tuple[Mention, ...]],
    ) -> tuple[Mention, ...]:
        """Prefer reading a short text as one title or skill where its parts say less."""
        wholes = [found[text, kind] for kind in _WHOLE_TEXT_TYPES if (text, kind) in found]
        single = [
            whole
            for whole in wholes
            if len(whole) == 1 and self.is_linked(whole[0]) and _is_as_long(whole[0].candidates[0].matched_alias, text)
        ]
        surest = max(single, key=lambda whole: whole[0].candidates[0].confidence, default=None)
        in_parts = sum(m.candidates[0].confidence * (m.end - m.start) for m in mentions) / max(1, len(text.strip()))
        if surest is not None and surest[0].candidates[0].confidence > in_parts:
            return surest
        return mentions
