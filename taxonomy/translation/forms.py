"""What a preferred label looks like: one form, or two side by side (`Bäcker/Bäckerin`), learned from labels.

Words that change between the two forms are learned as rules on endings, from exact words down to no ending at all
(interpolated after Witten and Bell, 1991), so that unseen words follow those that end alike.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final

from rapidfuzz.distance import Levenshtein

_LIKE: Final = 0.5
"""Two forms of one label share at least so much of their letters."""
_LONGEST_ENDING: Final = 6
_MOST_FORMS: Final = 3
_FLOOR: Final = 1e-6

Rule = tuple[int, str]
"""How many letters at the end go, and what comes instead."""
KEEP: Final[Rule] = (0, "")


@dataclass(frozen=True, slots=True)
class FormModel:
    """How often words follow a rule in the second form, by (word or ending, whether a change may spread to it)."""

    counts: Mapping[tuple[str, bool], Counter[Rule]]
    _seen: dict[tuple[str, bool], list[tuple[Rule, float]]] = field(default_factory=dict, compare=False, repr=False)

    def finish(self, base: str) -> list[tuple[str, float]]:
        """Return the preferred labels that a plain label may become, with natural logarithms of probability."""
        words = base.split()
        ways: list[tuple[list[str], float, bool]] = [([], 0.0, True)]
        for word in words:
            grown = [
                ([*done, changed(word, rule)], score + log(probability), rule != KEEP)
                for done, score, spreads in ways
                for rule, probability in self._likely(word, spreads=spreads)
            ]
            ways = sorted(grown, key=lambda way: -way[1])[: _MOST_FORMS + 1]
        found: dict[str, float] = {}
        for done, score, _ in ways:
            other = " ".join(done)
            found.setdefault(base if other == base else f"{base}/{other}", score)
        return list(found.items())[:_MOST_FORMS]

    def likeliest(self, word: str) -> Rule:
        """Return the rule that a word follows most likely, keeping it included."""
        return max(self._likely(word, spreads=True), key=lambda item: item[1])[0]

    def _likely(self, word: str, *, spreads: bool) -> list[tuple[Rule, float]]:
        """Return keeping the word and its two likeliest rules, with their probabilities; remembered."""
        known = self._seen.get((word, spreads))
        if known is None:
            known = self._seen[word, spreads] = self._weighed(word, spreads=spreads)
        return known

    def _weighed(self, word: str, *, spreads: bool) -> list[tuple[Rule, float]]:
        chances: dict[Rule, float] = {KEEP: _FLOOR}
        for key in reversed(list(keys_of(word))):
            seen = self.counts.get((key, spreads))
            if seen:
                total, kinds = seen.total(), len(seen)
                chances = {rule: kinds * chance / (total + kinds) for rule, chance in chances.items()}
                for rule, count in seen.items():
                    if count == 1 and rule != KEEP and not key.startswith("^"):
                        continue  # What was seen once is no rule for other words.
                    chances[rule] = chances.get(rule, 0.0) + count / (total + kinds)
        usable = [(rule, chance) for rule, chance in chances.items() if rule[0] <= len(word) and rule != KEEP]
        usable.sort(key=lambda item: -item[1])
        return [(KEEP, chances[KEEP]), *usable[:2]]


def learn_forms(labels: Iterable[str]) -> FormModel:
    """Learn from preferred labels which words change in a second form, and how."""
    counts: defaultdict[tuple[str, bool], Counter[Rule]] = defaultdict(Counter)
    for label in labels:
        one, other = two_forms(label) or (label, label)
        spreads = True
        for word, form in zip(one.split(), other.split(), strict=True):
            rule = rule_between(word, form)
            for key in keys_of(word):
                counts[key, spreads][rule] += 1
            spreads = rule != KEEP
    return FormModel(dict(counts))


def base_form(label: str) -> str:
    """Return the first form of a label that holds two, else the label."""
    forms = two_forms(label)
    return forms[0] if forms else label


def two_forms(label: str) -> tuple[str, str] | None:
    """Return the two forms around the middle slash, where they have as many words and are alike."""
    parts = label.split("/")
    if len(parts) % 2:
        return None
    one, other = ("/".join(half).strip() for half in (parts[: len(parts) // 2], parts[len(parts) // 2 :]))
    ones, others = one.split(), other.split()
    if not ones or len(ones) != len(others) or one == other:
        return None
    different = [pair for pair in zip(ones, others, strict=True) if pair[0] != pair[1]]
    alike = [Levenshtein.normalized_similarity(*pair) >= _LIKE for pair in different]
    return (one, other) if all(alike) else None


def without_second_forms(labels: Sequence[str], model: FormModel) -> list[str]:
    """Return labels in their order, without those that are only the second form of another one."""
    seconds = {label.partition("/")[2] for base in labels for label, _ in model.finish(base) if "/" in label}
    return [label for label in labels if label not in seconds]


def rule_between(word: str, form: str) -> Rule:
    """Return the rule that turns a word into its other form."""
    same = next((n for n, (a, b) in enumerate(zip(word, form, strict=False)) if a != b), min(len(word), len(form)))
    return len(word) - same, form[same:]


def changed(word: str, rule: Rule) -> str:
    """Return a word with a rule applied."""
    return word[: len(word) - rule[0]] + rule[1]


def keys_of(word: str) -> Iterator[str]:
    """Yield what is known of a word, from all of it to nothing: the word, and its endings with its capital."""
    yield f"^{word}"
    capital = "A" if word[:1].isupper() else "a"
    for size in range(min(_LONGEST_ENDING, len(word)), -1, -1):
        yield capital + word[len(word) - size :].lower()
