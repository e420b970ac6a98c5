import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.standardize.readings import (
    MAX_FIELD_CHARACTERS,
    Reading,
    job_key,
    load_seniority,
    may_be_one_name,
    parse,
    readings,
    seniority_of,
)
from taxonomy.model import EntityType

SENIORITY = load_seniority()


def read(text: str, kind: EntityType) -> tuple[str | None, list[Reading]]:
    value = parse(text, kind)
    if value is None:
        return None, []
    level, found = readings(value, kind, SENIORITY)
    assert seniority_of(value, kind, SENIORITY) == level
    if may_be_one_name(value):
        assert found[0] == (value.whole,)
    return level, found


def parts(text: str, kind: EntityType) -> list[list[str]]:
    return [[text[part.start : part.end] for part in reading] for reading in read(text, kind)[1]]


@pytest.mark.parametrize(
    ("text", "level", "core"),
    [
        ("Sr. Software Engineer", "senior", "Software Engineer"),
        ("Junior Data Analyst", "junior", "Data Analyst"),
        ("Software Engineer (m/w/d)", None, "Software Engineer"),
        ("Nurse", None, "Nurse"),
        ("[Senior] Data Engineer", "senior", "Data Engineer"),
        ("Entry Level Accountant", "entry", "Accountant"),
        ("Data Engineer Level 3", "senior", "Data Engineer"),
        ("Deputy Head Teacher", "deputy", "Head Teacher"),
        ("Senior Sales Manager", "senior", "Sales Manager"),
        ("Sales Mgr. (Berlin)", "manager", "Sales Mgr"),
        ("Assistant Store Manager", "assistant", "Store Manager"),
        ("stellv. Filialleiterin", "deputy", "Filialleiterin"),
    ],
)
def test_seniority_and_brackets_are_parsed_off_a_title(text: str, level: str | None, core: str) -> None:
    found, _ = read(text, EntityType.TITLE)
    assert found == level
    assert [core] in parts(text, EntityType.TITLE)


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("Softwareentwickler:in", "Softwareentwickler"),
        ("Softwareentwickler*in (all genders)", "Softwareentwickler"),
        ("Softwareentwickler_in", "Softwareentwickler"),
        ("Softwareentwickler/-in", "Softwareentwickler"),
        ("Projektleiter w/m/d", "Projektleiter"),
        ("Architecte H/F", "Architecte"),
        ("Desarrollador(a)", "Desarrollador"),
        ("Camarero/a", "Camarero"),
        ("Sr SWE @ Google", "SWE"),
        ("Barista at Starbucks", "Barista"),
        ("Receptionist $18/hr", "Receptionist"),
        ("URGENT!!! Java Developer needed ASAP", "Java Developer"),
        ("Former CFO", "CFO"),
        ("Se busca cocinero", "cocinero"),
        ("Elektriker gesucht, ab sofort", "Elektriker"),
        ("Nurse - 2nd shift", "Nurse"),
    ],
)
def test_a_title_is_read_without_gender_employer_pay_and_advert(text: str, core: str) -> None:
    assert [core] in parts(text, EntityType.TITLE)


@pytest.mark.parametrize(
    ("text", "kind", "core"),
    [
        ("Greater Chicago Area", EntityType.LOCATION, "Chicago"),
        ("80331 München", EntityType.LOCATION, "München"),
        ("San Francisco Bay Area", EntityType.LOCATION, "San Francisco"),
        ("3+ years of experience with React", EntityType.SKILL, "React"),
        ("basic knowledge of Photoshop", EntityType.SKILL, "Photoshop"),
        ("strong Linux skills", EntityType.SKILL, "Linux"),
        ("Walmart #1432", EntityType.COMPANY, "Walmart"),
        ("Backstube GmbH & Co. KG", EntityType.COMPANY, "Backstube"),
        ("Stanford University School of Medicine", EntityType.SCHOOL, "Stanford University"),
        ("Master of Arts in History", EntityType.FIELD_OF_STUDY, "History"),
        ("Bachelor of Science Informatik", EntityType.DEGREE, "Bachelor of Science"),
        ("Diplom-Informatiker", EntityType.DEGREE, "Diplom"),
    ],
)
def test_what_stands_around_a_name_is_left_out_of_one_reading(text: str, kind: EntityType, core: str) -> None:
    assert [core] in parts(text, kind)


def test_a_degree_is_not_cut_within_its_name() -> None:
    assert ["Bachelor"] not in parts("Bachelor of Science in Physics", EntityType.DEGREE)


def test_a_list_of_degrees_is_not_read_as_its_first() -> None:
    assert ["BA"] not in parts("BA, MA", EntityType.DEGREE)
    assert ["BA", "MA"] in parts("BA, MA", EntityType.DEGREE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n/a", EntityType.COMPANY),
        ("Full-time", EntityType.TITLE),
        ("Remote", EntityType.LOCATION),
        ("auf Anfrage", EntityType.TITLE),
        ("no programming skills", EntityType.SKILL),
        ("Java not required", EntityType.SKILL),
        ("keine Erfahrung", EntityType.SKILL),
    ],
)
def test_a_value_that_names_nothing_has_no_reading(text: str, kind: EntityType) -> None:
    assert parts(text, kind) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("No SQL", EntityType.SKILL),
        ("Flexible", EntityType.SKILL),
        ("No", EntityType.LANGUAGE),
        ("1&1", EntityType.COMPANY),
    ],
)
def test_a_name_that_looks_like_none_is_read(text: str, kind: EntityType) -> None:
    assert [text] in parts(text, kind)


@pytest.mark.parametrize("text", ["Nurse | Carer", "Nurse / Carer", "Nurse ⭐ Carer", "Nurse • Carer", "Nurse; Carer"])
def test_what_no_name_has_inside_leaves_no_reading_as_a_whole(text: str) -> None:
    assert parts(text, EntityType.TITLE) == [["Nurse", "Carer"]]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("MS Office (Word, Excel)", EntityType.SKILL, ["MS Office", "Word", "Excel"]),
        ("Docker + Kubernetes", EntityType.SKILL, ["Docker", "Kubernetes"]),
        ("1. Python 2. SQL", EntityType.SKILL, ["Python", "SQL"]),
        ("#python #aws", EntityType.SKILL, ["python", "aws"]),
        ("MD/PhD", EntityType.DEGREE, ["MD", "PhD"]),
        ("CS and Math", EntityType.FIELD_OF_STUDY, ["CS", "Math"]),
        ("Nurse - Remote - Berlin", EntityType.TITLE, ["Nurse", "Berlin"]),
        ("Python/Django, C++", EntityType.SKILL, ["Python", "Django", "C++"]),
        ("Noida, Uttar Pradesh", EntityType.LOCATION, ["Noida", "Uttar Pradesh"]),
        ("Nurse, Carer", EntityType.TITLE, ["Nurse", "Carer"]),
        ("B.Sc. in Physics", EntityType.DEGREE, ["B.Sc.", "Physics"]),
    ],
)
def test_lists_are_read_as_parts_too(text: str, kind: EntityType, expected: list[str]) -> None:
    assert expected in parts(text, kind)


@given(st.text(max_size=2_000), st.sampled_from(list(EntityType)))
def test_parts_lie_within_the_text_in_order(text: str, kind: EntityType) -> None:
    for reading in read(text, kind)[1]:
        position = 0
        for part in reading:
            assert position <= part.start < part.end <= min(len(text), MAX_FIELD_CHARACTERS)
            assert part.key
            position = part.end


WORDS = (
    *("nurse", "Senior", "3", "School", "bachelor", "at", "bei", "chez", "of", "or", "and", "und", "y", "et"),
    *("IN", "en", "for", "with", "from"),
)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join), st.sampled_from(list(EntityType)))
def test_a_plain_value_is_read_as_any_other(text: str, kind: EntityType) -> None:
    value = parse(text, kind)
    if value is not None:
        assert value.plain
        looked_at_closely = readings(value._replace(plain=False), kind, SENIORITY)
        assert readings(value, kind, SENIORITY) == looked_at_closely


@pytest.mark.parametrize(
    ("title", "job"),
    [
        ("Senior Data Analyst (Oslo)", "data analyst"),
        ("URGENT: Nurse (m/f/d) @ Ward 7", "nurse"),
        ("Junior", "junior"),
        ("(Cook)", "cook"),
        ("Senior R&amp;D Chemist", "r d chemist"),
        ("(m/w/d)", "m w d"),
        ("", ""),
        ("!!!", ""),
    ],
)
def test_the_job_of_a_title_stands_without_brackets_decoration_and_level(title: str, job: str) -> None:
    assert job_key(title, load_seniority()) == job
