"""What fingers and habits do to a label: slips of the key, letter case, additions, invented words."""

import random
from typing import Final

from taxonomy.model import EntityType

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

SENIORITY: Final = {
    "en": ("Senior", "Sr.", "Junior", "Jr.", "Lead", "Principal", "Head", "Staff", "Associate", "Trainee"),
    "de": ("Senior", "Leitender", "Junior", "Stellv.", "Angehender"),
    "es": ("Senior", "Jefe", "Junior", "Responsable", "Ayudante"),
}
TRAILING: Final = (
    "(remote)",
    "(m/w/d)",
    "- part time",
    "(contract)",
    "- 2019 to present",
    "II",
    "| freelance",
    "(f/m/x)",
)
EMOJI: Final = ("🚀", "✨", "💻", "🎯", "🔥", "☕", "🌍")
_SYLLABLES: Final = (
    "zan", "vel", "mor", "qui", "dra", "lux", "fen", "tor", "bri", "ska", "nom", "pel", "wyx", "gro", "thi",
    "var", "kel", "osh", "ruv", "jin",
)  # fmt: skip
_OUTSIDE_SHAPES: Final = {
    EntityType.SKILL: ("{}", "{} {}", "{}.js", "{} Studio"),
    EntityType.TITLE: ("Chief {} Evangelist", "{} Wizard", "{} Whisperer", "Ninja of {}"),
    EntityType.COMPANY: ("{} GmbH", "{} & Sons", "{} Labs", "{} Holdings"),
    EntityType.SCHOOL: ("{} Academy", "Instituto {}", "{} College of Arts"),
    EntityType.DEGREE: ("Diploma of {}", "{} Licence"),
    EntityType.LOCATION: ("{}ville", "Upper {}", "{} Valley"),
    EntityType.CERTIFICATE: ("{} Certified Associate", "Certified {} Master"),
}


def _neighbours() -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in enumerate(_ROWS):
        for column, key in enumerate(row):
            beside = row[max(0, column - 1) : column] + row[column + 1 : column + 2]
            around = "".join(
                _ROWS[other][column : column + 1] for other in (number - 1, number + 1) if 0 <= other < len(_ROWS)
            )
            found[key] = beside + around
    return found


_NEIGHBOURS: Final = _neighbours()


def with_typo(text: str, rng: random.Random) -> str:
    """Return the text with one slip: a neighbouring key, letters swapped, one left out or one doubled.

    The first letter stays, as it does for most people; texts of three characters and fewer stay whole.
    """
    if len(text) < 4:
        return text
    position = 1 + int(rng.random() * (len(text) - 2))
    kind = int(rng.random() * 4)
    letter = text[position]
    if kind == 0:
        keys = _NEIGHBOURS.get(letter.lower(), "")
        return text[:position] + rng.choice(keys) + text[position + 1 :] if keys else text
    if kind == 1:
        return text[:position] + text[position + 1] + letter + text[position + 2 :]
    return text[:position] + (letter * 2 if kind == 2 else "") + text[position + 1 :]


def with_other_case(text: str, rng: random.Random) -> str:
    """Return the text in lower case mostly, in capitals or with capitals at its words."""
    draw = rng.random()
    if draw < 0.6:
        return text.lower()
    return text.upper() if draw < 0.8 else text.title()


def with_seniority(text: str, language: str, rng: random.Random) -> str:
    """Return a title with a word of seniority before it."""
    return f"{rng.choice(SENIORITY.get(language, SENIORITY['en']))} {text}"


def with_trailing(text: str, rng: random.Random) -> str:
    """Return a title with an addition behind it."""
    return f"{text} {rng.choice(TRAILING)}"


def with_emoji(text: str, rng: random.Random) -> str:
    """Return the text with an emoji before or behind it."""
    emoji = rng.choice(EMOJI)
    return f"{emoji} {text}" if rng.random() < 0.3 else f"{text} {emoji}"


def invented(entity_type: EntityType, rng: random.Random) -> str:
    """Return a value that looks like one of its type and means nothing."""
    shape = rng.choice(_OUTSIDE_SHAPES.get(entity_type, ("{} {}",)))
    return shape.format(*(_word(rng) for _ in range(shape.count("{}"))))


def _word(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(2 + int(rng.random() * 2))).capitalize()
