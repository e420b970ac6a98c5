"""What an entity could be called in the other language: readings of all its labels, with what speaks for each."""

from collections import ChainMap, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from taxonomy.corpus.model import Encode
from taxonomy.translation.decode import FEATURES as DECODED
from taxonomy.translation.decode import DecodePolicy, Decoder, Reading
from taxonomy.translation.dictionary import Dictionary
from taxonomy.translation.grammar import Learned
from taxonomy.translation.lexicon import Lexicon
from taxonomy.translation.memory import Memory, agreement
from taxonomy.translation.model import TranslationPolicy
from taxonomy.translation.names import FEATURES as NAMED
from taxonomy.translation.names import name_features, name_rules, with_names
from taxonomy.translation.pieces import Pieces
from taxonomy.translation.rules import LINKED, Grammar, Rule
from taxonomy.translation.surface import FEATURES as READ

FEATURES: Final = (
    *DECODED,
    "score",
    "behind",
    "own",
    "votes",
    "alternative",
    "form",
    "letters",
    "taken",
    "covered",
    "explained",
    "length",
    *READ,
    *NAMED,
    "meaning",
    "all_meanings",
    "copy",
    "like_neighbours",
    "first_word",
    "last_word",
)
"""Features of a candidate; `Candidate.values` has one value for each, in this order."""
_FEWEST: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Asked:
    """An entity to translate: its kind, its preferred label and its other labels."""

    kind: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole label in the other language, its base form, and the values of `FEATURES`."""

    text: str
    base: str
    pieces: Pieces
    values: tuple[float, ...]


class Proposer:
    """Makes candidates by what was learned; `encode` serves both languages, where there is one."""

    def __init__(
        self, learned: Learned, policy: TranslationPolicy, encode: Encode | None, dictionary: Dictionary | None
    ) -> None:
        self.learned = learned
        self._dictionary = dictionary
        self._policy = policy
        self._encode = encode
        self._memory = Memory([one for one, _ in learned.memory], [other for _, other in learned.memory], encode)
        self._lexicon = Lexicon(learned.vocabulary, encode, size=policy.lexicon_size) if encode else None

    def propose(self, asked: Sequence[Asked]) -> list[list[Candidate]]:
        """Return the candidates of each entity, best first by the decoder alone."""
        sources = [self._sources(one) for one in asked]
        grammar = self._extended(asked, sources)
        decoders = {kind: Decoder(grammar, model, DecodePolicy()) for kind, model in self.learned.language.items()}
        drafts = [
            self._drafts(one, labels, decoders.get(one.kind, decoders[""]))
            for one, labels in zip(asked, sources, strict=True)
        ]
        near = self._memory.nearest([one.labels[0] for one in asked])
        return [_with(some, *found) for some, found in zip(self._with_meanings(asked, drafts), near, strict=True)]

    def _extended(self, asked: Sequence[Asked], sources: Sequence[Sequence[Pieces]]) -> Grammar:
        """Return the grammar with rules for rare words and for names of these labels."""
        grammar, added = self.learned.grammar, dict[Pieces, tuple[Rule, ...]]()
        if self._lexicon:
            words = {piece for labels in sources for label in labels for piece in label}
            added.update(self._lexicon.extended(grammar, words))
        learned, labels = self.learned, [label for one in asked for label in one.labels]
        listed = self._dictionary.rules(labels, learned.source, learned.target) if self._dictionary else ()
        for pieces, rule in (*listed, *name_rules(labels, learned.source)):
            known = added.get(pieces, grammar.get(pieces, ()))
            taken = {other.target for other in known}
            more = learned.compounds.extended(pieces, (rule,)) if rule.listed else (rule,)
            added[pieces] = (*known, *(other for other in more if other.target not in taken))
        return ChainMap(added, dict(grammar))

    def _sources(self, asked: Asked) -> list[Pieces]:
        labels = dict.fromkeys(label.lower() for label in asked.labels)
        pieces = [self.learned.source.split(label) for label in labels]
        return [one for one in dict.fromkeys(pieces) if one][: self._policy.alternatives + 1]

    def _drafts(self, asked: Asked, sources: Sequence[Pieces], decoder: Decoder) -> list[Candidate]:
        """Return candidates without what the encoder thinks of them."""
        votes: defaultdict[Pieces, float] = defaultdict(float)
        own: dict[Pieces, float] = {}
        best: dict[Pieces, Reading] = {}
        for place, source in enumerate(sources):
            readings = decoder.translate(source)
            total = sum(exp(reading.score - readings[0].score) for reading in readings)
            for reading in readings:
                share = exp(reading.score - readings[0].score) / total
                if place == 0:
                    own[reading.target] = share
                else:
                    votes[reading.target] += share
                best.setdefault(reading.target, reading)
        order = sorted(best, key=lambda target: -(own.get(target, 0.0) + 0.5 * votes[target]))
        top = max((reading.score for reading in best.values()), default=0.0)
        found: dict[str, Candidate] = {}
        for target in order[: self._policy.candidates]:
            reading = best[target]
            base = with_names(asked.labels[0], self.learned.target.join(target, asked.kind))
            voted = (
                *reading.values,
                reading.score / (len(target) + 1),
                reading.score - top,
                log(own.get(target, 0.0) + _FEWEST),
                log(votes[target] + _FEWEST),
                float(target not in own),
            )
            for candidate in self._written(asked, sources[0], target, base, voted):
                found.setdefault(candidate.text, candidate)
        if found and asked.labels[0] not in found:
            found.update((copy.text, copy) for copy in self._copies(asked, sources[0], decoder, top))
        return list(found.values())

    def _copies(self, asked: Asked, source: Pieces, decoder: Decoder, top: float) -> Iterator[Candidate]:
        """Yield the preferred label as it is, where labels of its kind may be written so: many are names."""
        label = asked.labels[0]
        copied = decoder.copied(self.learned.target.split(label))
        voted = (
            *copied.values,
            copied.score / (len(copied.target) + 1),
            min(0.0, copied.score - top),
            log(_FEWEST),
            log(_FEWEST),
            0.0,
        )
        yield from (one for one in self._written(asked, source, copied.target, label, voted) if one.text == label)

    def _written(
        self, asked: Asked, source: Pieces, target: Pieces, base: str, voted: tuple[float, ...]
    ) -> Iterator[Candidate]:
        """Yield a candidate for each form that a base form may be written in."""
        letters, *known = self._known(asked, source, target, base)
        for text, form in self._forms(asked.kind, base):
            values = (
                *voted,
                form,
                letters,
                float(text in self.learned.preferred),
                *known,
                *self.learned.surface.features(text, base, asked.kind),
                *name_features(asked.labels[0], text),
            )
            yield Candidate(text, base, target, values)

    def _forms(self, kind: str, base: str) -> list[tuple[str, float]]:
        forms = self.learned.forms
        return forms.get(kind, forms[""]).finish(base)[:2]

    def _known(self, asked: Asked, source: Pieces, target: Pieces, base: str) -> tuple[float, ...]:
        """Return letters, covered, explained and length: what can be said of a base form without other readings."""
        models = self.learned.letters
        letters = models.get(asked.kind, models[""]).log_probability(base) / (len(base) + 1)
        links = self.learned.aligner.posterior(source, target) >= LINKED
        return (
            letters,
            float(links.any(axis=1).mean()),
            float(links.any(axis=0).mean()),
            abs(log(len(base) / max(1, len(asked.labels[0])))),
        )

    def _with_meanings(self, asked: Sequence[Asked], drafts: list[list[Candidate]]) -> list[list[Candidate]]:
        """Return candidates with how near their meaning is to the preferred label and to all, and copying."""
        vectors: dict[str, NDArray[np.float32]] = {}
        if self._encode:
            texts = {c.base for some in drafts for c in some} | {label for one in asked for label in one.labels}
            ordered = sorted(texts)
            vectors = dict(zip(ordered, self._encode(ordered), strict=True)) if ordered else {}
        return [
            [self._finished(one, candidate, vectors) for candidate in some]
            for one, some in zip(asked, drafts, strict=True)
        ]

    @staticmethod
    def _finished(asked: Asked, candidate: Candidate, vectors: dict[str, NDArray[np.float32]]) -> Candidate:
        meanings = [0.0]
        if vectors:
            meanings = [float(vectors[label] @ vectors[candidate.base]) for label in asked.labels]
        copy = Levenshtein.normalized_similarity(asked.labels[0].lower(), candidate.base.lower())
        values = (*candidate.values, meanings[0], sum(meanings) / len(meanings), copy)
        return Candidate(candidate.text, candidate.base, candidate.pieces, values)


def _with(candidates: list[Candidate], neighbours: list[str], weights: NDArray[np.float64]) -> list[Candidate]:
    """Return candidates with how much they are like the translations of the nearest labels."""
    values = agreement([candidate.base for candidate in candidates], neighbours, weights)
    return [
        Candidate(candidate.text, candidate.base, candidate.pieces, (*candidate.values, *row))
        for candidate, row in zip(candidates, values.tolist(), strict=True)
    ]
