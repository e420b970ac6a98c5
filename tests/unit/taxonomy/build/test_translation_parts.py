from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.translation.align import Bitext, learn_alignment
from taxonomy.translation.compounds import learn_compound_forms, with_compound_forms
from taxonomy.translation.decode import DecodePolicy, Decoder
from taxonomy.translation.forms import base_form, changed, learn_forms, rule_between, two_forms, without_second_forms
from taxonomy.translation.language import END, NgramModel
from taxonomy.translation.memory import Memory, agreement
from taxonomy.translation.pieces import GLUE, learn_pieces
from taxonomy.translation.rules import GAPS, Grammar, Rule, phrases_of_texts, reversed_grammar, rules_of
from taxonomy.translation.sentences import sentence_pairs

WORDS = ["daten", "bank", "leiter", "zeitungs", "zeitung", "verkauf", "holz", "arbeiter"]
LABELS = [("title", word) for word in WORDS for _ in range(3)]
PIECES = learn_pieces(LABELS)
LABEL = st.lists(
    st.one_of(st.sampled_from(["Daten-Leiter", "c++", "(holz)", "R&D", "x/y"]), st.text("abcdefghäß", min_size=1)),
    min_size=1,
    max_size=5,
).map(" ".join)


@given(LABEL)
def test_pieces_make_the_label_again_but_for_capitals(label: str) -> None:
    assert PIECES.join(PIECES.split(label)).lower() == label.lower()


def test_compounds_are_cut_into_known_words() -> None:
    assert PIECES.split("datenbankleiter") == (f"daten{GLUE}", f"bank{GLUE}", "leiter")
    assert PIECES.split("Holz- und") == ("holz", f"{GLUE}-", "und")
    assert PIECES.split("unbekannt") == ("unbekannt",)


def test_words_are_written_as_labels_of_their_kind_write_them() -> None:
    model = learn_pieces([("title", "Leiter"), ("title", "Technischer Leiter"), ("skill", "leiter bedienen")])
    assert model.join(("leiter",), "title") == "Leiter"
    assert model.join(("bedienen",), "skill") == "bedienen"
    assert model.join(("SQL", "bedienen"), "skill") == "SQL bedienen"


@pytest.mark.parametrize(
    ("label", "forms"),
    [
        ("Bäcker/Bäckerin", ("Bäcker", "Bäckerin")),
        ("director de arte/directora de arte", ("director de arte", "directora de arte")),
        ("Import-/Exportmanager/Import-/Exportmanagerin", ("Import-/Exportmanager", "Import-/Exportmanagerin")),
        ("copy editor/fact checker", None),
        ("Bäcker", None),
    ],
)
def test_two_forms_of_one_label_are_told_from_two_things(label: str, forms: tuple[str, str] | None) -> None:
    assert two_forms(label) == forms
    assert base_form(label) == (forms[0] if forms else label)


@given(st.text("abcäö", max_size=6), st.text("abcäö", max_size=6))
def test_a_rule_between_two_words_turns_one_into_the_other(one: str, other: str) -> None:
    assert changed(one, rule_between(one, other)) == other


def test_second_forms_are_learned_for_unseen_words_and_left_out_where_there_is_one_form() -> None:
    model = learn_forms([
        *(f"{stem}er für X/{stem}erin für X" for stem in ("Lehr", "Bäck", "Fahr", "Mal", "Schreib")),
        *(f"Fach{kind}kraft" for kind in ("arbeits", "lehr", "hilfs")),
    ])  # fmt: skip
    best = {base: max(model.finish(base), key=lambda way: way[1])[0] for base in ("Tischler", "Pflegekraft")}
    assert best == {"Tischler": "Tischler/Tischlerin", "Pflegekraft": "Pflegekraft"}
    assert without_second_forms(["Tischler", "Tischlerin", "Schreiner"], model) == ["Tischler", "Schreiner"]


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=5), st.sampled_from("abc"))
def test_probabilities_of_what_comes_next_sum_to_one(sequences: list[list[str]], before: str) -> None:
    model = NgramModel(3, [(sequence, 1.0) for sequence in [*sequences, ["a", "b", "c"]]])
    history = ["<s>", before]
    total = sum(exp(model.inner((*history, word), 2)) for word in ("a", "b", "c", END))
    rest = 1 / 5  # one share of five of the uniform distribution is kept for words never seen
    assert 1 - rest <= total <= 1 + 1e-9


def test_pieces_that_always_come_together_are_aligned() -> None:
    pairs = [("red", "car"), ("red", "house"), ("big", "car"), ("big", "house")] * 3
    words = {"red": "rojo", "big": "grande", "car": "coche", "house": "casa"}
    bitext = Bitext(tuple(pairs), tuple((words[b], words[a]) for a, b in pairs), (1.0,) * len(pairs))
    posterior = learn_alignment(bitext).posterior(("red", "car"), ("coche", "rojo"))
    assert posterior[0, 1] > 0.8
    assert posterior[0, 0] < 0.2
    assert posterior.max() <= 1


def test_rules_with_gaps_are_read_from_links() -> None:
    links = np.array([[False, False, True], [True, False, False]])
    rules = rules_of(("bread", "manager"), ("director", "de", "pan"), links)
    assert (("bread", "manager"), ("director", "de", "pan")) in rules
    assert ((GAPS[0], "manager"), ("director", "de", GAPS[0])) in rules
    assert (("bread", GAPS[0]), (GAPS[0], "de", "pan")) in rules
    assert (("bread",), ("de", "pan")) in rules


def test_two_gaps_may_change_places_and_are_numbered_anew_on_the_way_back() -> None:
    links = np.eye(3, dtype=bool)[:, ::-1]
    rules = rules_of(("a", "b", "c"), ("z", "y", "x"), links)
    pattern = (GAPS[0], "b", GAPS[1]), (GAPS[1], "y", GAPS[0])
    assert pattern in rules
    back = reversed_grammar({pattern[0]: (Rule(pattern[1], -1.0, -2.0, -3.0, 0.5),)})
    assert back == {(GAPS[0], "y", GAPS[1]): (Rule((GAPS[1], "b", GAPS[0]), -2.0, -1.0, -3.0, 0.5),)}


def test_crossing_links_make_no_phrase() -> None:
    links = np.array([[True, True, False], [False, True, True]])
    assert {one for one, _ in rules_of(("a", "b"), ("x", "y", "z"), links)} == {("a", "b")}


def test_texts_show_short_phrases_of_letters_only() -> None:
    posterior = np.eye(2)
    assert phrases_of_texts(("bread", "￭,"), ("pan", "￭,"), posterior) == {(("bread",), ("pan",))}


def test_the_decoder_uses_gaps_copies_unknown_words_and_drops_open_compounds() -> None:
    rule = Rule(("director", "de", GAPS[0]), 0.0, 0.0, 0.0, 1.0)
    grammar = {(GAPS[0], "manager"): (rule,), ("open",): (Rule((f"offen{GLUE}",), 0.0, 0.0, 0.0, 1.0),)}
    decoder = Decoder(grammar, NgramModel(3, [(["director", "de", "zzz"], 1.0)]), DecodePolicy())
    assert decoder.translate(("zzz", "manager"))[0].target == ("director", "de", "zzz")
    assert decoder.translate(("open",)) == []
    assert decoder.translate(()) == []


def test_words_may_become_parts_of_compounds_by_the_endings_of_others() -> None:
    stems = [f"{one}{other}ung" for one in "bdfglmnprstw" for other in ("ahn", "eit", "orm", "ast", "ind")]
    vocabulary = {word: 5 for stem in stems for word in (stem, f"{stem}s{GLUE}")}
    pieces = learn_pieces([("", f"{stem}sleiter") for stem in stems] + [("", stem) for stem in [*stems, "leiter"]])
    grammar: Grammar = {("rental",): (Rule(("mietung",), 0.0, 0.0, 0.0, 1.0),)}
    found = with_compound_forms(grammar, learn_compound_forms({**vocabulary, "mietung": 1}, pieces))
    assert [rule.target for rule in found["rental",]] == [("mietung",), (f"mietungs{GLUE}",)]
    assert with_compound_forms(grammar, learn_compound_forms({"mietung": 1}, pieces)) == grammar


def test_neighbours_speak_for_candidates_like_their_translations() -> None:
    memory = Memory(["bread manager", "milk manager", "horse"], ["director de pan", "director de leche", "x"], None)
    ((targets, weights),) = memory.nearest(["stone manager"])
    assert weights.sum() == pytest.approx(1)
    like = agreement(["director de piedra", "gerente de piedra"], targets, weights)
    assert (like[0] >= like[1]).all()
    assert like[0, 1] > like[1, 1]


def test_sentences_are_paired_where_there_are_as_many() -> None:
    assert sentence_pairs("One. Two.", "Eins. Zwei.") == [("One.", "Eins."), ("Two.", "Zwei.")]
    assert sentence_pairs("One. Two.", "Beides.") == [("One. Two.", "Beides.")]
    assert sentence_pairs(" ", "Eins.") == []
