from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import InvalidError
from taxonomy.proposals.model import ProposalKind
from taxonomy.translation.candidates import Asked
from taxonomy.translation.dictionary import dictionary_of
from taxonomy.translation.model import LabelPair, TranslationMethod, TranslationPolicy
from taxonomy.translation.queue import Untranslated, coverage, translation_proposals, translation_queue
from taxonomy.translation.rank import Choice, learn_choice
from taxonomy.translation.translate import Translator, asked_of, learn_translator

THINGS = {
    "bread": "pan",
    "water": "agua",
    "metal": "metal",
    "glass": "vidrio",
    "paper": "papel",
    "wood": "madera",
    "stone": "piedra",
    "milk": "leche",
    "wool": "lana",
    "oil": "aceite",
}
ROLES = {
    "manager": ("director", "directora"),
    "inspector": ("inspector", "inspectora"),
    "worker": ("obrero", "obrera"),
    "analyst": ("analista", "analista"),
}
POLICY = TranslationPolicy(tuned_share=0.9, most_tuned=30)


def pair_of(thing: str, role: str) -> LabelPair:
    one, other = (f"{form} de {THINGS[thing]}" for form in ROLES[role])
    preferred = one if one == other else f"{one}/{other}"
    return LabelPair(f"{thing}-{role}", "title", (f"{thing} {role}",), (preferred,))


ALL = [pair_of(thing, role) for thing, role in product(THINGS, ROLES)]
LEFT_OUT = [pair for place, pair in enumerate(ALL) if place % 9 == 4]
KNOWN = [pair for pair in ALL if pair not in LEFT_OUT]


@pytest.fixture(scope="module")
def translator() -> Translator:
    return learn_translator(KNOWN, POLICY)


def test_unseen_labels_are_put_together_from_rules_in_both_forms(translator: Translator) -> None:
    found = translator.translate([asked_of(pair, POLICY) for pair in LEFT_OUT])
    assert [one.text for one in found] == [pair.target[0] for pair in LEFT_OUT]


def test_translations_mean_the_source_when_translated_back(translator: Translator) -> None:
    found = translator.translate([asked_of(pair, POLICY) for pair in LEFT_OUT])
    assert [one.back for one in found] == [pair.source[0] for pair in LEFT_OUT]


def test_confidence_is_a_probability_and_lower_for_unknown_words(translator: Translator) -> None:
    known, unknown = translator.translate([Asked("title", ("stone worker",)), Asked("title", ("zebra tamer",))])
    assert 0 <= unknown.confidence < known.confidence <= 1
    assert known.contributions


def test_a_label_without_words_comes_back_with_no_confidence(translator: Translator) -> None:
    (found,) = translator.translate([Asked("title", ("...",))])
    assert (found.text.strip(". "), found.confidence <= 1) == ("", True)
    assert translator.translate([]) == []


def test_labels_of_no_characters_and_of_too_many_words_are_answered_with_themselves(translator: Translator) -> None:
    long = "very " * 40 + "worker"
    assert [one.text for one in translator.translate([Asked("title", ("",)), Asked("title", (long,))])] == ["", long]


def test_the_same_pairs_in_another_order_teach_the_same(translator: Translator) -> None:
    again = learn_translator(list(reversed(KNOWN)), POLICY)
    asked = [asked_of(pair, POLICY) for pair in LEFT_OUT]
    assert [one.text for one in again.translate(asked)] == [one.text for one in translator.translate(asked)]


def test_words_that_no_label_shows_are_taken_from_the_encoder() -> None:
    spoken = {"tea": "te", **THINGS}
    names = sorted({*spoken, *spoken.values()})

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), len(names)), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                meaning = spoken.get(word, word)
                if meaning in names:
                    rows[row, names.index(meaning)] = 1.0
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1), dtype=np.float32)

    spoken["tea"] = "infusion"
    names.append("infusion")
    pairs = [*KNOWN, LabelPair("x", "skill", ("to infuse",), ("hacer una infusion",))]
    policy = TranslationPolicy(tuned_share=0.9, most_tuned=30, kinds=frozenset({"title"}))
    (found,) = learn_translator(pairs, policy, encode=encode).translate([Asked("title", ("tea inspector",))])
    assert "infusion" in found.text


def test_too_few_pairs_are_an_error_that_says_so() -> None:
    with pytest.raises(InvalidError, match="too few"):
        learn_translator(KNOWN[:5], POLICY)


def test_people_get_the_names_of_most_members_and_the_grammar_the_rest(translator: Translator) -> None:
    entities = [
        Untranslated(pair.entity_id, asked_of(pair, POLICY), members)
        for pair, members in zip(ALL[:4], (1, 9, 9, 4), strict=True)
    ]
    queue = translation_queue(entities, translator, for_people=2)
    assert [queued.entity.members for queued in queue] == [9, 9, 4, 1]
    assert [queued.method for queued in queue] == [TranslationMethod.PERSON] * 2 + [TranslationMethod.GRAMMAR] * 2


def test_proposals_name_language_and_text_and_leave_out_what_is_not_sure_enough(translator: Translator) -> None:
    queue = translation_queue([Untranslated("e", Asked("title", ("stone worker",)), 3)], translator, for_people=0)
    (proposal,) = translation_proposals(queue, "es")
    assert proposal.kind is ProposalKind.TRANSLATION
    assert proposal.identity == {"language": "es", "text": queue[0].translation.text}
    assert (proposal.subject, proposal.members_affected) == ("e", 3)
    assert translation_proposals(queue, "es", least={TranslationMethod.GRAMMAR: 1.1}) == []


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.5, 1), (0.8, 2), (1.0, 3)])
def test_coverage_counts_the_entities_of_most_members_first(share: float, count: int) -> None:
    entities = [Untranslated(str(members), Asked("title", ("x",)), members) for members in (2, 5, 3)]
    assert coverage(entities, share) == count


def test_choice_prefers_what_was_good_before() -> None:
    rng = np.random.default_rng(3)
    tables = [rng.normal(size=(6, 3)) for _ in range(60)]
    choices = [Choice(table, (table[:, 1] == table[:, 1].max()).astype(float)) for table in tables]
    model = learn_choice(choices)
    right = [model.probabilities(table).argmax() == table[:, 1].argmax() for table in tables]
    assert np.mean(right) > 0.95
    assert model.probabilities(tables[0]).sum() == pytest.approx(1)
    assert len(model.probabilities(np.zeros((0, 3)))) == 0


def test_a_dictionary_gives_words_that_no_label_shows() -> None:
    asked = [Asked("title", ("cork manager",))]
    (without,) = learn_translator(KNOWN, POLICY).translate(asked)
    (found,) = learn_translator(KNOWN, POLICY, dictionary=dictionary_of([("cork", "corcho")])).translate(asked)
    assert "corcho" in found.text
    assert "corcho" not in without.text
