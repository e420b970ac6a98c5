"""The translator: learned from pairs of labels, it names entities in another language and says how sure it is."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from core.errors import InvalidError
from taxonomy.corpus.model import Encode
from taxonomy.translation.candidates import Asked, Candidate, Proposer
from taxonomy.translation.confidence import FEATURES, Confidence, confidence_row, learn_confidence
from taxonomy.translation.decode import DecodePolicy, Decoder
from taxonomy.translation.dictionary import Dictionary
from taxonomy.translation.grammar import Learned, learn
from taxonomy.translation.model import LabelPair, Translation, TranslationPolicy
from taxonomy.translation.rank import Array, Choice, ChoiceModel, decided, learn_choice
from taxonomy.translation.rules import reversed_grammar

_FOLDS: Final = 5
_NEAR_MISS: Final = 0.3
"""What an entity counts in learning whose right translation is not among its candidates."""
_FEWEST: Final = 30
_OTHERS: Final = 3
_BATCH: Final = 256
"""Entities that are translated at once: candidates of all have vectors at the same time."""
_SHOWN: Final = 5
_NAME_OF_KIND: Final = "kind"


@dataclass(frozen=True, slots=True)
class _Judge:
    choice: ChoiceModel
    confidence: Confidence


class Translator:
    """Translates names of entities; made by `learn_translator`."""

    def __init__(self, proposer: Proposer, judge: _Judge) -> None:
        self._proposer = proposer
        self._judge = judge
        self._back = _BackTranslator(proposer.learned)

    def translate(self, asked: Sequence[Asked]) -> list[Translation]:
        """Return a translation of each entity; where there is none, its own label with confidence 0."""
        found: list[Translation] = []
        for start in range(0, len(asked), _BATCH):
            some = asked[start : start + _BATCH]
            proposed = self._proposer.propose(some)
            found += [self._chosen(one, candidates) for one, candidates in zip(some, proposed, strict=True)]
        return found

    def _chosen(self, asked: Asked, candidates: Sequence[Candidate]) -> Translation:
        if not candidates:
            return Translation(asked.labels[0], 0.0)
        chances = self._judge.choice.probabilities(_table(candidates))
        order = decided([candidate.text for candidate in candidates], chances)
        best = candidates[order[0]]
        back = self._back.translate(best)
        judge = self._judge.confidence
        row = confidence_row(asked, best, _first_two(chances, order[0]), back=back, kinds=judge.kinds)
        contributions = judge.contributions(row)
        names = [*FEATURES, *(f"{_NAME_OF_KIND} {kind}" for kind in judge.kinds)]
        return Translation(
            best.text,
            judge.probability(row),
            back,
            tuple(candidates[place].text for place in order[1 : _OTHERS + 1]),
            tuple(
                (names[place], round(float(contributions[place]), 3))
                for place in np.argsort(-np.abs(contributions), kind="stable")[:_SHOWN].tolist()
            ),
        )


class _BackTranslator:
    """Translates candidates back by the same rules the other way round."""

    def __init__(self, learned: Learned) -> None:
        self._decoder = Decoder(reversed_grammar(learned.grammar), learned.source_language, DecodePolicy(beam=6))
        self._source = learned.source

    def translate(self, candidate: Candidate) -> str:
        readings = self._decoder.translate(candidate.pieces)
        return self._source.join(readings[0].target).lower() if readings else ""


def learn_translator(
    pairs: Sequence[LabelPair],
    policy: TranslationPolicy,
    *,
    encode: Encode | None = None,
    dictionary: Dictionary | None = None,
    on_step: Callable[[str], None] = lambda _text: None,
) -> Translator:
    """Learn from entities with labels in both languages; the same for the same pairs and seed.

    First a grammar of most entities translates the others, which shows how much each feature counts; then a grammar
    of all is made. `encode` puts texts of both languages into one space (a pretrained multilingual encoder); without
    it, unknown words are copied. A `dictionary` of the two languages says more of words that few labels show.

    Raises:
        InvalidError: with too few pairs to learn anything.
    """
    usable = [pair for pair in pairs if pair.source and pair.target]
    tuned, rest = _parted(usable, policy)
    if len(tuned) < _FEWEST or not rest:
        raise InvalidError(f"{len(usable)} pairs of labels are too few to learn a translation from")
    part = learn(rest, policy, on_step)
    on_step(f"weighing features on {len(tuned):,} entities")
    judge = _judge(tuned, Proposer(part, policy, encode, dictionary), policy)
    return Translator(Proposer(learn(usable, policy, on_step), policy, encode, dictionary), judge)


def _parted(pairs: Sequence[LabelPair], policy: TranslationPolicy) -> tuple[list[LabelPair], list[LabelPair]]:
    """Return the entities that weigh features, and the others; by a hash of the id, so order does not matter."""
    places = {pair.entity_id: _place(pair.entity_id, policy.seed) for pair in pairs}
    chosen = [
        pair
        for pair in sorted(pairs, key=lambda pair: (places[pair.entity_id], pair.entity_id))
        if places[pair.entity_id] < policy.tuned_share and (not policy.kinds or pair.kind in policy.kinds)
    ][: policy.most_tuned]
    taken = {pair.entity_id for pair in chosen}
    return chosen, [pair for pair in pairs if pair.entity_id not in taken]


def _place(entity_id: str, seed: int) -> float:
    digest = hashlib.blake2b(f"{seed}\0{entity_id}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def asked_of(pair: LabelPair, policy: TranslationPolicy) -> Asked:
    """Return what is asked of a translator for an entity: its labels in the source language."""
    return Asked(pair.kind, pair.source[: policy.alternatives + 1])


def _judge(tuned: Sequence[LabelPair], proposer: Proposer, policy: TranslationPolicy) -> _Judge:
    asked = [asked_of(pair, policy) for pair in tuned]
    proposed = proposer.propose(asked)
    rows = [(pair, one, some) for pair, one, some in zip(tuned, asked, proposed, strict=True) if some]
    choices = [_choice(pair.target[0], some) for pair, _, some in rows]
    back = _BackTranslator(proposer.learned)
    kinds = sorted({pair.kind for pair in tuned})
    table: list[Array] = []
    right: list[bool] = []
    for fold in range(_FOLDS):
        model = learn_choice([choice for place, choice in enumerate(choices) if place % _FOLDS != fold])
        for pair, one, some in rows[fold::_FOLDS]:
            chances = model.probabilities(_table(some))
            place = decided([candidate.text for candidate in some], chances)[0]
            best = some[place]
            two = _first_two(chances, place)
            table.append(confidence_row(one, best, two, back=back.translate(best), kinds=kinds))
            right.append(best.text == pair.target[0])
    return _Judge(learn_choice(choices), learn_confidence(table, right, kinds))


def _first_two(chances: Array, place: int) -> tuple[float, float]:
    """Return the probability of the candidate at a place, and of the likeliest other one."""
    return float(chances[place]), float(np.delete(chances, place).max(initial=0.0))


def _choice(preferred: str, candidates: Sequence[Candidate]) -> Choice:
    """Return the candidates with the right one marked, or the nearest ones where it is missing."""
    exact = np.array([float(candidate.text == preferred) for candidate in candidates])
    if exact.any():
        return Choice(_table(candidates), exact)
    likeness = np.array([Levenshtein.normalized_similarity(candidate.text, preferred) for candidate in candidates])
    return Choice(_table(candidates), (likeness >= likeness.max() - 1e-9).astype(float), _NEAR_MISS)


def _table(candidates: Sequence[Candidate]) -> Array:
    return np.array([candidate.values for candidate in candidates])
