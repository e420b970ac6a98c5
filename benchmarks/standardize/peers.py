"""Ours beside the libraries that people take for the same: spaCy's PhraseMatcher, Aho-Corasick, rapidfuzz.

Running text: all aliases of skills as phrases of spaCy, as SkillNER finds them (letters in any case, the longest of
overlapping ones), and all aliases of all types in an automaton of pyahocorasick. Ours looks for all types too, and
gives a confidence. Where sentences with marked spans are there, a span counts as found where both of its ends are
right; ours are the linked mentions of skills. Nobody has learned from these sentences.

A title alone: rapidfuzz over the aliases of titles, one by one with its default scorer and in batches with a fast
one. Which answer is right is asked of ESCO's occupations alone, for all alike; speed with everything loaded.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process, utils

from benchmarks.model import BenchRow
from benchmarks.standardize import sentences, titles
from benchmarks.standardize.context import Context
from benchmarks.standardize.finders import Find, aho_corasick_finder, our_finder, spacy_finder
from benchmarks.standardize.marked_spans import FOLDER, read_marked, span_counts
from benchmarks.standardize.metrics import RESAMPLES, Values
from benchmarks.standardize.rows import measured, rounded
from benchmarks.standardize.speed import sample_titles
from benchmarks.standardize.taxonomies import LabelledEntities, compiled_snapshot, standardizer_of
from benchmarks.standardize.timing import seconds_of_each
from classifiers.standardize.compiled import CompiledTaxonomy
from classifiers.standardize.model import Answer, Query
from taxonomy.model import EntityType, Snapshot

SPACY: Final = "spaCy PhraseMatcher, skills"
AHO_CORASICK: Final = "pyahocorasick, all types"
ONE_BY_ONE: Final = "rapidfuzz extractOne, WRatio"
IN_BATCHES: Final = "rapidfuzz cdist, token_sort_ratio"
_POSTING_CHARACTERS: Final = 5_000
_TITLES: Final = 500
"""Titles of which the answers are judged."""
_SLOW_TITLES: Final = 40
"""Titles that rapidfuzz is asked one by one with everything loaded: it takes a tenth of a second for each."""
_BATCH, _BATCHES = 50, 10


def bench_peers(context: Context) -> list[BenchRow]:
    """Measure finding in running text, then titles alone."""
    taxonomy = context.taxonomies.compiled
    return [*_running_text(context, taxonomy), *_right_titles(context), *_title_speed(context, taxonomy)]


def ratio_interval(parts: Values, wholes: Values, *, seed: int = 1) -> tuple[float, float]:
    """Return the 95 % interval of the sum of `parts` over that of `wholes`, by resampling what they are of."""
    rng = np.random.default_rng(seed)
    ratios = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(0, len(parts), len(parts))
        ratios.append(_ratio(parts[chosen], wholes[chosen]))
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(low), float(high)


def _ratio(parts: Values, wholes: Values) -> float:
    return float(parts.sum() / total) if (total := wholes.sum()) else 0.0


def _running_text(context: Context, taxonomy: CompiledTaxonomy) -> list[BenchRow]:
    context.on_step("peers: building what finds aliases in running text")
    finders = _peers(context, taxonomy)
    marked = {path.name.split(".")[0]: read_marked(path) for path in context.files(FOLDER, "*.json.gz")}
    rows: list[BenchRow] = []
    for stem, all_of_file in marked.items():
        chosen = context.cut(all_of_file)
        context.on_step(f"peers: {len(chosen):,} sentences of {stem} with marked spans")
        ours = span_counts(our_finder(standardizer_of(taxonomy)), chosen)
        for name, find in finders.items():
            rows += _span_rows(f"peers, skill spans ({stem})", ours, name, span_counts(find, chosen))
    postings = _postings(context, [one.text for found in marked.values() for one in found])
    if not postings:
        context.on_step("skipped running text beside peers: the data has no sentences")
        return rows
    context.on_step(f"peers: {len(postings)} postings of running text")
    seconds = seconds_of_each(our_finder(standardizer_of(taxonomy)), postings)
    lengths = np.array([len(posting) for posting in postings], dtype=np.float64)
    for name, find in finders.items():
        rows += _speed_rows(
            "peers, running text", "characters/s", lengths, seconds, name, seconds_of_each(find, postings)
        )
    return rows


def _peers(context: Context, taxonomy: CompiledTaxonomy) -> dict[str, Find]:
    """Return the finders that are installed."""
    kinds = [taxonomy.types[entity] is EntityType.SKILL for entity in taxonomy.alias_entities.tolist()]
    aliases = list(zip(taxonomy.alias_texts, kinds, strict=True))
    makers: dict[str, Callable[[], Find]] = {
        SPACY: lambda: spacy_finder([text for text, is_skill in aliases if is_skill]),
        AHO_CORASICK: lambda: aho_corasick_finder(aliases),
    }
    finders: dict[str, Find] = {}
    for name, make in makers.items():
        try:
            finders[name] = make()
        except ModuleNotFoundError as error:
            context.on_step(f"without {name}: {error}; the extra bench installs it")
    return finders


def _span_rows(
    case: str, ours: tuple[Values, Values, Values], name: str, peer: tuple[Values, Values, Values]
) -> list[BenchRow]:
    """Return precision, recall and F1 over all sentences, each the ratio of two sums."""
    return [
        BenchRow(
            case,
            metric,
            rounded(_ratio(*mine)),
            rounded(_ratio(*theirs)),
            name,
            None,
            None,
            len(mine[0]),
            *map(rounded, ratio_interval(*mine)),
        )
        for (metric, mine), theirs in zip(_measures(*ours).items(), _measures(*peer).values(), strict=True)
    ]


def _measures(right: Values, found: Values, marked: Values) -> dict[str, tuple[Values, Values]]:
    return {"precision": (right, found), "recall": (right, marked), "F1": (2 * right, found + marked)}


def _speed_rows(case: str, metric: str, amounts: Values, ours: Values, name: str, peer: Values) -> list[BenchRow]:
    """Return both speeds and how many times as fast ours is, from the seconds that each took for the same."""
    count, (low, high) = len(amounts), ratio_interval(amounts, ours)
    times_low, times_high = ratio_interval(peer, ours)
    rate, peer_rate = _ratio(amounts, ours), _ratio(amounts, peer)
    return [
        BenchRow(case, metric, round(rate), round(peer_rate), name, None, None, count, round(low), round(high)),
        BenchRow(
            case,
            f"times its {metric}",
            rounded(_ratio(peer, ours), 2),
            1.0,
            name,
            None,
            None,
            count,
            rounded(times_low, 2),
            rounded(times_high, 2),
        ),
    ]


def _postings(context: Context, marked: Sequence[str]) -> list[str]:
    """Return running text in pieces of a posting's length, every sentence once, as far as the policy allows."""
    found = [
        sentence.text
        for path in context.files(sentences.FOLDER, "*.csv")
        for sentence in sentences.read_sentences(path)
    ]
    text = " ".join(dict.fromkeys([*found, *marked]))[: context.policy.running_text_characters]
    return [text[start : start + _POSTING_CHARACTERS] for start in range(0, len(text), _POSTING_CHARACTERS)]


def _right_titles(context: Context) -> list[BenchRow]:
    """Return how often the best answer is the right occupation of ESCO."""
    rows: list[BenchRow] = []
    for path in context.files(titles.FOLDER, "*.csv"):
        read = titles.read_titles(path)
        asked = context.cut(read[:: max(1, len(read) // _TITLES)][:_TITLES])
        occupations = context.taxonomies.occupations
        gold = np.array([occupations.index_by_uri.get(row.uri, -1) for row in asked])
        texts = [row.title for row in asked]
        context.on_step(f"peers: {len(texts):,} titles of {path.name}")
        ours = (_our_occupations(context, occupations, texts) == gold).astype(np.float64)
        for name, search in {ONE_BY_ONE: extract_one, IN_BATCHES: nearest}.items():
            found = occupations.labels.entities[search(texts, prepared(occupations.labels.texts))]
            peer = float((found == gold).mean())
            case = f"peers, a title alone ({path.stem})"
            rows.append(measured(case, "accuracy@1", ours, baseline=peer, baseline_name=name))
    return rows


def _our_occupations(context: Context, occupations: LabelledEntities, texts: Sequence[str]) -> Values:
    """Return the place of the product's best occupation for each title, -2 where it has none."""
    snapshot = Snapshot(context.taxonomies.english_esco.version, occupations.entities)
    standardizer = standardizer_of(compiled_snapshot(snapshot, context.taxonomies.scratch / "peers"))
    places = {entity.entity_id: place for place, entity in enumerate(occupations.entities)}
    answers = standardizer.standardize_many([Query(text, EntityType.TITLE) for text in texts])
    return np.array([places.get(_surest(answer), -2) for answer in answers], dtype=np.float64)


def _surest(answer: Answer) -> str:
    best = max(
        (mention.candidates[0] for mention in answer.mentions if mention.candidates),
        key=lambda candidate: candidate.confidence,
        default=None,
    )
    return best.entity_id if best is not None else ""


def prepared(texts: Iterable[str]) -> list[str]:
    """Return texts as rapidfuzz advises to compare them: in lower case, letters and digits only."""
    return [utils.default_process(text) for text in texts]


def extract_one(texts: Sequence[str], labels: Sequence[str]) -> list[int]:
    """Return the place of the best of prepared labels for each text, asked one by one, with the default scorer."""
    return [process.extractOne(text, labels, scorer=fuzz.WRatio)[2] for text in prepared(texts)]


def nearest(texts: Sequence[str], labels: Sequence[str]) -> list[int]:
    """Return the same for all texts at once, by words in any order, which is several times faster."""
    scores = process.cdist(prepared(texts), labels, scorer=fuzz.token_sort_ratio, dtype=np.float32, workers=1)
    best: list[int] = scores.argmax(axis=1).tolist()
    return best


def _title_speed(context: Context, taxonomy: CompiledTaxonomy) -> list[BenchRow]:
    """Return titles a second with everything loaded, of ours and rapidfuzz over the same titles."""
    kinds = [taxonomy.types[entity] is EntityType.TITLE for entity in taxonomy.alias_entities.tolist()]
    labels = prepared(text for text, is_title in zip(taxonomy.alias_texts, kinds, strict=True) if is_title)
    if not labels:
        context.on_step("skipped titles beside peers: the taxonomies have no titles")
        return []
    texts = sample_titles(context, taxonomy)
    few = texts[:_SLOW_TITLES]
    batches = [texts[start : start + _BATCH] for start in range(0, min(len(texts), _BATCH * _BATCHES), _BATCH)]
    context.on_step(f"peers: {len(few)} titles one by one, {sum(map(len, batches))} in batches")
    standardizer = standardizer_of(taxonomy)
    standardizer.standardize(Query("warm up", EntityType.TITLE))
    ours = seconds_of_each(lambda text: standardizer.standardize(Query(text, EntityType.TITLE)), few)
    peer = seconds_of_each(lambda text: extract_one([text], labels), few)
    case = "peers, a title alone"
    rows = _speed_rows(case, "titles/s, one by one", np.ones(len(few)), ours, ONE_BY_ONE, peer)
    fresh = standardizer_of(taxonomy)
    lengths = np.array([len(batch) for batch in batches], dtype=np.float64)
    ours = seconds_of_each(
        lambda batch: fresh.standardize_many([Query(text, EntityType.TITLE) for text in batch]), batches
    )
    peer = seconds_of_each(lambda batch: nearest(batch, labels), batches)
    return rows + _speed_rows(case, f"titles/s, batches of {_BATCH}", lengths, ours, IN_BATCHES, peer)
