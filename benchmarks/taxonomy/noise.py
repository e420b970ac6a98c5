"""Noise that is made: what members might type where a name belongs, so that the truth is known.

No set of judged names is to be had. So figures that rest on this say how well noise of these kinds is told from real
values, and not how much noise real profiles hold: some real values are noise too, and count as usable here.
"""

import random
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_KEYS: Final = ("qwertyuiop", "asdfghjkl;", "zxcvbnm,./")
_ANSWERS: Final = (
    "N/A", "n.a.", "NA", "None", "NIL", "nill", "Self", "self company", "test", "Test 123", "xyz", "XYZ Pvt Ltd",
    "ABC Company", "abc college", "not applicable", "Not Available", "unknown", "no idea", "ask me", "secret",
    "will tell later", "see above", "same as above", "see cv", "my company", "my school", "nothing", "-none-",
    "Private Limited", "University", "College of", "Company", "keine Angabe", "ninguno", "aucun", "sin empresa",
)  # fmt: skip
_DOMAINS: Final = ("mail.com", "example.org", "post.net")


def random_letters(rng: random.Random, _real: Sequence[str]) -> str:
    """Letters drawn alike."""
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 12)))


def keyboard_walk(rng: random.Random, _real: Sequence[str]) -> str:
    """Keys beside each other, as fingers fall."""
    row, column = rng.randrange(3), rng.randrange(10)
    typed = []
    for _ in range(rng.randint(4, 12)):
        typed.append(_KEYS[row][column])
        row = min(2, max(0, row + rng.choice((-1, 0, 0, 0, 1))))
        column = min(9, max(0, column + rng.choice((-1, 0, 1, 1))))
    return "".join(typed)


def shuffled(rng: random.Random, real: Sequence[str]) -> str:
    """The letters of a real value in another order."""
    letters = list(rng.choice(real).replace(" ", "").lower()[:14])
    rng.shuffle(letters)
    return "".join(letters)


def repeated(rng: random.Random, _real: Sequence[str]) -> str:
    """One to three characters again and again."""
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(1, 3))) * rng.randint(3, 6)


def symbols(rng: random.Random, _real: Sequence[str]) -> str:
    """Digits and punctuation."""
    return "".join(rng.choices(string.digits + "-.*#/ ", k=rng.randint(1, 10))).strip() or "-"


def answers(rng: random.Random, _real: Sequence[str]) -> str:
    """What stands for no answer, some of it in no rule, in any case."""
    return rng.choice((str, str.lower, str.upper))(rng.choice(_ANSWERS))


def pasted(rng: random.Random, real: Sequence[str]) -> str:
    """Many values in one."""
    return " ".join(rng.choices(real, k=rng.randint(8, 16)))


def contact(rng: random.Random, _real: Sequence[str]) -> str:
    """An address or a number to call."""
    name = "".join(rng.choices(string.ascii_lowercase, k=7))
    number = "".join(rng.choices(string.digits, k=9))
    return rng.choice((f"{name}@{rng.choice(_DOMAINS)}", f"www.{name}.com", f"+44 {number}"))


KINDS: Final[Mapping[str, Callable[[random.Random, Sequence[str]], str]]] = {
    kind.__name__: kind
    for kind in (random_letters, keyboard_walk, shuffled, repeated, symbols, answers, pasted, contact)
}
"""Every kind of noise by its name."""


def make_noise(real: Sequence[str], count: int, *, seed: int) -> list[tuple[str, str]]:
    """Return (kind, text) of so much noise, the kinds in turn; none of it equals a real value."""
    rng = random.Random(seed)  # noqa: S311 - made-up data, not secrets
    values, taken = sorted(set(real)), set(real)
    kinds = list(KINDS.items())
    noise: list[tuple[str, str]] = []
    for number in range(count):
        name, make = kinds[number % len(kinds)]
        text = make(rng, values)
        if text not in taken:
            noise.append((name, text))
            taken.add(text)
    return noise
