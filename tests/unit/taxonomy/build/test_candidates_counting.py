from collections import Counter, defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.candidates.bucket import FIELDS, STATISTICS
from taxonomy.candidates.counting import CountingPolicy, NgramCounts, count_ngrams
from taxonomy.candidates.evidence import count_phrases
from taxonomy.candidates.statistics import phrases_of
from taxonomy.corpus.model import Document
from taxonomy.corpus.phrases import MAX_NGRAM, ngrams, segments

texts = st.lists(st.sampled_from(["a", "B", "c", "a", "c++", ",", ".", "-", "(", "\n"]), max_size=12).map(" ".join)
corpora = st.lists(
    st.builds(
        lambda text, skills, titles: Document("d", {"skills": tuple(skills), "titles": tuple(titles)}, text),
        texts,
        st.lists(texts.filter(str.strip), max_size=3),
        st.lists(texts.filter(str.strip), max_size=2),
    ),
    max_size=8,
)


def brute_force(documents: list[Document]) -> tuple[Counter[str], dict[str, set[int]]]:
    counts: Counter[str] = Counter()
    holders: dict[str, set[int]] = defaultdict(set)
    for number, document in enumerate(documents):
        for text in (*document.fields["skills"], *document.fields["titles"], document.text):
            for segment in segments(text):
                for phrase in ngrams(segment):
                    counts[phrase] += 1
                    holders[phrase].add(number)
    return counts, holders


def counted(counts: NgramCounts, statistic: str = "count") -> dict[str, int]:
    column = STATISTICS.index(statistic)
    return {
        counts.phrase(words, row): int(table.counts[row, column])
        for words, table in enumerate(counts.tables, start=1)
        for row in range(len(table))
    }


@settings(max_examples=40)
@given(documents=corpora)
def test_one_bucket_counts_exactly_what_occurs_more_than_once(documents: list[Document]) -> None:
    counts, holders = brute_force(documents)
    found = count_ngrams(documents)
    repeated = {phrase: count for phrase, count in counts.items() if count > 1}
    ours = {phrase: count for phrase, count in counted(found).items() if len(phrase.split()) <= MAX_NGRAM}
    assert ours == repeated
    documents_of = counted(found, "documents")
    assert {phrase: documents_of[phrase] for phrase in repeated} == {
        phrase: len(holders[phrase]) for phrase in repeated
    }


@settings(max_examples=40)
@given(documents=corpora, bucket=st.integers(5, 40))
def test_many_buckets_never_count_too_many_and_miss_no_more_than_they_say(
    documents: list[Document], bucket: int
) -> None:
    counts, _ = brute_force(documents)
    found = count_ngrams(documents, CountingPolicy(bucket_tokens=bucket, max_pieces=3))
    ours = counted(found)
    assert all(count <= counts[phrase] for phrase, count in ours.items() if len(phrase.split()) <= MAX_NGRAM)
    assert all(ours.get(phrase, 0) >= count - found.uncertainty for phrase, count in counts.items())


def test_whole_values_are_told_from_parts_also_beyond_the_longest_ngram() -> None:
    long = "Head of the Institute of Applied Physics"
    documents = [Document(str(n), {"titles": (long, "Head"), "skills": ("Java", "Java (core)")}) for n in range(3)]
    titles, skills = (counted(count_ngrams(documents), name) for name in ("titles", "skills"))
    assert titles["head of the institute of applied physics"] == 3
    assert titles["head"] == 3
    assert titles["applied physics"] == 0
    assert skills["java"] == 3


def test_how_a_phrase_is_written_is_counted_only_inside_sentences() -> None:
    documents = [Document("1", {}, "Java is good. We like Java, and JAVA. java Java")]
    found = count_ngrams(documents)
    assert counted(found, "inside_sentence")["java"] == 3
    assert counted(found, "capital")["java"] == 3
    assert counted(found, "all_capitals")["java"] == 1
    assert counted(found, "ends_segment")["java"] == 3


@settings(max_examples=40)
@given(documents=corpora)
def test_counting_one_by_one_agrees_with_brute_force(documents: list[Document]) -> None:
    counts, _ = brute_force(documents)
    assert count_phrases(counts.keys(), documents) == counts


def test_firm_phrases_have_a_high_npmi_and_parts_of_longer_ones_are_incomplete() -> None:
    sentence = "we use machine learning here. learning helps us. the machine learning team. a machine"
    phrases = phrases_of(count_ngrams([Document(str(n), {}, sentence) for n in range(9)]), min_count=2)
    value = {name: dict(zip(phrases.texts, column.tolist(), strict=True)) for name, column in phrases.features.items()}
    assert value["npmi"]["machine learning"] > 0.5
    assert all(-1 <= npmi <= 1 for npmi in value["npmi"].values())
    assert value["completeness"]["we use machine"] == 0.0
    assert value["completeness"]["machine learning"] > 0
    assert value["ends_segment"]["machine"] == 1 / 3
    assert value["right_entropy"]["machine learning"] > value["right_entropy"]["we use machine"]
    assert all(len(column) == len(phrases) for column in phrases.features.values())


def test_an_empty_corpus_has_no_phrases() -> None:
    phrases = phrases_of(count_ngrams([]), min_count=2)
    assert len(phrases) == 0
    assert phrases.whole_values.shape == (0, len(FIELDS))
    assert all(column.dtype == np.float64 for column in phrases.features.values())


def test_of_too_many_phrases_the_frequent_ones_are_looked_at() -> None:
    counts = count_ngrams([Document("1", {}, "a a a a, b b b, c c, d d")])
    assert set(phrases_of(counts, min_count=2).texts) == {"a", "b", "c", "d", "a a", "a a a", "b b"}
    assert set(phrases_of(counts, min_count=2, most=4).texts) == {"a", "b", "a a"}
