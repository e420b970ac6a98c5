"""What a text rules out: `no travel`, `Java is not required`, `keine Erfahrung nötig`. Pure, linear in the text."""

import re
from typing import Final

REFUSALS: Final = frozenset(
    {"no", "not", "without", "kein", "keine", "keinen", "keiner", "keinem", "keines", "nicht", "ohne", "sin"}
    | {"ningun", "ninguna", "aucun", "aucune", "isn", "aren", "isnt", "arent"}
)
"""The folded words without one of which nothing is ruled out."""

_NOT_THERE = re.compile(
    r"\b(?:no(?!\s(?:sql|code)\b)|without|keine?|keine[nrms]|ohne|sin|ning[uú]n|ninguna|aucune?)(?![.\w/+#&-])"
    r"(?:[ \t]+[^\s.,;:!?()]+){1,3}",
    re.IGNORECASE,
)
"""Nothing of the three words after `no`."""

_NOT_NEEDED = re.compile(
    r"\b(?:not|nicht|no|isn.t|aren.t)\s+(?:\w+\s+)?"
    r"(?:required|needed|necessary|mandatory|available|provided|offered|erforderlich|notwendig|nötig|vorausgesetzt"
    r"|verfügbar|necesari[oa]s?|requerid[oa]s?|requis|nécessaire)\b",
    re.IGNORECASE,
)
"""What stands before it in its clause is not asked for."""

_CLAUSE_END = re.compile(r"[.!?;:\n](?=\s|\Z)|\n|,\s|\b(?:but|aber|pero|mais)\b", re.IGNORECASE)


def ruled_out(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text in which what is named is ruled out, in order and apart from each other."""
    spans = [match.span() for match in _NOT_THERE.finditer(text)]
    refusals = [match.start() for match in _NOT_NEEDED.finditer(text)]
    if refusals:
        ends = [match.end() for match in _CLAUSE_END.finditer(text)]
        position = 0
        for refusal in refusals:
            while position < len(ends) and ends[position] <= refusal:
                position += 1
            start = ends[position - 1] if position else 0
            if start < refusal:
                spans.append((start, refusal))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
