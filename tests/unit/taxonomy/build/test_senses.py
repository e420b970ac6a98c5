import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import InvalidError
from taxonomy.senses.concentration import fit_concentration
from taxonomy.senses.contexts import ContextSpace, collect_contexts, context_space
from taxonomy.senses.finding import TokenCounts, find_senses, senses_of, typical_company
from taxonomy.senses.model import Contexts, PhraseSenses, SensePolicy
from taxonomy.senses.propose import propose_senses
from taxonomy.senses.serving import load_sense_model, make_sense_model, save_sense_model
from taxonomy.senses.splitting import SplitModel, fit_splits, split, throw_together

POLICY = SensePolicy(min_contexts=20, max_contexts=60, min_sense=5, trials=2)
FIELDS = tuple(range(12))


def company_of(field: int) -> list[str]:
    return [f"f{field}w{number}" for number in range(8)]


@pytest.fixture(scope="module")
def corpus() -> list[list[str]]:
    """Twelve fields of work with words of their own; each has a name, and `chef` is in the first two."""
    rng = random.Random(5)
    sequences = []
    for field in FIELDS:
        for _ in range(40):
            words = rng.sample(company_of(field), 4)
            sequences.append([*words[:2], f"name{field}", *words[2:]])
            if field < 2:
                sequences.append([*words, "chef"])
    return sequences


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Words of a field lie near the direction of the field."""
    rows = np.zeros((len(texts), 32), np.float32)
    for row, text in enumerate(texts):
        own = np.random.default_rng(sum(map(ord, text)))
        rows[row] = 0.8 * own.normal(size=32)
        if text.startswith("f") and "w" in text:
            rows[row] += 2 * np.random.default_rng(int(text[1:].split("w")[0])).normal(size=32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def contexts(corpus: list[list[str]]) -> Contexts:
    return collect_contexts(corpus, {"chef", *(f"name{field}" for field in FIELDS)}, POLICY, seed=1)


@pytest.fixture(scope="module")
def space(corpus: list[list[str]], contexts: Contexts) -> ContextSpace:
    return context_space(corpus, encode, contexts)


@pytest.fixture(scope="module")
def names(contexts: Contexts) -> Contexts:
    return {phrase: some for phrase, some in contexts.items() if phrase != "chef"}


@pytest.fixture(scope="module")
def model(names: Contexts, space: ContextSpace) -> SplitModel:
    return fit_splits(names, space, POLICY, seed=1, pairs=30)


@pytest.fixture(scope="module")
def found(contexts: Contexts, space: ContextSpace, model: SplitModel) -> dict[str, PhraseSenses]:
    return {one.phrase: one for one in find_senses(contexts, space, model, POLICY, seed=1)}


def test_contexts_hold_no_mention_of_the_phrase_and_are_bounded(corpus: list[list[str]]) -> None:
    many = collect_contexts([*corpus, ["chef", "a", "chef", "b", "c"]], ["chef"], POLICY, seed=1)
    assert len(many["chef"]) == POLICY.max_contexts
    assert all("chef" not in context for context in many["chef"])
    assert collect_contexts([["chef", "a"]], ["chef"], POLICY, seed=1) == {}


def test_a_phrase_of_two_fields_has_two_senses_and_most_phrases_have_one(found: dict[str, PhraseSenses]) -> None:
    assert len(found["chef"].senses) == 2
    assert found["chef"].confidence > 0.5
    assert sum(len(one.senses) == 1 for phrase, one in found.items() if phrase != "chef") >= 11


def test_senses_are_named_by_their_company(found: dict[str, PhraseSenses]) -> None:
    fields = [{company.token.split("w")[0] for company in sense.company} for sense in found["chef"].senses]
    assert sorted(map(sorted, fields)) == [["f0"], ["f1"]]
    assert sum(sense.share for sense in found["chef"].senses) == pytest.approx(1)
    assert found["chef"].senses[0].label.count(",") >= 1


def test_the_same_seed_finds_the_same(
    contexts: Contexts, space: ContextSpace, model: SplitModel, found: dict[str, PhraseSenses]
) -> None:
    again = senses_of("chef", contexts["chef"], space, model, POLICY, seed=1)
    assert again.assigned == found["chef"].assigned


def test_contexts_that_are_all_the_same_are_one_sense(space: ContextSpace, model: SplitModel) -> None:
    same = [("f0w1", "f0w2", "f0w3")] * 50
    assert split(space.vectors(same), trials=2, seed=1) is None
    assert len(senses_of("x", same, space, model, POLICY, seed=1).senses) == 1


def test_too_few_phrases_are_an_error(space: ContextSpace) -> None:
    with pytest.raises(InvalidError, match="need 8 phrases"):
        fit_splits({"a": [("f0w1",)] * 30}, space, POLICY, seed=1)
    with pytest.raises(InvalidError, match="two phrases"):
        fit_concentration({}, space, POLICY, seed=1)


def test_pseudo_words_have_the_shares_asked_for(names: Contexts) -> None:
    drawn = throw_together(names, ["name0", "name1"], 40, random.Random(1), shares=[0.25, 0.75])
    assert (drawn.source.count(0), drawn.source.count(1)) == (10, 30)
    assert len(throw_together(names, ["name0"], 15, random.Random(1)).contexts) == 15


def test_typical_company_is_what_others_lack() -> None:
    company = typical_company(TokenCounts({"a": 5, "b": 5}, 5), TokenCounts({"b": 5, "c": 5}, 5), 3)
    assert [one.token for one in company] == ["a"]
    assert [one.token for one in typical_company(TokenCounts({"d": 1}, 1), TokenCounts({}, 0), 3)] == ["d"]


def test_a_served_context_gets_its_sense_and_survives_saving(
    names: Contexts, space: ContextSpace, found: dict[str, PhraseSenses], tmp_path: Path
) -> None:
    served = make_sense_model(found.values(), space, fit_concentration(names, space, POLICY, seed=1, pairs=20))
    senses = found["chef"].senses
    first = senses[0].company[0].token.split("w")[0]
    likely = served.probabilities("chef", (f"{first}w1", f"{first}w2", "unknown"))
    assert likely.argmax() == 0
    assert likely[0] > 0.9
    save_sense_model(served, tmp_path / "senses")
    loaded = load_sense_model(tmp_path / "senses")
    assert loaded.heads_of("chef") == tuple(sense.head for sense in senses)
    assert loaded.heads_of("never seen") == ()
    assert np.array_equal(loaded.probabilities("chef", (f"{first}w1",)), served.probabilities("chef", (f"{first}w1",)))
    (tmp_path / "senses" / "centres.npy").write_bytes(b"damaged")
    with pytest.raises(InvalidError, match="SHA-256"):
        load_sense_model(tmp_path / "senses")


@settings(max_examples=50, deadline=None)
@given(context=st.lists(st.text(max_size=6), max_size=6))
def test_probabilities_sum_to_one_for_any_context(
    space: ContextSpace, found: dict[str, PhraseSenses], context: list[str]
) -> None:
    served = make_sense_model(found.values(), space, 10.0)
    assert served.probabilities("chef", tuple(context)).sum() == pytest.approx(1)
    assert served.probabilities("never seen", tuple(context)).tolist() == [1.0]


def test_only_phrases_of_several_senses_are_proposed(found: dict[str, PhraseSenses]) -> None:
    proposals = list(propose_senses(found.values(), {"chef": 12}))
    chef = next(one for one in proposals if one.subject == "chef")
    assert chef.members_affected == 12
    for shown in (chef.details["senses"], chef.identity["senses"]):
        assert isinstance(shown, list)
        assert len(shown) == 2
    assert chef.snippets
    assert all(len(found[one.subject].senses) > 1 for one in proposals)
