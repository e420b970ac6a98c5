"""The forms in one label, by case tables that a domain expert can extend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.importers.forms import (
    abbreviates,
    gender_forms,
    is_abbreviation,
    singular_forms,
    spelled_out_with_acronym,
    split_parenthesis,
)


@pytest.mark.parametrize(
    ("label", "forms"),
    [
        (
            "Technischer Leiter für Bühne/Technische Leiterin für Bühne",
            ("Technischer Leiter für Bühne", "Technische Leiterin für Bühne"),
        ),
        ("director técnico/directora técnica", ("director técnico", "directora técnica")),
        ("peluquero/peluquera", ("peluquero", "peluquera")),
        ("Arzt/Ärztin", ("Arzt", "Ärztin")),
        ("Koch/Köchin", ("Koch", "Köchin")),
        ("Ethologe/Ethologin", ("Ethologe", "Ethologin")),
        ("Wachmann/Wachfrau Alarmzentrale", ("Wachmann Alarmzentrale", "Wachfrau Alarmzentrale")),
        ("Beamter/Beamtin der Küstenwache", ("Beamter der Küstenwache", "Beamtin der Küstenwache")),
        ("productor/productora musical", ("productor musical", "productora musical")),
        ("dentista equino/equina", ("dentista equino", "dentista equina")),
        ("Schichtleiter/in Bergbau", ("Schichtleiter Bergbau", "Schichtleiterin Bergbau")),
        ("Beamte/-in", ("Beamte", "Beamtin")),
        ("redactor/a de revista", ("redactor de revista", "redactora de revista")),
        ("técnico/a de sonido", ("técnico de sonido", "técnica de sonido")),
        ("KochIn im Hotel", ("Koch im Hotel", "Kochin im Hotel")),
        ("masseur/masseuse", ("masseur", "masseuse")),
        ("actor/actress", ("actor", "actress")),
        ("foreman/forewoman shunter", ("foreman shunter", "forewoman shunter")),
        ("choirmaster/choirmistress", ("choirmaster", "choirmistress")),
        ("bombero-conductor/bombera-conductora", ("bombero-conductor", "bombera-conductora")),
        (
            "Import-/Exportmanager für Tee/Import-/Exportmanagerin für Tee",
            ("Import-/Exportmanager für Tee", "Import-/Exportmanagerin für Tee"),
        ),
        ("especialista en caucho/especialista en caucho", ("especialista en caucho",)),
        ("tornero/ tornera", ("tornero", "tornera")),
        ("Ingenieur für Geothermie/Ingenieurin für Geothermie/", (
            "Ingenieur für Geothermie", "Ingenieurin für Geothermie",
        )),
    ],
)  # fmt: skip
def test_labels_of_two_genders_yield_both(label: str, forms: tuple[str, ...]) -> None:
    assert gender_forms(label) == forms


@pytest.mark.parametrize(
    "label",
    [
        "copy editor/fact checker",
        "quality assurance/quality control manager",
        "leather goods QA/QC laboratory technologist",
        "stage/production manager",
        "paper embossing/debossing machine operator",
        "toolmaker/tooling engineer",
        "technician/fill operator",
        "Lehrkraft für Erdkunde/Geografie Sekundarstufe",
        "Import-/Exportmanager",
        "jefe de operadores de impresión/encuadernación",
        "monk/nun",
        "CA Datacom/DB",
        "TCP/IP",
        "Ingenieur",
        "/",
        "",
    ],
)
def test_other_slashes_stay_together(label: str) -> None:
    assert gender_forms(label) == ()


@given(st.text(alphabet="abInr/- äo", max_size=30))
def test_gender_forms_never_fail_and_never_are_blank(label: str) -> None:
    assert all(form.strip() for form in gender_forms(label))


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ("VOC", "vessel operations coordinator", True),
        ("CFD", "Computational Fluid Dynamics", True),
        ("FAS", "Fahrerassistenzsysteme", True),
        ("CEO", "Chief Executive Officer", True),
        ("RPA", "Pilot eines ferngesteuerten Flugzeugs", False),
        ("UAV", "pilot of unmanned aerial vehicles", False),
        ("IKT", "Leiter Businessanalyse", False),
        ("X", "Xavier", False),
        ("AB", "", False),
    ],
)
def test_an_abbreviation_stands_for_the_whole(short: str, long: str, *, expected: bool) -> None:
    assert abbreviates(short, long) is expected


@pytest.mark.parametrize("label", ["CEO", "PL/I", "QA", "SA8000", "PHP-FPM"])
def test_capitals_are_an_abbreviation(label: str) -> None:
    assert is_abbreviation(label)


@pytest.mark.parametrize("label", ["Ceo", "A", "C++", "QUALITY ASSURANCE", "ENGINEERING", "1234", "Python"])
def test_other_labels_are_no_abbreviation(label: str) -> None:
    assert not is_abbreviation(label)


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("CEO (Chief Executive Officer)", ("CEO", "Chief Executive Officer")),
        ("Recreational Vehicle (RV) Repairer", None),
        ("nested (a (b))", None),
        ("(only)", None),
        ("plain", None),
    ],
)
def test_only_a_parenthesis_at_the_end_is_split(label: str, parts: tuple[str, str] | None) -> None:
    assert split_parenthesis(label) == parts


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("Amazon Web Services AWS", ("Amazon Web Services", "AWS")),
        (
            "Microsoft SQL Server Integration Services SSIS",
            ("Microsoft SQL Server Integration Services", "SSIS"),
        ),
        ("Geographic information system GIS", ("Geographic information system", "GIS")),
        ("Microsoft Office", None),
        ("IBM DB2", None),
        ("Oracle PeopleSoft HR", None),
    ],
)
def test_an_acronym_behind_its_words_is_found(label: str, parts: tuple[str, str] | None) -> None:
    assert spelled_out_with_acronym(label) == parts


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("Software Developers", ("Software Developer",)),
        ("Chief Executives", ("Chief Executive",)),
        ("General and Operations Managers", ("General and Operations Manager",)),
        ("Energy Engineers, Except Wind and Solar", ("Energy Engineer",)),
        ("Nurse Midwives", ("Nurse Midwife",)),
        ("Nannies", ("Nanny",)),
        ("Coaches", ("Coach",)),
        ("Firemen", ("Fireman",)),
        ("First-Line Supervisors of Retail Workers", ("First-Line Supervisor of Retail Workers",)),
        ("Cooks, Private Household", ("Cook, Private Household", "Private Household Cook")),
        ("Meeting, Convention, and Event Planners", ("Meeting, Convention, and Event Planner",)),
        ("Engineering Technologists and Technicians", ()),
        ("Poets, Lyricists and Creative Writers", ()),
        ("Accountants and Auditors", ()),
        ("Production Workers, All Other", ()),
        ("Transit and Railroad Police", ()),
        ("Helpers--Roofers", ()),
        ("Computer Systems Engineers/Architects", ()),
        ("Sales", ()),
    ],
)
def test_plural_titles_yield_a_singular_only_where_it_is_sure(plural: str, singular: tuple[str, ...]) -> None:
    assert singular_forms(plural) == singular
