"""The forms in one label: abbreviations in parentheses, masculine and feminine, singular of a plural."""

import re
import unicodedata
from typing import Final

_TRAILING_PARENTHESIS: Final = re.compile(r"^(?P<outer>[^()]*[^()\s])\s*\((?P<inner>[^()]+)\)$")
_CAPITALS: Final = re.compile(r"^(?=.*[A-Z].*[A-Z])[A-Z0-9][A-Z0-9&/.+-]{1,6}$")
_INNER_ACRONYM: Final = re.compile(r"^[A-Z][A-Z0-9]{1,5}$")


def split_parenthesis(label: str) -> tuple[str, str] | None:
    """Return the text before and the text in a parenthesis that ends the label, or None."""
    match = _TRAILING_PARENTHESIS.match(label)
    return (match["outer"], match["inner"].strip()) if match and match["inner"].strip() else None


def is_abbreviation(label: str) -> bool:
    """Whether a label is written as an abbreviation: 2 to 7 characters, all capitals or digits, no blank."""
    return _CAPITALS.match(label) is not None


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` is made of initials of the whole of `long`.

    The first letter has to start the first word, and the letters have to follow in order, each at the start
    of a word or inside the word that the letter before it started. So `UAV` does not abbreviate `pilot of
    unmanned aerial vehicles`: it stands for a part of it.
    """
    letters = [character for character in short.casefold() if character.isalpha()]
    words = [word for word in re.split(r"[\s/-]+", long.casefold()) if word]
    if len(letters) < 2 or not words or words[0][0] != letters[0]:
        return False
    position = word_number = 0
    for letter in letters[1:]:
        starts = (number for number in range(word_number + 1, len(words)) if words[number].startswith(letter))
        next_word = next(starts, None)
        if next_word is not None:
            word_number, position = next_word, 0
            continue
        position = words[word_number].find(letter, position + 1)
        if position < 0:
            return False
    return True


def spelled_out_with_acronym(label: str) -> tuple[str, str] | None:
    """Split `Amazon Web Services AWS` into the words and the acronym of the words just before it, or None."""
    words = label.split()
    for index in range(2, len(words)):
        acronym = words[index]
        if not _INNER_ACRONYM.match(acronym) or len(acronym) > index or index < len(words) - 1:
            continue
        initials = "".join(word[0] for word in words[index - len(acronym) : index])
        if initials.casefold() == acronym.casefold():
            return " ".join(words[:index]), acronym
    return None


_GENDER_ENDINGS: Final = frozenset(
    {
        ("", "in"), ("e", "in"), ("er", "in"), ("mann", "frau"), ("", "a"), ("o", "a"), ("e", "a"),
        ("os", "as"), ("or", "riz"), ("man", "woman"), ("", "ess"), ("er", "ress"), ("or", "ress"),
        ("r", "se"), ("r", "in"),
        ("r", ""), ("", "e"), ("", "sa"), ("", "esa"), ("master", "mistress"), ("pfleger", "schwester"),
    }
)  # fmt: skip
_SHORTEST_STEM: Final = 3
_SUFFIX_FORM: Final = re.compile(r"(?P<stem>[^\W\d_]{3,})/-?(?P<ending>in|a)(?=$|[\s,()-])")
_INNER_CAPITAL: Final = re.compile(r"(?P<stem>[^\W\d_]{3,})In(?=$|[\s,()-])")


def gender_forms(label: str) -> tuple[str, ...]:
    """Return the masculine and the feminine form of a label that holds both, or nothing.

    Known are whole labels side by side (`director técnico/directora técnica`), one word in both forms
    (`Beamter/Beamtin der Küstenwache`), an ending (`Lehrer/in`, `redactor/a`) and the inner capital
    (`LehrerIn`). A slash between two kinds of work (`copy editor/fact checker`) yields nothing.
    """
    label = label.strip(" /")
    forms = _ending_forms(label)
    if not forms and "/" in label:
        parts = label.split("/")
        forms = _half_forms(parts) if len(parts) % 2 == 0 else ()
    return tuple(dict.fromkeys(form for form in forms if form))


def _ending_forms(label: str) -> tuple[str, ...]:
    for pattern in (_SUFFIX_FORM, _INNER_CAPITAL):
        matches = list(pattern.finditer(label))
        if len(matches) == 1 and "/" not in label[: matches[0].start()]:
            match = matches[0]
            ending = match["ending"] if pattern is _SUFFIX_FORM else "in"
            head, tail = label[: match.start()], label[match.end() :]
            return f"{head}{match['stem']}{tail}", f"{head}{_feminine(match['stem'], ending)}{tail}"
    return ()


def _feminine(stem: str, ending: str) -> str:
    vowel = {"in": "e", "a": "o"}[ending]
    return f"{stem[:-1] if stem.endswith(vowel) else stem}{ending}"


def _half_forms(parts: list[str]) -> tuple[str, ...]:
    middle = len(parts) // 2
    left, right = "/".join(parts[:middle]).split(), "/".join(parts[middle:]).split()
    if not left or not right:
        return ()
    if _is_gender_pair(left[-1], right[0]):
        return " ".join([*left, *right[1:]]), " ".join([*left[:-1], *right])
    pairs = list(zip(left, right, strict=False))
    if left == right:
        return (" ".join(left),)
    first_fits = left[0] == right[0] or _is_gender_pair(left[0], right[0])
    if first_fits and any(_is_gender_pair(one, other) for one, other in pairs):
        return " ".join(left), " ".join(right)
    return ()


def _is_gender_pair(one: str, other: str) -> bool:
    """Whether two words differ by an ending of gender only; accents are ignored (`Arzt`, `Ärztin`)."""
    ones, others = one.split("-"), other.split("-")
    if len(ones) == len(others) > 1:
        pairs = [pair for pair in zip(ones, others, strict=True) if pair[0] != pair[1]]
        return bool(pairs) and all(_is_gender_pair(*pair) for pair in pairs)
    one, other = _folded(one), _folded(other)
    limit = min(len(one), len(other))
    stem = next((number for number in range(limit) if one[number] != other[number]), limit)
    return any(
        (one[size:], other[size:]) in _GENDER_ENDINGS or (other[size:], one[size:]) in _GENDER_ENDINGS
        for size in range(max(_SHORTEST_STEM, stem - 2), stem + 1)
        if one != other
    )


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold().strip(",;()"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


_NEVER_SINGULAR: Final = frozenset(
    {"sales", "logistics", "operations", "services", "systems", "electronics", "sports", "series", "arts"}
)
_AGENT: Final = re.compile(
    r"(er|or|ist|ian|ant|ent|yst|man|ess|cook|hand|guard|pilot|nurse|poet|clerk|smith|wright|tive|mate|ary|maid)$"
)
_OF_WHAT: Final = re.compile(r"\s(?:of|for|in|to|at|on|with|from|by)\s", re.IGNORECASE)
_LEFT_OUT_TAIL: Final = re.compile(r",\s(?:except|including)\b.*$", re.IGNORECASE)


def singular_forms(title: str) -> tuple[str, ...]:
    """Return the singular of a plural job title, or nothing where the rule is not sure.

    `Cooks, Private Household` yields `Cook, Private Household` and `Private Household Cook`. Titles of two
    kinds of people (`Technologists and Technicians`) and residual classes (`All Other`) yield nothing.
    """
    if "all other" in title.casefold():
        return ()
    base = _LEFT_OUT_TAIL.sub("", title)
    cut = _OF_WHAT.search(base)
    head, tail = (base[: cut.start()], base[cut.start() :]) if cut else (base, "")
    front, comma, back = head.partition(", ")
    if comma and "," not in back and not tail and not _joins(back.split()):
        singular = _singular_head(front)
        return (f"{singular}, {back}", f"{back} {singular}") if singular else ()
    singular = _singular_head(head)
    return (singular + tail,) if singular else ()


def _joins(words: list[str]) -> bool:
    return any(word.casefold() in {"and", "or"} for word in words)


def _singular_head(phrase: str) -> str | None:
    """Make the last word singular, unless an earlier word names people too."""
    *before, last = phrase.split()
    singular = _singular(last)
    if singular is None or any(_names_people(word) for word in before):
        return None
    return " ".join([*before, singular])


def _names_people(word: str) -> bool:
    singular = _singular(word.strip(","))
    return singular is not None and _AGENT.search(singular.casefold()) is not None


def _singular(word: str) -> str | None:
    """Return the singular of one English word, or None where it is no plain plural."""
    lower = word.casefold()
    if lower in _NEVER_SINGULAR or "/" in word or "--" in word:
        return None
    for ending, replacement in (("wives", "wife"), ("ies", "y"), ("men", "man")):
        if lower.endswith(ending) and len(lower) > len(ending):
            return word[: -len(ending)] + replacement
    if lower.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if not lower.endswith("s") or lower.endswith(("ss", "us", "is", "ics")) or len(lower) < 4:
        return None
    return word[:-1]
