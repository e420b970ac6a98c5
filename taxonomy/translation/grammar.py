"""From pairs of labels to everything that a translation into one language needs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from taxonomy.translation.align import Aligner, Bitext, learn_alignment
from taxonomy.translation.compounds import CompoundForms, learn_compound_forms, with_compound_forms
from taxonomy.translation.forms import FormModel, base_form, learn_forms, without_second_forms
from taxonomy.translation.language import NgramModel
from taxonomy.translation.model import LabelPair, TranslationPolicy
from taxonomy.translation.pieces import PieceModel, Pieces, learn_pieces
from taxonomy.translation.rules import LINKED, Grammar, grammar_of, phrases_of_texts, rules_of
from taxonomy.translation.sentences import sentence_pairs
from taxonomy.translation.surface import SurfaceModel, learn_surface

_LONGEST: Final = 14
_LONGEST_SENTENCE: Final = 60
_MOST_ALTERNATIVES: Final = 8
_ORDER: Final = 4
_LETTERS: Final = 5
_NOISE: Final = 0.3
_OTHERS: Final = 0.1
"""What labels of other kinds count in the language model of a kind."""
_ALTERNATIVES: Final = 0.15
_TEXTS: Final = 0.02
_Labelled = tuple[Pieces, Pieces, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned from pairs of labels; models by kind of entity, "" for any."""

    source: PieceModel
    target: PieceModel
    aligner: Aligner
    grammar: Grammar
    compounds: CompoundForms
    language: dict[str, NgramModel]
    source_language: NgramModel
    letters: dict[str, NgramModel]
    surface: SurfaceModel
    forms: dict[str, FormModel]
    vocabulary: Counter[str]
    preferred: frozenset[str]
    memory: tuple[tuple[str, str], ...]


def learn(pairs: Sequence[LabelPair], policy: TranslationPolicy, on_step: Callable[[str], None]) -> Learned:
    """Learn from pairs of labels; the same for the same pairs."""
    source = learn_pieces([(p.kind, label.lower()) for p in pairs for label in p.source])
    target = learn_pieces([(p.kind, label) for p in pairs for label in p.target], [p.target_text for p in pairs])
    forms = {
        kind: learn_forms(pair.target[0] for pair in pairs if kind in {"", pair.kind})
        for kind in ("", *sorted({pair.kind for pair in pairs}))
    }
    bases = [base_labels(pair, forms[pair.kind]) for pair in pairs]
    on_step(f"aligning {len(pairs):,} pairs of labels")
    labels = list(_labels(pairs, bases, source, target, policy))
    texts = list(_sentences(pairs, source, target))
    aligner = learn_alignment(Bitext(*zip(*labels, *texts, strict=True)))
    on_step("making rules")
    vocabulary = _vocabulary(pairs, target)
    compounds = learn_compound_forms(vocabulary, target)
    kinds = ["", *sorted(policy.kinds or {pair.kind for pair in pairs})]
    weighed = [
        (pair.kind, label, _ALTERNATIVES if number else 1.0)
        for pair, base in zip(pairs, bases, strict=True)
        for number, label in enumerate(base)
    ]
    split = [(kind, target.split(label), weight) for kind, label, weight in weighed]
    spelled = [(kind, tuple(label), weight) for kind, label, weight in weighed if kind in kinds]
    return Learned(
        source,
        target,
        aligner,
        with_compound_forms(_grammar(labels, texts, aligner, policy), compounds),
        compounds,
        _models(split, kinds, [other for _, other, _ in texts], order=_ORDER),
        NgramModel(_ORDER, ((source.split(pair.source[0].lower()), 1.0) for pair in pairs)),
        _models(spelled, kinds, order=_LETTERS),
        learn_surface(weighed, kinds, target.words),
        forms,
        vocabulary,
        frozenset(pair.target[0] for pair in pairs),
        tuple((pair.source[0], base[0]) for pair, base in zip(pairs, bases, strict=True)),
    )


def base_labels(pair: LabelPair, forms: FormModel) -> list[str]:
    """Return the target labels of a pair in their first forms, the preferred one first."""
    others = without_second_forms(list(pair.target[1:]), forms)
    return list(dict.fromkeys([base_form(pair.target[0]), *map(base_form, others)]))


def _labels(
    pairs: Sequence[LabelPair],
    bases: Sequence[list[str]],
    source: PieceModel,
    target: PieceModel,
    policy: TranslationPolicy,
) -> Iterator[_Labelled]:
    """Yield all pairs of labels of an entity: the preferred two count 1, one of them `_NOISE`, none its square."""
    for pair, base in zip(pairs, bases, strict=True):
        ones = list(dict.fromkeys(label.lower() for label in pair.source))[: _MOST_ALTERNATIVES + 1]
        others = [target.split(label) for label in base[: policy.alternatives + 2]]
        for place, one in enumerate(map(source.split, ones)):
            for number, other in enumerate(others):
                if 0 < len(one) <= _LONGEST and 0 < len(other) <= _LONGEST:
                    yield one, other, _NOISE ** ((place > 0) + (number > 0))


def _sentences(pairs: Sequence[LabelPair], source: PieceModel, target: PieceModel) -> Iterator[_Labelled]:
    """Yield the sentences of definitions in pieces, those that are not too long to be aligned."""
    for pair in pairs:
        for left, right in sentence_pairs(pair.source_text, pair.target_text):
            one, other = source.split(left.lower()), target.split(right)
            if 0 < len(one) <= _LONGEST_SENTENCE and 0 < len(other) <= _LONGEST_SENTENCE:
                yield one, other, 1.0


def _grammar(
    labels: Sequence[_Labelled], texts: Sequence[_Labelled], aligner: Aligner, policy: TranslationPolicy
) -> Grammar:
    counts: defaultdict[tuple[Pieces, Pieces], float] = defaultdict(float)
    for source, target, weight in labels:
        posterior = aligner.posterior(source, target)
        links = posterior >= LINKED
        if weight < 1 and (links.any(axis=0).mean() + links.any(axis=1).mean()) / 2 < policy.coverage:
            continue
        for rule in rules_of(source, target, links):
            counts[rule] += weight if weight == 1 else policy.alternative_weight
    for source, target, _ in texts:
        for rule in phrases_of_texts(source, target, aligner.posterior(source, target)):
            counts[rule] += policy.text_weight
    return grammar_of(counts, aligner)


def _models(
    labels: Sequence[tuple[str, Sequence[str], float]],
    kinds: Sequence[str],
    texts: Sequence[Pieces] = (),
    *,
    order: int,
) -> dict[str, NgramModel]:
    """Return an n-gram model a kind: of its labels, less of those of other kinds, and a little of definitions."""
    return {
        kind: NgramModel(
            order,
            (
                *((label, weight * (1.0 if kind in {"", own} else _OTHERS)) for own, label, weight in labels),
                *((text, _TEXTS) for text in texts),
            ),
        )
        for kind in kinds
    }


def _vocabulary(pairs: Sequence[LabelPair], target: PieceModel) -> Counter[str]:
    """Return how often each piece of the target language occurs, in labels and definitions."""
    texts = (text for pair in pairs for text in (*pair.target, pair.target_text))
    return Counter(piece for text in texts for piece in target.split(text) if any(map(str.isalpha, piece)))
