"""What people put around a name that is no part of it: gender marks, employers, adverts, years, postal codes. Pure.

Decoration is taken away in a reading of its own beside the value as it stands, so a name that holds such a word
still wins where it is an alias.
"""

import re
from dataclasses import dataclass
from typing import Final

from classifiers.standardize.text import Token, folded_phrases
from taxonomy.model import EntityType

_GENDER = re.compile(
    r"\(?(?<![\w/])[mwfdxhMWFDXH](?:\s?[/|,*]\s?[mwfdxhMWFDXH]){1,3}(?![\w/])\)?"  # (m/w/d), f/m/x, H/F
    r"|(?<=[^\W\d_])(?:[:*_]|/-?)(?:innen|in|frau|as|a|os|o|r|n|e)(?!\w)"  # Lehrer:in, Kaufmann/-frau, enfermero/a
    r"|(?<=[^\W\d_])\((?:innen|in|as|a|os|o|r|n|e)\)"  # desarrollador(a)
)
_EMPLOYER = re.compile(r"(?:@|\s(?:at|bei|chez)\s)[^|,;()\n•]*", re.IGNORECASE)
EMPLOYER_WORDS: Final = frozenset({"at", "bei", "chez"})
"""The words behind which an employer is named."""
_PAY = re.compile(r"[$€£]\s?\d.*", re.DOTALL)
_DECORATED = re.compile(r"[(/|:*_,@$€£]|\s(?:at|bei|chez)\s", re.IGNORECASE)
"""Without one of these there is nothing to take away, which is quickly seen."""
_NUMBER = re.compile(r"\d+\+?\Z")


@dataclass(frozen=True, slots=True)
class Rim:
    """Folded phrases that name nothing at one end of a value, by their outermost word."""

    by_outer_word: dict[str, frozenset[str]]


def _rim(text: str, *, outer: int) -> Rim:
    by_word: dict[str, set[str]] = {}
    for phrase in folded_phrases(text):
        by_word.setdefault(phrase.split(" ")[outer], set()).add(phrase)
    return Rim({word: frozenset(phrases) for word, phrases in by_word.items()})


def _front(text: str) -> Rim:
    return _rim(text, outer=0)


def _back(text: str) -> Rim:
    return _rim(text, outer=-1)


_PLACEHOLDERS: Final = folded_phrases(
    "n/a, none, nil, null, unknown, not specified, not applicable, unspecified, confidential, various, other, others,"
    "etc, tbd, to be determined, see description, see description below, keine, keine angabe, auf anfrage, unbekannt,"
    "diverse, sonstige, ninguno, ninguna, otros, aucun, aucune, autre"
)
"""Values of any type that say that there is none."""

_WAYS_OF_WORKING: Final = folded_phrases(
    "unemployed, job seeker, open to work, looking for new opportunities, seeking new opportunities, arbeitssuchend,"
    "arbeitslos, en busca de empleo, desempleado, en recherche d'emploi, full time, part time, vollzeit, teilzeit,"
    "remote, hybrid, on site, onsite, home office, homeoffice, work from home, anywhere, worldwide, flexible, bay area"
)
"""What people write as their job or place and is none."""

_LEGAL_FORMS: Final = (
    "inc, incorporated, llc, ltd, limited, pvt ltd, private limited, corp, co, plc, llp, gmbh, ag, se, kg, ohg, e.v.,"
    "s.a., s.l., sarl, b.v."
)
"""What companies are by law, after their names."""
_NO_COMPANIES: Final = folded_phrases(_LEGAL_FORMS)

_RIMS: Final[dict[EntityType, tuple[Rim, Rim]]] = {
    EntityType.TITLE: (
        _front(
            "urgent, urgently, now hiring, we are hiring, former, formerly, ex, retired, freelance, full time,"
            "part time, gesucht, wir suchen, dringend, se busca, buscamos, se necesita, recherche, ancien, ancienne"
        ),
        _back(
            "urgent, needed, wanted, asap, immediately, remote, hybrid, on site, onsite, full time, part time,"
            "freelance, gesucht, ab sofort, teilzeit, in teilzeit, vollzeit, in vollzeit, minijob, homeoffice,"
            "home office, urgente, sign on bonus, tiempo completo, medio tiempo"
        ),
    ),
    EntityType.SKILL: (
        _front(
            "advanced, basic, basics of, strong, excellent, very good, good knowledge of, knowledge of, knowledge in,"
            "working knowledge of, solid knowledge of, deep knowledge of, sound knowledge of, good understanding of,"
            "understanding of, experience in, experience with, experience using, experienced in, experienced with,"
            "expertise in, expert in, proficient in, proficient with, proficiency in, familiarity with, familiar with,"
            "hands on, years of, years, yrs, gute kenntnisse in, kenntnisse in, erfahrung mit, erfahrung in, gute,"
            "sehr gute, conocimientos de, experiencia en, experiencia con, connaissances en, maitrise de"
        ),
        _back(
            "skills, skill, knowledge, beginner, intermediate, expert, advanced, basic, years, year, yrs,"
            "years experience, years of experience, kenntnisse, jahre, avanzado, basico,"
            "nivel avanzado, nivel alto, nivel medio"
        ),
    ),
    EntityType.SCHOOL: (_front("the"), Rim({})),
    EntityType.COMPANY: (
        _front("the"),
        _back(_LEGAL_FORMS),
    ),
    EntityType.LOCATION: (
        _front(
            "greater, region of, region, raum, grossraum, remote, hybrid, on site, onsite, based in, zona de,"
            "area metropolitana de"
        ),
        _back(
            "bay area, area, metro area, metropolitan area, city area, region, umgebung, und umgebung, remote, hybrid,"
            "on site, onsite, office, y alrededores"
        ),
    ),
}
"""By type, what stands at the start or end of a value and names nothing."""

_JOINTS: Final = frozenset({"of", "de", "for", "fur", "in", "im", "a", "an", "as", "als", "una", "un"})
"""Words that are left at the start of a value when what they joined to it is gone."""

_LONGEST_PHRASE: Final = 3


def is_placeholder(key: str, entity_type: EntityType) -> bool:
    """Whether a folded value says that there is none."""
    at_work = entity_type in {EntityType.TITLE, EntityType.LOCATION}
    of_company = entity_type is EntityType.COMPANY and key in _NO_COMPANIES
    return key in _PLACEHOLDERS or (at_work and key in _WAYS_OF_WORKING) or of_company


def bare(text: str, entity_type: EntityType) -> str:
    """Return a value with spaces in place of gender marks, the employer and the pay, so that offsets stay."""
    if entity_type is not EntityType.TITLE or not _DECORATED.search(text):
        return text
    ungendered = _GENDER.sub(_blank, text)
    alone = _PAY.sub(_blank, _EMPLOYER.sub(_blank, ungendered))
    return alone if alone.strip(" ()") else ungendered


def undecorated(tokens: list[Token], entity_type: EntityType) -> list[Token]:
    """Return the tokens without numbers and words at the start and end that name nothing; all where none would stay."""
    rims = _RIMS.get(entity_type)
    if rims is None or not tokens or _is_bare(tokens[0].folded, tokens[-1].folded, *rims):
        return tokens
    start, end = _without_rims([token.folded for token in tokens], *rims)
    while (start or entity_type is EntityType.TITLE) and start < end - 1 and tokens[start].folded in _JOINTS:
        start += 1
    return tokens[start:end] or tokens


def _is_bare(first: str, last: str, front: Rim, back: Rim) -> bool:
    """Whether the first and the last word are such that nothing is taken away: the rule, and quickly seen."""
    named = first not in front.by_outer_word and last not in back.by_outer_word and first not in _JOINTS
    return named and not first[0].isdecimal() and not last[0].isdecimal()


def _without_rims(words: list[str], front: Rim, back: Rim) -> tuple[int, int]:
    """Return where the name starts and ends among the folded words."""
    start, end = 0, len(words)
    while start < end and (length := _rim_length(words[start : min(end, start + _LONGEST_PHRASE)], front, outer=0)):
        start += length
    while start < end and (length := _rim_length(words[max(start, end - _LONGEST_PHRASE) : end], back, outer=-1)):
        end -= length
    return start, end


def _rim_length(words: list[str], rim: Rim, *, outer: int) -> int:
    """Return how many words name nothing: of the first, where the first is the outer one, or of the last."""
    phrases = rim.by_outer_word.get(words[outer])
    if phrases is None:
        return 1 if _NUMBER.match(words[outer]) else 0
    for length in range(len(words), 0, -1):
        if " ".join(words[-length:] if outer else words[:length]) in phrases:
            return length
    return 0


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
