import numpy as np
import pytest

from taxonomy.translation.names import FEATURES as NAMED
from taxonomy.translation.names import name_features, name_rules, names_in, with_names
from taxonomy.translation.pieces import learn_pieces
from taxonomy.translation.rank import decided
from taxonomy.translation.surface import FEATURES, learn_surface, shapes_of

SPANISH = [
    *(("title", f"{one} técnico", 1.0) for one in ("director", "asistente", "redactor", "instructor")),
    *(("title", f"director de {other}", 1.0) for other in ("tienda", "planta", "banca", "empresa")),
]


def surface_of(text: str) -> dict[str, float]:
    words = [word for _, label, _ in SPANISH for word in label.split()]
    model = learn_surface(SPANISH, ("", "title"), words)
    return dict(zip(FEATURES, model.features(text, text, "title"), strict=True))


@pytest.mark.parametrize(
    ("label", "names"),
    [("Kali Linux", ["Kali", "Linux"]), ("use PostgreSQL (databases)", ["PostgreSQL"]), ("shop manager", [])],
)
def test_names_are_words_with_capitals(label: str, names: list[str]) -> None:
    assert names_in(label) == names


def test_a_name_may_stay_as_it_is_written_even_where_it_is_cut_into_pieces() -> None:
    pieces = learn_pieces([("", label) for label in ("open source", "edge", "open edge", "open", "edge")])
    ((source, rule),) = name_rules(["manage OpenEdge", "OpenEdge"], pieces)
    assert "".join(piece.strip("￭") for piece in source) == "openedge"
    assert rule.target == ("OpenEdge",)


def test_names_get_their_capitals_back_and_other_words_keep_theirs() -> None:
    assert with_names("AJAX (web tools)", "ajax (Werkzeuge für Web)") == "AJAX (Werkzeuge für Web)"
    assert with_names("ajax", "Ajax") == "Ajax"


def test_a_copy_and_lost_names_are_told() -> None:
    copied = dict(zip(NAMED, name_features("Kali Linux", "Kali Linux"), strict=True))
    lost = dict(zip(NAMED, name_features("Kali Linux", "Einmal Linux"), strict=True))
    assert (copied["verbatim"], copied["verbatim_name"], copied["names_kept"]) == (1.0, 1.0, 2.0)
    assert (lost["verbatim"], lost["names_kept"], lost["names_lost"]) == (0.0, 1.0, 1.0)


def test_shapes_are_frequent_words_and_the_ends_of_others() -> None:
    assert shapes_of("Leiter der IT-Abteilung", frozenset({"der"})) == ("A-ter", "der", "Aa-A-ung")


def test_labels_that_read_like_others_are_likelier_than_those_that_end_open() -> None:
    whole, opened = surface_of("redactor de tienda"), surface_of("redactor tienda de")
    assert whole["shape"] > opened["shape"]
    assert whole["known_words"] == opened["known_words"] == 1.0


def test_words_of_unlikely_letters_are_told() -> None:
    assert surface_of("director de plantas")["worst_word"] > surface_of("director de wxq")["worst_word"]
    assert surface_of("director de wxqz")["known_words"] == pytest.approx(2 / 3)


def test_of_uncertain_candidates_the_one_like_the_others_is_taken() -> None:
    texts = ["Bäcker", "Leiter Schichtbetrieb", "Leiter Schicht", "Leiter Schichten"]
    assert decided(texts, np.array([0.28, 0.22, 0.26, 0.24]))[0] == 2
    assert decided(texts, np.array([0.91, 0.03, 0.03, 0.03]))[0] == 0
    assert sorted(decided(texts, np.full(4, 0.25))) == [0, 1, 2, 3]
