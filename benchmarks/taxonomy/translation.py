"""Names of left-out entities in German and Spanish, learned from ESCO's labels, beside three simple translators.

Split by entity, by a hash of the id; the translator sees a left-out entity's English labels and nothing else of it.
Groups of occupations and of skills teach, and are not asked for. No encoder that learned labels takes part; the rows
with a multilingual encoder use a pretrained one that knows no taxonomy.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from benchmarks.model import BenchRow
from benchmarks.standardize.metrics import Values
from benchmarks.standardize.rows import Reference, measured, rounded
from benchmarks.taxonomy.context import BuildContext
from classifiers.encoder.multilingual import MultilingualEncoder
from core.errors import EnvironmentFaultError
from taxonomy.corpus.model import Encode
from taxonomy.importers.dictionary import read_dictionary
from taxonomy.importers.labels import clean_label
from taxonomy.importers.rows import read_csv
from taxonomy.translation.align import Bitext, learn_alignment
from taxonomy.translation.dictionary import Dictionary
from taxonomy.translation.model import LabelPair, Translation, TranslationPolicy
from taxonomy.translation.translate import asked_of, learn_translator

LANGUAGES: Final = ("de", "es")
_KINDS: Final = ("title", "skill")
_TEST_SHARE: Final = 0.1
_EXACT: Final = Reference(target=0.3)
_CHRF: Final = Reference(target=65.0)
_AUC: Final = Reference(target=0.8)
_RESAMPLES: Final = 300
_FEW: Final = 300
"""Entities that weigh the features of the simpler translator."""
_FILES: Final[Mapping[str, str]] = {
    "ISCOGroups": "supertitle",
    "skillGroups": "skill_group",
    "skills": "skill",
    "languageSkillsCollection": "skill",
    "digitalSkillsCollection": "skill",
    "transversalSkillsCollection": "skill",
    "occupations": "title",
}


@dataclass(frozen=True, slots=True)
class _Concept:
    kind: str
    labels: tuple[str, ...]
    text: str


def bench_translation(context: BuildContext) -> list[BenchRow]:
    """Translate left-out labels into each language of which the data folder has an ESCO."""
    rows: list[BenchRow] = []
    english = _concepts(context, "en")
    for language in LANGUAGES:
        other = _concepts(context, language)
        if not english or not other:
            context.on_step(f"skipped translation into {language}: no folder esco-*-{language}")
            continue
        rows += _into(context, language, _pairs(english, other))
    return rows


def _into(context: BuildContext, language: str, pairs: Sequence[LabelPair]) -> list[BenchRow]:
    test = [pair for pair in pairs if pair.kind in _KINDS and _is_test(pair.entity_id)][: context.policy.max_entities]
    known = [pair for pair in pairs if not _is_test(pair.entity_id)]
    context.on_step(f"translation en -> {language}: {len(known):,} entities to learn from, {len(test):,} left out")
    policy = TranslationPolicy(seed=context.policy.seed, kinds=frozenset(_KINDS))
    floors = _floors(known, test)
    ways: dict[str, list[Translation]] = {
        name: [Translation(text, 0.0) for text in texts] for name, texts in floors.items()
    }
    encode = _encoder(context.on_step)
    asked = [asked_of(pair, policy) for pair in test]
    if encode:
        ways["labels alone"] = _learned(_without_texts(known), replace(policy, most_tuned=_FEW), None, context)(asked)
    ways["grammar"] = _learned(known, policy, encode, context)(asked)
    if language in context.dictionaries:
        dictionary = read_dictionary(context.dictionaries[language])
        ways["with a dictionary"] = _learned(known, policy, encode, context, dictionary)(asked)
    _print_examples(context, language, test, ways["grammar"])
    return list(_rows(f"translation en -> {language}", test, ways, floors))


def _learned(
    known: Sequence[LabelPair],
    policy: TranslationPolicy,
    encode: Encode | None,
    context: BuildContext,
    dictionary: Dictionary | None = None,
) -> Callable[..., list[Translation]]:
    return learn_translator(known, policy, encode=encode, dictionary=dictionary, on_step=context.on_step).translate


def _rows(
    case: str, test: Sequence[LabelPair], ways: Mapping[str, list[Translation]], floors: Mapping[str, list[str]]
) -> Iterator[BenchRow]:
    for kind in ("", *_KINDS):
        chosen = [place for place, pair in enumerate(test) if kind in {"", pair.kind}]
        pairs = [test[place] for place in chosen]
        texts = {name: [found[place].text for place in chosen] for name, found in ways.items()}
        sub = f"{case} ({kind})" if kind else case
        exact = {name: _exact(found, pairs) for name, found in texts.items()}
        chrf = {name: _chrf(found, pairs) for name, found in texts.items()}
        best = max(floors, key=lambda name: float(exact[name].mean()))
        yield measured(
            sub, "exact", exact["grammar"], baseline=float(exact[best].mean()), baseline_name=best, reference=_EXACT
        )
        yield measured(sub, "any label", _any_label(texts["grammar"], pairs))
        yield _chrf_row(sub, texts["grammar"], pairs, max((chrf[name], name) for name in floors))
        sure = np.array([ways["grammar"][place].confidence for place in chosen])
        yield _auc_row(sub, sure, exact["grammar"])
        for name in texts:
            yield measured(f"{sub} / {name}", "exact", exact[name])
            yield BenchRow(f"{sub} / {name}", "chrF", rounded(chrf[name], 1), rows=len(pairs))


def _chrf_row(case: str, texts: list[str], pairs: Sequence[LabelPair], floor: tuple[float, str]) -> BenchRow:
    rng = np.random.default_rng(1)
    values = []
    for _ in range(_RESAMPLES):
        places = rng.integers(0, len(pairs), len(pairs)).tolist()
        values.append(_chrf([texts[place] for place in places], [pairs[place] for place in places]))
    low, high = np.percentile(values, [2.5, 97.5])
    return BenchRow(
        case,
        "chrF",
        rounded(_chrf(texts, pairs), 1),
        rounded(floor[0], 1),
        floor[1],
        None,
        _CHRF.target,
        len(pairs),
        rounded(float(low), 1),
        rounded(float(high), 1),
    )


def _auc_row(case: str, confidence: Values, right: Values) -> BenchRow:
    """Return how well the confidence separates right from wrong; .5 is a constant."""
    if not 0 < right.mean() < 1:
        return BenchRow(case, "AUC of the confidence", None, rows=len(right))
    rng = np.random.default_rng(1)
    drawn = (rng.integers(0, len(right), len(right)) for _ in range(_RESAMPLES))
    values = [roc_auc_score(right[place], confidence[place]) for place in drawn if 0 < right[place].mean() < 1]
    low, high = np.percentile(values, [2.5, 97.5])
    return BenchRow(
        case,
        "AUC of the confidence",
        rounded(float(roc_auc_score(right, confidence))),
        0.5,
        "a constant",
        None,
        _AUC.target,
        len(right),
        rounded(float(low)),
        rounded(float(high)),
    )


def _exact(texts: Sequence[str], pairs: Sequence[LabelPair]) -> Values:
    return np.array([float(text == pair.target[0]) for text, pair in zip(texts, pairs, strict=True)])


def _any_label(texts: Sequence[str], pairs: Sequence[LabelPair]) -> Values:
    """Return 1 where a translation, or the first of its two forms, is any label of the entity."""
    return np.array([
        float(bool({text, text.partition("/")[0]} & set(pair.target))) for text, pair in zip(texts, pairs, strict=True)
    ])  # fmt: skip


def _chrf(texts: Sequence[str], pairs: Sequence[LabelPair]) -> float:
    return float(sacrebleu.corpus_chrf(list(texts), [[pair.target[0] for pair in pairs]]).score)


def _floors(known: Sequence[LabelPair], test: Sequence[LabelPair]) -> dict[str, list[str]]:
    """Return the source copied, the translation of the nearest label, and each word by its likeliest translation."""
    sources = [pair.source[0].lower() for pair in known]
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    table = letters.fit_transform(sources).T.tocsr()
    nearest = np.asarray((letters.transform([pair.source[0].lower() for pair in test]) @ table).argmax(axis=1)).ravel()
    return {
        "copying the source": [pair.source[0] for pair in test],
        "nearest label's translation": [known[place].target[0] for place in nearest.tolist()],
        "word by word": _word_by_word(known, test),
    }


def _word_by_word(known: Sequence[LabelPair], test: Sequence[LabelPair]) -> list[str]:
    pairs = [(tuple(pair.source[0].lower().split()), tuple(pair.target[0].split())) for pair in known]
    aligner = learn_alignment(
        Bitext(tuple(one for one, _ in pairs), tuple(other for _, other in pairs), (1.0,) * len(pairs))
    )
    best: dict[str, tuple[float, str]] = {}
    for one, other in pairs:
        posterior = aligner.posterior(one, other)
        for row, word in enumerate(one):
            column = int(posterior[row].argmax())
            best[word] = max(best.get(word, (0.0, word)), (float(posterior[row, column]), other[column]))
    return [" ".join(best.get(word, (0.0, word))[1] for word in pair.source[0].lower().split()) for pair in test]


def _encoder(on_step: Callable[[str], None]) -> Encode | None:
    try:
        return MultilingualEncoder().encode
    except EnvironmentFaultError as error:
        on_step(f"translation without a multilingual encoder: {error}")
        return None


def _without_texts(pairs: Sequence[LabelPair]) -> list[LabelPair]:
    return [LabelPair(pair.entity_id, pair.kind, pair.source, pair.target) for pair in pairs]


def _is_test(entity_id: str) -> bool:
    digest = hashlib.blake2b(entity_id.encode(), digest_size=4, person=b"translate").digest()
    return int.from_bytes(digest, "big") < _TEST_SHARE * 2**32


def _pairs(one: Mapping[str, _Concept], other: Mapping[str, _Concept]) -> list[LabelPair]:
    return [
        LabelPair(uri, concept.kind, concept.labels, other[uri].labels, concept.text, other[uri].text)
        for uri, concept in one.items()
        if uri in other
    ]


def _concepts(context: BuildContext, language: str) -> dict[str, _Concept]:
    """Return the concepts of the newest ESCO of a language by their ids; full lists come before collections."""
    folders = sorted((context.data / "taxonomies").glob(f"esco-*-{language}"))
    found: dict[str, _Concept] = {}
    for stem, kind in _FILES.items() if folders else ():
        for path in sorted(folders[-1].glob(f"{stem}_{language}.csv*")):
            for row in read_csv(path, needed=("conceptUri", "preferredLabel"), advance=lambda _size: None):
                labels = [clean_label(label) for label in (row.get("preferredLabel"), *_split(row.get("altLabels")))]
                kept = tuple(dict.fromkeys(label for label in labels if label))
                if kept and row.get("conceptUri") not in found:
                    found[row.get("conceptUri")] = _Concept(kind, kept, row.get("description"))
    return found


def _split(text: str) -> list[str]:
    return [part for line in text.split("\n") for part in line.split(" | ")]


def _print_examples(
    context: BuildContext, language: str, test: Sequence[LabelPair], found: Sequence[Translation]
) -> None:
    context.out.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{one.confidence:.2f}\t{pair.source[0]}\t{one.text}\t{pair.target[0]}\t{one.back}"
        for pair, one in sorted(zip(test, found, strict=True), key=lambda item: -item[1].confidence)
    ]
    text = "confidence\tEnglish\ttranslated\tpreferred\ttranslated back\n" + "\n".join(lines)
    (context.out / f"translation_{language}.tsv").write_text(text, encoding="utf-8")
