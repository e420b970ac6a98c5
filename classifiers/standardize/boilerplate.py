"""What every advert says of the employer and of nobody's job: equal opportunity, about us, benefits. Pure, linear.

Two signs are read. A sentence that names several grounds of discrimination is one of equal opportunity, whatever its
words. And where a text has lines, a line that is a known heading opens a section up to the next heading.
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

from classifiers.standardize.text import Words, fold, folded_phrases
from taxonomy.model import EntityType

EMPLOYERS: Final = frozenset({EntityType.COMPANY, EntityType.SCHOOL, EntityType.LOCATION})
"""What boilerplate may name all the same: who the employer is, and where."""

_SHORTEST_TOKENS: Final = 8
"""A text of fewer tokens is a headline, not an advert."""

_GROUNDS: Final = folded_phrases(
    "race, racial, ethnicity, ethnic, colour, color, religion, religious, creed, sex, sexual, gender, origin, ancestry,"
    "age, disability, disabled, veteran, veterans, marital, pregnancy, belief, nationality, citizenship, genetic,"
    "orientation,"
    "Rasse, Geschlecht, Herkunft, Weltanschauung, Behinderung, Alter, Identität, Hautfarbe, Nationalität, Religion,"
    "raza, sexo, género, religión, edad, discapacidad, origen, orientación, etnia,"
    "sexe, âge, handicap, origine, religion"
)
_GROUNDS_NAMED: Final = 4
_REACH_CHARACTERS: Final = 150
"""How far from the grounds that it names a sentence is still about them."""

_EMPLOYER_HEADINGS: Final = folded_phrases(
    "about us, about the company, about our company, who we are, our company, company description, our story,"
    "our mission, our values, why join us, why work with us, benefits, our benefits, perks, perks and benefits,"
    "what we offer, we offer, compensation and benefits, equal opportunity, equal opportunities,"
    "equal opportunity employer, equal employment opportunity, eeo statement, diversity and inclusion,"
    "how to apply, contact, privacy notice,"
    "über uns, wer wir sind, unser unternehmen, das unternehmen, wir bieten, das bieten wir, was wir bieten,"
    "unser angebot, benefits für dich, kontakt, ihre bewerbung, so bewerben sie sich,"
    "sobre nosotros, quiénes somos, la empresa, ofrecemos, qué ofrecemos, te ofrecemos, beneficios, contacto,"
    "à propos, à propos de nous, qui sommes nous, l'entreprise, nous offrons, avantages, pour postuler"
)
"""Headings of what is said of the employer; their sections name nobody's skills."""

_JOB_HEADINGS: Final = folded_phrases(
    "job description, description, job summary, summary, overview, the role, your role, about the role,"
    "about the job, position summary, responsibilities, your responsibilities, key responsibilities, duties,"
    "main duties, what you will do, what you'll do, tasks, your tasks, requirements, job requirements,"
    "qualifications, your profile, your qualifications, required qualifications, preferred qualifications,"
    "minimum qualifications, required skills, preferred skills, skills, skills and experience, experience,"
    "education, education and experience, what you bring, who you are, about you, what we are looking for,"
    "nice to have, person specification, essential criteria, desirable criteria,"
    "stellenbeschreibung, ihre aufgaben, deine aufgaben, aufgaben, ihr profil, dein profil, profil,"
    "anforderungen, qualifikationen, das bringen sie mit, das bringst du mit,"
    "descripción del puesto, descripción, funciones, responsabilidades, requisitos, tu perfil, perfil,"
    "description du poste, missions, vos missions, votre profil, profil recherché, compétences"
)
"""Headings of what is said of the job: they end a section of the employer, and are no skills themselves."""

_LONGEST_HEADING: Final = 60
"""A longer line is no heading, and need not be folded to see that."""

_SENTENCE_END: Final = re.compile(r"[.!?](?=\s)|\n")


class Kind(Enum):
    """What a stretch of boilerplate is: a heading names nothing, a section of the employer no job."""

    HEADING = "heading"
    EMPLOYER = "employer"


class Stretch(NamedTuple):
    """Boilerplate from `start` to before `end`, in characters."""

    start: int
    end: int
    kind: Kind


def boilerplate(text: str, words: Words) -> list[Stretch]:
    """Return the boilerplate of a running text with these words, in order and apart from each other."""
    if len(words.folded) < _SHORTEST_TOKENS:
        return []
    sections = _sections(text) if "\n" in text else []
    said = _equal_opportunity(text, words)
    return sections if not said else _merged(sections, said)


def _equal_opportunity(text: str, words: Words) -> list[Stretch]:
    """Return the sentences that name several grounds of discrimination."""
    grounds = [place for place, word in enumerate(words.folded) if word in _GROUNDS]
    if len(grounds) < _GROUNDS_NAMED:
        return []
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    found, position, start = list[Stretch](), 0, 0
    for end in ends:
        first = position
        while position < len(grounds) and words.starts[grounds[position]] < end:
            position += 1
        named = grounds[first:position]
        if len({words.folded[place] for place in named}) >= _GROUNDS_NAMED:
            # Lists without full stops are one sentence to us, however long.
            reach = (words.starts[named[0]] - _REACH_CHARACTERS, words.ends[named[-1]] + _REACH_CHARACTERS)
            found.append(Stretch(max(start, reach[0]), min(end, reach[1]), Kind.EMPLOYER))
        start = end
    return found


def _sections(text: str) -> list[Stretch]:
    """Return the headings of a text that has lines, and its sections about the employer."""
    found = list[Stretch]()
    about_employer = False
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        key = fold(line) if len(line) <= _LONGEST_HEADING else ""
        if key in _EMPLOYER_HEADINGS or key in _JOB_HEADINGS:
            about_employer = key in _EMPLOYER_HEADINGS
            found.append(Stretch(start, end, Kind.HEADING))
        elif about_employer:
            found.append(Stretch(start, end, Kind.EMPLOYER))
        start = end
    return found


def _merged(sections: Sequence[Stretch], said: Sequence[Stretch]) -> list[Stretch]:
    """Return sections and sentences in order, a sentence within a section only once."""
    apart = list[Stretch]()
    for stretch in sorted((*sections, *said), key=lambda one: (one.start, -one.end)):
        start = max(stretch.start, apart[-1].end) if apart else stretch.start
        if start < stretch.end:
            apart.append(stretch._replace(start=start))
    return apart
