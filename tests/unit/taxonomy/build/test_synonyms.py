import random
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from core.errors import InvalidError
from taxonomy.synonyms.blocking import block, initials, nearest, spelling_vectors
from taxonomy.synonyms.classifier import PairModel, fit_pairs, log_odds_unseen
from taxonomy.synonyms.constraints import (
    TogetherPolicy,
    as_typed,
    count_listed,
    different_levels,
    different_marks,
    hold_back,
    links_of,
    listed_together,
    spelled_alike,
)
from taxonomy.synonyms.evidence import Evidence, feature_documentation, gather
from taxonomy.synonyms.grouping import cut_joins, group_phrases
from taxonomy.synonyms.model import BlockingPolicy, Grouping, GroupingPolicy, LogOdds, Pairs, Space
from taxonomy.synonyms.propose import propose_merges
from taxonomy.synonyms.quality import are_same, count_pairs, found_by_entity, joined_by_group, same_pairs, tune_certain

Labelled = tuple[list[str], list[frozenset[int]], Evidence]

VERBS = ("manage", "direct", "lead", "run")
THINGS = (
    "wheat farm",
    "steel plant",
    "night shelter",
    "toy shop",
    "river port",
    "silk mill",
    "brick kiln",
    "news desk",
)


def hashed_words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors in which verbs are all alike and every other word has a direction of its own."""
    rows = np.zeros((len(texts), 64), np.float32)
    for row, text in enumerate(texts):
        for word in text.split():
            rows[row] += 1.0 if word in VERBS else np.random.default_rng(sum(map(ord, word))).normal(size=64) * 3
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    keys = [f"{verb} {thing}" for thing in THINGS for verb in VERBS]
    owners = [frozenset({number}) for number in range(len(THINGS)) for _ in VERBS]
    evidence = gather(keys, {Space.ENCODER: hashed_words}, BlockingPolicy(neighbours=8))
    return keys, owners, evidence


@pytest.fixture(scope="module")
def model(labelled: Labelled) -> PairModel:
    _, owners, evidence = labelled
    return fit_pairs([(evidence, are_same(owners, evidence.pairs))], seed=1)


def pairs_of(links: Iterable[tuple[int, int]]) -> Pairs:
    rows = np.array(sorted(links), dtype=np.int64).reshape(-1, 2)
    return Pairs(rows[:, 0], rows[:, 1])


def all_pairs(count: int) -> Pairs:
    return pairs_of([(a, b) for a in range(count) for b in range(a + 1, count)])


def test_blocking_finds_lookalikes_and_initials_each_pair_once() -> None:
    keys = ["data base", "databases", "human resources", "hr", "welding"]
    pairs = block(keys, spelling_vectors(keys), {}, BlockingPolicy())
    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert {(0, 1), (2, 3)} <= found
    assert len(found) == len(pairs)
    assert all(a < b for a, b in found)
    assert initials("human resources") == "hr"


def test_nearest_rows_are_those_of_brute_force() -> None:
    rows = np.random.default_rng(3).normal(size=(30, 5)).astype(np.float32)
    scores = rows @ rows.T
    np.fill_diagonal(scores, -np.inf)
    assert (nearest(rows, 4) == np.argsort(-scores, axis=1)[:, :4]).all()
    assert nearest(rows[:1], 4).shape == (1, 0)


def test_every_feature_is_documented_and_finite(labelled: Labelled) -> None:
    _, _, evidence = labelled
    assert all(feature_documentation(name) for name in evidence.names)
    assert np.isfinite(evidence.values).all()


@pytest.mark.parametrize("keys", [[], ["java"]])
def test_fewer_than_two_phrases_have_no_pairs(keys: list[str]) -> None:
    assert len(gather(keys, {Space.WORDS: hashed_words}, BlockingPolicy()).pairs) == 0


def test_the_pair_classifier_tells_verbs_from_things_and_explains_the_sum(labelled: Labelled, model: PairModel) -> None:
    _, owners, evidence = labelled
    same = are_same(owners, evidence.pairs)
    log_odds = model.log_odds(evidence)
    assert log_odds[same].min() > log_odds[~same].max()
    for values, expected in zip(evidence.values, log_odds, strict=True):
        assert sum(model.explain(values).values()) + model.average == pytest.approx(expected, abs=0.05)


def test_a_pair_model_refuses_other_features(labelled: Labelled, model: PairModel) -> None:
    _, _, evidence = labelled
    with pytest.raises(InvalidError, match="given were"):
        PairModel(("other",), model.trees).log_odds(evidence)


def test_a_pair_classifier_needs_both_kinds_of_pairs(labelled: Labelled) -> None:
    _, _, evidence = labelled
    with pytest.raises(InvalidError, match="pairs that do not"):
        fit_pairs([(evidence, np.ones(len(evidence.pairs), bool))], seed=1)
    with pytest.raises(InvalidError, match="pairs that do not"):
        fit_pairs([], seed=1)


def test_cross_fitted_log_odds_know_nothing_of_the_pairs_that_they_are_of() -> None:
    # Whether two are the same is by chance, so only what was learned by heart can look as if it were known.
    rng = np.random.default_rng(5)
    pairs, same, entities = all_pairs(60), rng.random(1770) < 0.5, rng.integers(0, 40, 1770)
    evidence = Evidence(pairs, tuple(f"noise {n}" for n in range(30)), rng.random((1770, 30), np.float32))
    known = fit_pairs([(evidence, same)], seed=1).log_odds(evidence)
    unseen = log_odds_unseen([(evidence, same, entities)], seed=1)[0]
    assert known[same].mean() - known[~same].mean() > 0.3
    assert abs(unseen[same].mean() - unseen[~same].mean()) < 0.1


def test_cross_fitting_needs_as_many_entities_as_folds(labelled: Labelled) -> None:
    _, owners, evidence = labelled
    same, one = are_same(owners, evidence.pairs), np.zeros(len(evidence.pairs), np.int64)
    with pytest.raises(InvalidError, match="3 folds"):
        log_odds_unseen([(evidence, same, one)], seed=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.integers(0, 10_000), st.floats(-3, 3))
def test_groups_are_those_of_scipy_where_every_pair_was_compared(count: int, seed: int, certain: float) -> None:
    pairs = all_pairs(count)
    scores = np.random.default_rng(seed).normal(size=len(pairs))
    found = group_phrases(count, pairs, scores, GroupingPolicy(certain=certain)).group
    tree = linkage(10 - scores, "average")
    expected = fcluster(tree, 10 - certain, "distance")
    assert ((found[:, None] == found) == (expected[:, None] == expected)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1, 2))
def test_joins_can_be_cut_at_any_higher_threshold(seed: int, certain: float) -> None:
    rng = random.Random(seed)
    pairs = pairs_of({(min(a, b), max(a, b)) for a, b in (rng.sample(range(12), 2) for _ in range(30))})
    scores = np.random.default_rng(seed).normal(size=len(pairs)) * 2
    joins = group_phrases(12, pairs, scores, GroupingPolicy(certain=-1.0)).joins
    cut, own = cut_joins(12, joins, certain), group_phrases(12, pairs, scores, GroupingPolicy(certain=certain)).group
    assert ((cut[:, None] == cut) == (own[:, None] == own)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_what_cannot_be_joined_never_is_and_declined_pairs_are_not_asked_again(seed: int) -> None:
    rng = random.Random(seed)
    count = 10
    pairs = all_pairs(count)
    scores = np.random.default_rng(seed).normal(1, 2, size=len(pairs))
    drawn = [sorted(rng.sample(range(count), 2)) for _ in range(6)]
    links = [(a, b) for a, b in drawn]
    found = group_phrases(count, pairs, scores, GroupingPolicy(), cannot=links[:3], asked=links[3:])
    assert all(found.group[a] != found.group[b] for a, b in links)
    asked = {(a, b) for a, b, _ in found.review}
    assert not asked & {tuple(sorted((found.group[a], found.group[b]))) for a, b in links[:3]}


def test_one_likely_pair_does_not_chain_two_groups() -> None:
    pairs = pairs_of([(0, 1), (1, 2), (2, 3)])
    found = group_phrases(4, pairs, np.array([4.0, 3.0, 4.0]), GroupingPolicy(certain=1.0, review=-1.0))
    assert found.group.tolist() == [0, 0, 2, 2]
    ((a, b, height),) = found.review
    assert (a, b) == (0, 2)
    assert height == pytest.approx(-0.75)


def test_java_and_javascript_listed_together_are_asked_about_and_inflections_are_not() -> None:
    keys = ["java", "javascript", "test", "tests", "rust"]
    lists = [["java", "javascript"], ["java", "javascript", "test", "tests"], ["test", "tests"], *[["rust"]] * 6]
    pairs = all_pairs(5)
    listed = count_listed(lists, keys, pairs)
    assert listed.together[0, 1] == 2
    assert listed.npmi(0, 1) == pytest.approx(1.0)
    assert listed.npmi(0, 4) == -1.0
    together = listed_together(listed, keys, TogetherPolicy())
    assert together == [(0, 1)]
    grouping = group_phrases(5, pairs, np.full(len(pairs), 9.0), GroupingPolicy(), asked=together)
    assert grouping.group[0] != grouping.group[1]


def test_versions_languages_and_levels_differ() -> None:
    keys = ["c", "c++", "c#", "angular 2", "angular 4", "senior cook", "junior cook", "cook"]
    pairs = all_pairs(len(keys))
    marks = different_marks(keys, pairs)
    assert {(0, 1), (0, 2), (1, 2), (3, 4)} <= set(marks)
    assert (5, 6) not in marks
    levels = different_levels(keys, pairs, {"senior": "5", "junior": "2"})
    assert {(5, 6), (5, 7)} <= set(levels)
    assert different_levels(keys, pairs, {}) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("key accounts", "key account", True),
        ("data base", "database", True),
        ("photogaphy", "photography", True),
        ("data structures", "structured data", False),
        ("mobility", "mobilization", False),
        ("ssi", "ssis", False),
        ("java", "javascript", False),
    ],
)
def test_plurals_blanks_and_slips_are_spelled_alike(one: str, other: str, alike: bool) -> None:  # noqa: FBT001
    assert spelled_alike([one, other], all_pairs(2)).tolist() == [alike]


def test_pairs_of_other_words_are_held_back_for_a_person() -> None:
    assert hold_back(np.array([9.0, 9.0]), np.array([True, False]), 2.0).tolist() == [9.0, 1.99]


def test_what_differs_by_blanks_alone_is_the_same_whatever_the_classifier_says() -> None:
    keys = ["react js", "reactjs", "react", "react natives"]
    found = gather(keys, {}, BlockingPolicy())
    ends = list(zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True))
    evidence = found.take(np.array([ends.index(pair) for pair in ((0, 1), (1, 2), (2, 3))]))
    assert as_typed(np.array([-3.0, -3.0, 9.0]), keys, evidence, 2.0).tolist() == [2.0, -3.0, 1.99]
    assert as_typed(np.array([5.0, -3.0, 1.0]), keys, evidence, 2.0).tolist() == [5.0, -3.0, 1.0]


@pytest.mark.parametrize(("other", "rule"), [("lead toyshop", "blanks alone"), ("run toy shop", None)])
def test_a_merge_by_the_rule_of_blanks_says_so(model: PairModel, other: str, rule: str | None) -> None:
    keys = ["lead toy shop", other]
    evidence = gather(keys, {Space.ENCODER: hashed_words}, BlockingPolicy())
    grouping = Grouping(np.zeros(2, np.int64), {0: LogOdds(2.0)})
    (merge,) = propose_merges(keys, grouping, evidence, model, {}).certain
    assert merge.details.get("rule") == rule


def test_the_pairs_of_a_declined_merge_are_links() -> None:
    assert links_of([("b", "a", "gone"), ("c",)], ["a", "b", "c"]) == [(0, 1)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.frozensets(st.integers(0, 3), min_size=1, max_size=2)), min_size=1, max_size=12
    )
)
def test_pairs_are_counted_as_by_brute_force(items: list[tuple[int, frozenset[int]]]) -> None:
    group, owners = np.array([number for number, _ in items]), [entities for _, entities in items]
    every = [(a, b) for a in range(len(items)) for b in range(a + 1, len(items))]
    joined = [(a, b) for a, b in every if group[a] == group[b]]
    same = [(a, b) for a, b in every if owners[a] & owners[b]]
    counts = count_pairs(group, same_pairs(owners))
    assert (counts.joined, counts.same, counts.right) == (len(joined), len(same), len(set(joined) & set(same)))
    assert 0 <= counts.precision <= 1
    assert 0 <= counts.recall <= 1
    assert found_by_entity(group, same_pairs(owners)).sum(axis=0).tolist() == [counts.same, counts.right]


def test_the_threshold_is_the_lowest_that_is_precise_enough() -> None:
    same = same_pairs([frozenset({n // 2}) for n in range(40)])
    joins = [(n, n + 1, LogOdds(3.0)) for n in range(0, 40, 2)] + [(n, n + 2, LogOdds(1.0)) for n in range(0, 36, 4)]
    threshold = tune_certain(lambda at: joined_by_group(cut_joins(40, joins, at), same), precision=0.95, steps=12)
    assert threshold == pytest.approx(1.0, abs=0.01)
    assert threshold > 1.0


def test_a_threshold_that_is_surely_precise_enough_is_higher() -> None:
    rng = np.random.default_rng(2)
    size, at_odds = rng.integers(1, 9, 400), rng.random(400) * 6
    wrong = rng.binomial(size, np.clip(0.3 - at_odds / 15, 0, 1))

    def joined(at: float) -> NDArray[np.int64]:
        return np.stack([size, size - wrong], axis=1)[at_odds >= at].astype(np.int64)

    likely, surer = (tune_certain(joined, precision=0.9, steps=12, standard_errors=many) for many in (0.0, 1.0))
    assert surer > likely
    resampled = [joined(surer)[rng.integers(0, len(joined(surer)), len(joined(surer)))].sum(axis=0) for _ in range(500)]
    error = np.std([right / pairs for pairs, right in resampled])
    pairs, right = joined(surer).sum(axis=0)
    assert right / pairs - error == pytest.approx(0.9, abs=0.003)


def test_merges_are_proposed_with_reasons_and_the_same_fingerprint_each_time(
    labelled: Labelled, model: PairModel
) -> None:
    keys, _, evidence = labelled
    grouping = group_phrases(len(keys), evidence.pairs, model.log_odds(evidence), GroupingPolicy())
    found = propose_merges(keys, grouping, evidence, model, {"lead toy shop": 7, "run toy shop": 2})
    again = propose_merges(keys, grouping, evidence, model, {"lead toy shop": 7, "run toy shop": 3})
    assert {p.fingerprint for p in found.certain} == {p.fingerprint for p in again.certain}
    toys = next(p for p in found.certain if p.subject == "lead toy shop")
    assert toys.members_affected == 9
    assert toys.identity["members"] == sorted(f"{verb} toy shop" for verb in VERBS)
    assert toys.details["contributions"]
    assert 0.5 < toys.confidence <= 1
