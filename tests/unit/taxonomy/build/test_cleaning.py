from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.taxonomy.noise import KINDS, make_noise
from taxonomy.cleaning.features import FEATURES, feature_rows
from taxonomy.cleaning.induce import Measured, induce_rules, is_held_out, measure_named_rules, wilson_interval
from taxonomy.cleaning.model import CleaningPolicy, Judged, TypedEntity
from taxonomy.cleaning.propose import UNJUDGED_CONFIDENCE, propose_clean_up
from taxonomy.cleaning.rules import RULES, CleaningContext, broken_rules, learn_context
from taxonomy.cleaning.spelling import learn_spelling
from taxonomy.proposals.model import ProposalKind

TODAY = date(2024, 6, 1)
PLACES = ("Harbour", "Valley", "Northern", "Garden", "Winter", "Lantern", "Castle", "Orchard", "Meridian", "Silver")
TRADES = ("Bakery", "Logistics", "Foundry", "Printing", "Insurance", "Software", "Textiles", "Brewery")
ENGLISH = (Path(__file__).parents[4] / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()
NAMES = tuple(f"{place} {trade} Company" for place in PLACES for trade in TRADES)


def company(text: str, members: int = 3, **rest: object) -> TypedEntity:
    return TypedEntity(text, "company", members, **rest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def context() -> CleaningContext:
    policy = CleaningPolicy(TODAY, required={"company": ("country_code",), "school": ()})
    return learn_context([company(name) for name in NAMES], policy, texts=ENGLISH)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("123 - 45", "no_letters"),
        ("", "no_letters"),
        ("x.", "too_short"),
        ("word " * 16, "too_long"),
        ("N/A", "placeholder"),
        ("None Company", "placeholder"),
        ("Company", "only_common_words"),
        ("ABC Company", "made_up_name"),
        ("qwerty", "made_up_name"),
        ("lalalala", "repeated_characters"),
        ("xqzkvjwq", "keyboard_noise"),
        ("jobs@example.org", "contact_details"),
        ("+44 20 7946 0000", "contact_details"),
    ],
)
def test_each_rule_marks_what_it_says(context: CleaningContext, text: str, rule: str) -> None:
    assert rule in broken_rules(company(text), context)


@pytest.mark.parametrize("text", ["Winter Foundry Company", "Silver Logistics", "东", "3M", "IBM", "Test Valley"])
def test_names_break_no_rule_about_their_text(context: CleaningContext, text: str) -> None:
    assert set(broken_rules(company(text), context)) <= {"missing_attribute"}


def test_what_is_placeholder_in_a_name_may_be_work_in_a_title(context: CleaningContext) -> None:
    titles = learn_context([TypedEntity(f"{name} Lead", "title", 1) for name in NAMES], context.policy)
    assert broken_rules(TypedEntity("Test Lead", "title", 1), titles) == {}


def test_attributes_that_are_missing_or_cannot_be_true_are_named(context: CleaningContext) -> None:
    attributes = {"country_code": "Germany", "founded_year": "2050", "website": "not a site", "size": "?"}
    reasons = broken_rules(company("Silver Bakery", attributes=attributes), context)
    assert reasons == {"invalid_attribute": "invalid: country_code, founded_year, website"}
    right = {"country_code": "DE", "founded_year": "1898", "website": "https://silver.example/about"}
    assert broken_rules(company("Silver Bakery", attributes=right), context) == {}
    assert broken_rules(company("Silver Bakery"), context) == {"missing_attribute": "missing: country_code"}


def test_what_nobody_uses_is_stale_after_a_while(context: CleaningContext) -> None:
    def broken(members: int, seen: date) -> set[str]:
        return set(broken_rules(TypedEntity("Silver School", "school", members, seen), context))

    assert broken(0, TODAY) == {"nobody_mapped"}
    assert broken(1, date(2019, 1, 1)) == {"stale"}
    assert broken(50, date(2019, 1, 1)) == set()
    assert broken(1, date(2024, 1, 1)) == set()


def test_every_rule_and_feature_is_documented() -> None:
    assert all((each.__doc__ or "").endswith(".") for each in (*RULES.values(), *FEATURES.values()))


@given(text=st.text(max_size=60))
def test_any_text_can_be_judged(text: str) -> None:
    learned = learn_context([company(text), company("Silver Bakery")], CleaningPolicy(TODAY))
    assert set(broken_rules(company(text), learned)) <= set(RULES)
    assert np.isfinite(feature_rows([company(text)], learned)).all()


def test_words_spelled_as_others_are_less_strange() -> None:
    spelling = learn_spelling([*NAMES, *ENGLISH])
    assert spelling.strangeness("Northern Printing") < 2 < spelling.strangeness("xqzkvjwq")
    assert learn_spelling(NAMES).strangeness("xqzkvjwq") == 0
    assert learn_spelling([]).strangeness("xqzkvjwq") == 0


def test_induced_rules_read_as_conditions_and_are_measured_on_judgements_they_never_saw() -> None:
    judgements = [Judged(company(f"{word}{n}"), unusable=True) for n in range(60) for word in ("pp", "tt")]
    judgements += [Judged(company(name), unusable=False) for name in NAMES]
    context = learn_context([each.entity for each in judgements], CleaningPolicy(TODAY))
    rules = induce_rules(judgements, context, seed=1)
    assert all(len(rule.conditions) <= 3 for rule in rules)
    assert all(str(condition) in rule.text for rule in rules for condition in rule.conditions)
    assert rules[0].held_out.precision > 0.9
    held_out = sum(is_held_out(each.entity, 0.5, seed=1) for each in judgements)
    assert all(rule.held_out.applies <= held_out for rule in rules)
    assert rules[0].applies([company("pp99"), company(NAMES[0])], context).tolist() == [True, False]


def test_judgements_that_are_all_alike_teach_nothing(context: CleaningContext) -> None:
    assert induce_rules([], context, seed=1) == []
    assert induce_rules([Judged(company(name), unusable=False) for name in NAMES], context, seed=1) == []


def test_named_rules_are_compared_with_judgements(context: CleaningContext) -> None:
    measured = measure_named_rules(
        [Judged(company("N/A"), unusable=True), Judged(company("None"), unusable=False)], context
    )
    assert (measured["placeholder"].applies, measured["placeholder"].right) == (2, 1)
    assert measured["stale"] == Measured(0, 0, 0.0, 1.0)


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = wilson_interval(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_proposals_mark_with_reasons_and_as_much_confidence_as_their_rules_have() -> None:
    free = learn_context([company(name) for name in NAMES], CleaningPolicy(TODAY))
    entities = [company("N/A", 7), company(NAMES[0]), company("ABC Company", 0)]
    proposals = list(propose_clean_up(entities, free, precision={"placeholder": 0.97}))
    assert [(each.subject, each.confidence, each.members_affected) for each in proposals] == [
        ("N/A", 0.97, 7),
        ("ABC Company", UNJUDGED_CONFIDENCE, 0),
    ]
    assert all(each.kind is ProposalKind.CLEAN_UP for each in proposals)
    assert proposals[1].details["rules"] == ["made_up_name", "nobody_mapped"]
    assert next(iter(propose_clean_up(entities, free))).fingerprint == proposals[0].fingerprint


def test_noise_is_of_every_kind_and_the_same_for_a_seed() -> None:
    noise = make_noise(NAMES, 80, seed=1)
    assert {kind for kind, _ in noise} == set(KINDS)
    assert noise == make_noise(NAMES, 80, seed=1)
    assert not {text for _, text in noise} & set(NAMES)
