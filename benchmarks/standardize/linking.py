"""National occupation titles to ESCO in several languages: the protocol of MELO (Retyk et al. 2024).

As MELO's evaluator does it: every corpus element (a label) is ranked by itself, labels of one concept are not
joined beyond what our own taxonomies say of them; scores are rounded to five decimals; of equal scores the greater
element id comes first, as trec_eval orders them; the reciprocal rank of the first relevant element counts, 0 beyond
the first 100. A second metric joins the elements of a concept, which says more of use in practice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.model import BenchRow
from benchmarks.standardize import references
from benchmarks.standardize.context import Context
from benchmarks.standardize.matcher import Matcher, score_in_chunks
from benchmarks.standardize.metrics import Values, reciprocal
from benchmarks.standardize.ranking import EntityMatcher, labels_of
from benchmarks.standardize.reading import find_file, read_judgements, read_table, refuse
from benchmarks.standardize.rows import Figures, compare, mean_of_sets
from benchmarks.standardize.served import served_matchers
from classifiers.standardize.text import fold
from core.errors import InvalidError
from taxonomy.importers.labels import ANY_LANGUAGE
from taxonomy.model import EntityType, Snapshot

FOLDER = "occupation_linking"
_ENGLISH: Final = "en"
_NAME: Final = re.compile(r"(?P<source>\w+)_q_(?P<query>[a-z]{2})_c_(?P<corpus>[a-z]{2})\Z")
DEPTH: Final = 100
BY_CONCEPT: Final = ", concepts joined"


@dataclass(frozen=True, slots=True)
class LinkingSet:
    """Queries, corpus elements in descending order of their ids, their concepts, and what is relevant."""

    name: str
    query_language: str
    corpus_language: str
    queries: tuple[str, ...]
    elements: tuple[str, ...]
    concepts: NDArray[np.int64]
    relevant: tuple[tuple[int, ...], ...]


def bench_linking(context: Context) -> list[BenchRow]:
    """Rank the corpus of every folder, and average over the languages."""
    rows: list[BenchRow] = []
    own, to_english = list[Figures](), list[Figures]()
    known = KnownLabels(context.taxonomies.everything)
    folders = context.folders(FOLDER)
    matchers = served_matchers(context) if folders else []
    for folder in folders:
        one = read_linking(folder)
        context.on_step(f"{one.name}: {len(one.queries):,} queries, {len(one.elements):,} elements")
        queries = context.cut(range(len(one.queries)))
        case = f"occupation linking ({one.name})"
        ranks = context.measure_ways(partial(ranks_by, one=one, chosen=queries, known=known))
        for matcher in matchers:
            ranks = ranks.served(ranks_by(matcher, one, queries, known))
        figures = ranks.each(lambda values: reciprocal(values, cut=DEPTH))
        elements = _only(figures, by_concept=False)
        reference = references.linking(one.query_language, one.corpus_language)
        rows += compare(case, "MRR", elements, reference)
        rows += compare(case, "MRR by concept", _only(figures, by_concept=True))[:1]
        if one.query_language == one.corpus_language != _ENGLISH:
            own.append(elements)
        elif one.query_language != one.corpus_language == _ENGLISH:
            to_english.append(elements)
    rows += mean_of_sets("occupation linking, own language", "mean MRR", own, references.LINKING_OWN_LANGUAGE)
    rows += mean_of_sets("occupation linking, to English", "mean MRR", to_english, references.LINKING_TO_ENGLISH)
    return rows


def read_linking(folder: Path) -> LinkingSet:
    """Return the set of a folder, whose name tells the languages.

    Raises:
        InvalidError: for a name of another form, a missing file, a damaged line or an unknown id.
    """
    match = _NAME.match(folder.name)
    if match is None:
        raise InvalidError(f"{FOLDER}/{folder.name}: a name such as usa_q_en_c_en is needed, with two languages")
    queries = [values for _, values in read_table(find_file(folder, "queries"), fields=2)]
    path = find_file(folder, "corpus_elements")
    elements = sorted((values for _, values in read_table(path, fields=2)), reverse=True)
    mapping = find_file(folder, "concept_mapping")
    concept_of = {values[0]: values[1] for _, values in read_table(mapping, fields=2)}
    for element, _ in elements:
        if element not in concept_of:
            raise refuse(mapping, len(concept_of), f"no concept for the corpus element {element!r}")
    judgements = find_file(folder, "annotations")
    relevant = read_judgements(judgements, [query for query, _ in queries], [element for element, _ in elements])
    for (query, _), found in zip(queries, relevant, strict=True):
        if not found:
            raise InvalidError(f"{folder.name}/{judgements.name}: nothing is relevant for the query {query!r}")
    concepts = np.unique([concept_of[element] for element, _ in elements], return_inverse=True)[1]
    return LinkingSet(
        folder.name,
        match["query"],
        match["corpus"],
        tuple(text for _, text in queries),
        tuple(text for _, text in elements),
        concepts,
        tuple(relevant),
    )


def first_ranks(
    scores: NDArray[np.float32], relevant: Sequence[int], concepts: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the rank of the first relevant element, and the number of concepts up to and with its concept.

    Elements are in descending order of their ids, so that an earlier one of the same score comes first.
    """
    kept = np.round(scores, 5)
    columns = np.array(relevant)
    best = kept[columns].max()
    first = int(columns[kept[columns] == best].min())
    before = np.flatnonzero(kept >= best)
    before = before[(kept[before] > best) | (before < first)]
    return 1.0 + len(before), 1.0 + len(set(concepts[before].tolist()) - {int(concepts[first])})


class KnownLabels:
    """The titles of our own taxonomies, in all languages, and which entity each of their labels names."""

    def __init__(self, snapshot: Snapshot) -> None:
        groups = [
            list(dict.fromkeys(alias.text for alias in entity.aliases))
            for entity in snapshot.entities
            if entity.type is EntityType.TITLE
        ]
        self.labels = labels_of([group for group in groups if group], language=ANY_LANGUAGE)
        self._entity_by_key: dict[str, int] = {}
        for text, entity in zip(self.labels.texts, self.labels.entities.tolist(), strict=True):
            self._entity_by_key.setdefault(fold(text), entity)

    def places(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return the entity that each text names in our taxonomies, or -1."""
        return np.array([self._entity_by_key.get(fold(text), -1) for text in texts], dtype=np.int64)


def ranks_by(matcher: Matcher, one: LinkingSet, chosen: Sequence[int], known: KnownLabels) -> dict[str, Values]:
    """Return the ranks by element and by concept.

    Where our taxonomies have an element as a label, a matcher that knows entities may use what else they say of it.
    """
    places = known.places(one.elements)
    ranks: list[tuple[float, float]] = []
    chunks = score_in_chunks(
        matcher,
        [one.queries[i] for i in chosen],
        one.elements,
        query_language=one.query_language,
        corpus_language=one.corpus_language,
    )
    for span, of_elements in chunks:
        scores = of_elements
        if isinstance(matcher, EntityMatcher):
            bonus = matcher.entity_bonus([one.queries[i] for i in chosen[span]], known.labels)
            scores = scores + np.where(places >= 0, bonus[:, places], 0.0).astype(np.float32)
        found = [one.relevant[i] for i in chosen[span]]
        ranks += [first_ranks(row, right, one.concepts) for row, right in zip(scores, found, strict=True)]
    by_element, by_concept = np.array(ranks).T
    return {matcher.name: by_element, matcher.name + BY_CONCEPT: by_concept}


def _only(figures: Figures, *, by_concept: bool) -> Figures:
    """Return the figures of one way to count."""
    floors, ours = (
        {
            name.removesuffix(BY_CONCEPT): values
            for name, values in part.items()
            if name.endswith(BY_CONCEPT) is by_concept
        }
        for part in (figures.floors, figures.ours)
    )
    return Figures(floors, ours)
